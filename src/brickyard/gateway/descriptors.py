"""How many connections the system lets this process hold."""

import resource


def allow_many() -> int:
    """Raise the limit of open files to the most that is allowed; gives it. Each stream takes one.

    The usual soft limit, 1 024, is for programs that use `select`, which we do not.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard

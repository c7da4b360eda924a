"""The `brick` command: starts the cloud, and calls it from a shell."""

import errno
import os
import sys
from pathlib import Path

import click
from click.shell_completion import shell_complete

from brickyard.cli.root import brick

NAME = "brick"
COMPLETE = "_BRICK_COMPLETE"
"""The environment variable through which a shell asks for completions."""

DONE, FAILED = 0, 1
STOPPED = 130
"""What shells expect of a command that Ctrl-C ended: 128 and the number of SIGINT."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def main() -> None:
    """Run the command and exit: 0 done, 1 call refused or failed, 2 wrong usage, 3 no server."""
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - open to the end; None if the shell closed it
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115 - as above
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # who read the output has seen enough, as `head` does
        code = DONE
        _forget_output()
    except OSError as error:
        if error.errno not in FULL:
            raise
        code = FAILED
        _forget_output()
        click.echo(f"Error: the output cannot be written: {error.strerror}.", err=True)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run the command with `arguments`; gives its exit code. An OSError if its output cannot be written."""
    if instruction := os.environ.get(COMPLETE):
        return shell_complete(brick, {}, NAME, COMPLETE, instruction)
    try:
        with brick.make_context(NAME, arguments) as context:
            brick.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return STOPPED
    return DONE


def _forget_output() -> None:
    """Send what is still buffered nowhere, or Python would complain of the closed pipe at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""Who runs the cloud: whoever holds a key of the project that was made when it first started."""

from collections.abc import Awaitable, Callable

from brickyard.contract import Context, Forbidden


class Operator:
    """Tells the operator's calls from those of everyone else.

    A scope alone does not: whoever signs up may give the keys of their own projects any scope.
    """

    def __init__(self, first_project: Callable[[], Awaitable[str]]) -> None:
        """Learn from `first_project` which project it is."""
        self._first_project = first_project

    async def check(self, context: Context) -> None:
        """Raise `Forbidden` unless the call is made with a key of the first project."""
        if not context.project or context.project != await self._first_project():
            raise Forbidden(
                "This is for whoever runs the cloud: only keys of the project that it was started with may."
            )

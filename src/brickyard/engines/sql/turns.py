"""Whose query is run next: projects take turns, and none takes all the readers."""

from collections import Counter, OrderedDict, deque
from typing import Generic, TypeVar

from brickyard.contract import Unavailable

Item = TypeVar("Item")


class Turns(Generic[Item]):
    """What waits to be run, in a queue for each project. Not for several threads at once."""

    def __init__(self, *, running_max: int, waiting_max: int) -> None:
        """Let a project have so many running at a time, and so many more waiting."""
        self._running_max, self._waiting_max = running_max, waiting_max
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[Item]] = OrderedDict()

    def add(self, project: str, item: Item) -> None:
        """Let one more wait; `Unavailable` if too many of the project's do."""
        queue = self._waiting.get(project, ())
        if len(queue) >= self._waiting_max:
            raise Unavailable(
                f"Too many queries at once: {len(queue)} of this project wait for their turn already. "
                "Try again in a moment; indexes make queries shorter."
            )
        self._waiting.setdefault(project, deque()).append(item)

    def take(self) -> Item | None:
        """Give what is to be run now, None if there is nothing. Its project then comes last."""
        allowed = (each for each in self._waiting if self._running[each] < self._running_max)
        project = next(allowed, None)
        if project is None:
            return None
        self._running[project] += 1
        item = self._waiting[project].popleft()
        self._waiting.move_to_end(project)
        self._forget_if_empty(project)
        return item

    def finished(self, project: str) -> None:
        """Note that one of a project's was run."""
        self._running[project] -= 1
        if not self._running[project]:
            del self._running[project]

    def drop(self, project: str, item: Item) -> None:
        """Let one wait no longer, if it does."""
        if item in self._waiting.get(project, ()):
            self._waiting[project].remove(item)
            self._forget_if_empty(project)

    def drop_all(self) -> list[Item]:
        """Let none wait any longer; returns those that did."""
        dropped = [item for queue in self._waiting.values() for item in queue]
        self._waiting.clear()
        return dropped

    def _forget_if_empty(self, project: str) -> None:
        if not self._waiting[project]:
            del self._waiting[project]

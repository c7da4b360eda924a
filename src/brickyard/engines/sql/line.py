"""What waits to be written: projects take turns in it, each with its work in the order that it came."""

from collections import OrderedDict, deque
from typing import Generic, Protocol, TypeVar


class Owned(Protocol):
    """A unit of work, and whose it is."""

    @property
    def project(self) -> str:
        """Whose turn it takes."""
        ...


Item = TypeVar("Item", bound=Owned)


class Line(Generic[Item]):
    """A queue for each project. Not for several threads at once."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[Item]] = OrderedDict()
        """Whose turn it is comes first. No queue is empty."""

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self._waiting)

    def add(self, item: Item) -> None:
        """Let one more wait."""
        queue = self._waiting.get(item.project)
        if queue is None:
            self._waiting[item.project] = deque((item,))
        else:
            queue.append(item)

    def next(self) -> Item:
        """Give whose turn it is; its project then comes last."""
        project, queue = self._waiting.popitem(last=False)
        item = queue.popleft()
        if queue:
            self._waiting[project] = queue
        return item

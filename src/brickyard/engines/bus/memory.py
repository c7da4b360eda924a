"""The embedded bus: queues in this process's memory."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from brickyard.engines.bus.fanout import QUEUE_ROOM, Fanout, Subscription


class MemoryBus:
    """All topics of all projects; `bound` gives one project's."""

    def __init__(self, queue_length: int = QUEUE_ROOM) -> None:
        """Make a bus whose subscribers may each be `queue_length` messages behind."""
        self._queue_length = queue_length
        self._fanouts: dict[tuple[str, str], Fanout[Any]] = {}

    def bound(self, project: str) -> "BoundBus":
        """Give a handle to one project's topics."""
        return BoundBus(self, project)

    def publish(self, project: str, topic: str, message: Any) -> None:
        """Hand a message to the present subscribers of one project's topic."""
        fanout = self._fanouts.get((project, topic))
        if fanout is not None:
            fanout.publish(message)

    @contextmanager
    def subscribe(self, project: str, topic: str) -> Generator[Subscription[Any]]:
        """Listen to one project's topic."""
        fanout = self._fanouts.setdefault((project, topic), Fanout(self._queue_length))
        try:
            with fanout.subscribe() as subscription:
                yield subscription
        finally:
            if not len(fanout):
                self._fanouts.pop((project, topic), None)


class BoundBus:
    """One project's topics."""

    def __init__(self, bus: MemoryBus, project: str) -> None:
        """Bind `bus` to `project`."""
        self._bus, self._project = bus, project

    def publish(self, topic: str, message: Any) -> None:
        """Hand a message to the topic's present subscribers."""
        self._bus.publish(self._project, topic, message)

    def subscribe(self, topic: str) -> Any:
        """Listen to a topic of this project."""
        return self._bus.subscribe(self._project, topic)

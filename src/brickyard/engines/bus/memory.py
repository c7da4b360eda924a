"""The embedded bus: queues in this process's memory."""

import asyncio
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from brickyard.contract import SlowReader

QUEUE_LENGTH = 256
"""Messages a subscriber may be behind before it is cut off."""


class MemoryBus:
    """All topics of all projects; `bound` gives one project's."""

    def __init__(self, queue_length: int = QUEUE_LENGTH) -> None:
        """Make a bus whose subscribers may each be `queue_length` messages behind."""
        self._queue_length = queue_length
        self._subscriptions: dict[tuple[str, str], set[Subscription]] = {}

    def bound(self, project: str) -> "BoundBus":
        """Give a handle to one project's topics."""
        return BoundBus(self, project)

    def publish(self, project: str, topic: str, message: Any) -> None:
        """Hand a message to the present subscribers of one project's topic."""
        for subscription in self._subscriptions.get((project, topic), ()):
            subscription.put(message)

    @contextmanager
    def subscribe(self, project: str, topic: str) -> Generator["Subscription"]:
        """Listen to one project's topic."""
        subscription = Subscription(self._queue_length)
        listeners = self._subscriptions.setdefault((project, topic), set())
        listeners.add(subscription)
        try:
            yield subscription
        finally:
            listeners.discard(subscription)
            if not listeners:
                self._subscriptions.pop((project, topic), None)


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


class Subscription:
    """One listener's queue, of bounded length."""

    __slots__ = ("_length", "_messages", "_overflowed", "_waiter")

    def __init__(self, length: int) -> None:
        """Hold at most `length` messages."""
        self._length = length
        self._messages: deque[Any] = deque()
        self._overflowed = False
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Any) -> None:
        """Queue a message; one too many marks the subscription as cut off, and nothing more is queued."""
        if len(self._messages) >= self._length:
            self._overflowed = True
        if self._overflowed:
            return
        self._messages.append(message)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Any:
        """Give the next message; `SlowReader` after the last one that fitted."""
        while not self._messages:
            if self._overflowed:
                raise SlowReader(f"More than {self._length} messages behind. Read faster, or resume later.")
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._messages.popleft()

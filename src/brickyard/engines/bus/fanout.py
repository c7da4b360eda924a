"""Fan-out within this process: each message to everyone who listens, each with a queue of bounded room."""

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Generic, TypeVar

from brickyard.contract import SlowReader

Message = TypeVar("Message")

QUEUE_ROOM = 256
"""What a listener's queue holds before the listener is cut off: so many messages, if each weighs 1."""


class Fanout(Generic[Message]):
    """Those who listen to one thing, now."""

    def __init__(self, room: int = QUEUE_ROOM, weigh: Callable[[Message], int] = lambda _: 1) -> None:
        """Give each listener a queue whose messages weigh less than `room` together, or are just one."""
        self._room, self._weigh = room, weigh
        self._listeners: set[Subscription[Message]] = set()

    def __len__(self) -> int:
        return len(self._listeners)

    def publish(self, message: Message) -> None:
        """Hand `message` to all who listen; never waits for them."""
        weight = self._weigh(message)
        for listener in self._listeners:
            listener.put(message, weight)

    def fail(self, error: Exception) -> None:
        """Have every present listener get `error`, after what is queued for it."""
        for listener in self._listeners:
            listener.end(error)

    @contextmanager
    def subscribe(self) -> "Generator[Subscription[Message]]":
        """Listen from this moment on, for as long as the context lasts."""
        subscription = Subscription(self._room, self._weigh)
        self._listeners.add(subscription)
        try:
            yield subscription
        finally:
            self._listeners.discard(subscription)


class Subscription(Generic[Message]):
    """One listener's queue: an iterator over its messages."""

    __slots__ = ("_error", "_messages", "_room", "_waiter", "_weigh")

    def __init__(self, room: int, weigh: Callable[[Message], int]) -> None:
        """Hold messages that weigh `room` together at most."""
        self._room, self._weigh = room, weigh
        self._messages: deque[Message] = deque()
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message, weight: int) -> None:
        """Queue a message; one that does not fit ends the subscription."""
        if self._error is not None:
            return
        if self._messages and self._room < weight:
            self.end(
                SlowReader(
                    "The stream was cut off: its reader fell too far behind. Read faster, or resume later."
                )
            )
            return
        self._room -= weight
        self._messages.append(message)
        self._wake()

    def end(self, error: Exception) -> None:
        """Queue nothing more; raise `error` after what is queued."""
        self._error = error
        self._wake()

    def __aiter__(self) -> "Subscription[Message]":
        return self

    async def __anext__(self) -> Message:
        """Give the next message; `SlowReader` after the last one that fitted."""
        while not self._messages:
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        message = self._messages.popleft()
        self._room += self._weigh(message)
        return message

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

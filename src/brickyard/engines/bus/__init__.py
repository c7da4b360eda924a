"""The bus port: who listens hears, in order; nothing is kept."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Bus(Protocol):
    """Fan-out to those who listen now, bound to one project."""

    def publish(self, topic: str, message: Any) -> None:
        """Hand `message` to every present subscriber of `topic`; never waits for them.

        Those in other processes, where there are any, get None: that there is something to be looked at.
        """
        ...

    def subscribe(self, topic: str) -> AbstractContextManager[AsyncIterator[Any]]:
        """Listen from this moment on, for as long as the context lasts.

        The iterator raises `SlowReader` once its reader is further behind than the queue is long.
        """
        ...

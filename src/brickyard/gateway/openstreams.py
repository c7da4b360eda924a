"""The streams that are open, so that all of them can be ended when the server stops."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from brickyard.gateway.operation import Operation


class OpenStreams:
    """Tasks that feed streams."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self.stopping = False
        """Whether the server is going away: then no stream begins."""

    @contextmanager
    def opened(self, operation: Operation) -> Generator[None]:
        """Count the current task as feeding a stream, for as long as the context lasts."""
        task = asyncio.current_task()
        assert task is not None, "a stream is fed by a task"
        self._tasks.add(task)
        operation.timings.streams += 1
        try:
            yield
        finally:
            operation.timings.streams -= 1
            self._tasks.discard(task)

    def stop(self) -> frozenset[asyncio.Task[object]]:
        """End every stream; gives the tasks that say goodbye to their readers."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()
        return frozenset(self._tasks)

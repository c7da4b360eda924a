"""The streams that are open, so that each can be ended from elsewhere: with its key, or with the server."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from brickyard.contract import Problem, Unavailable
from brickyard.gateway.call import Call


class OpenStreams:
    """Tasks that feed streams."""

    def __init__(self) -> None:
        self._calls: dict[asyncio.Task[object], Call] = {}
        self._reasons: dict[asyncio.Task[object], Problem] = {}
        self.leaving = False
        """Whether the server was told to stop: nothing new should be sent here; what comes is answered."""
        self.stopping = False
        """Whether the server is going away: then no stream begins."""

    @contextmanager
    def opened(self, call: Call) -> Generator[None]:
        """Count the current task as feeding a stream, for as long as the context lasts.

        A task that is ended hears of it as of any cancellation; `why_ended` tells them apart.
        """
        task = _current()
        self._calls[task] = call
        call.operation.timings.streams += 1
        try:
            yield
        finally:
            call.operation.timings.streams -= 1
            del self._calls[task]
            self._reasons.pop(task, None)

    def items(self) -> list[tuple[asyncio.Task[object], Call]]:
        """Give every task that feeds a stream, and the call that it answers."""
        return list(self._calls.items())

    def end(self, task: asyncio.Task[object], reason: Problem) -> None:
        """End the stream that `task` feeds; its reader is told the reason as the last of it."""
        if task not in self._reasons:
            self._reasons[task] = reason
            task.cancel()

    def why_ended(self) -> Problem | None:
        """Give the reason for which the current task was ended; it may go on then, to say so.

        None if it was not, but cancelled by who awaits it.
        """
        task = _current()
        reason = self._reasons.get(task)
        if reason is not None:
            task.uncancel()
        return reason

    def stop(self) -> frozenset[asyncio.Task[object]]:
        """End every stream; gives the tasks that say goodbye to their readers."""
        self.leaving = self.stopping = True
        for task in self._calls:
            self.end(task, Unavailable("The server is stopping. Connect again."))
        return frozenset(self._calls)


def _current() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None, "a stream is fed by a task"
    return task

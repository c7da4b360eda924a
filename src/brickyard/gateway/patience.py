"""Time limits for many waits at once: looked at once a second, so that setting one costs nothing."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

LOOK_EVERY_S = 1.0


class OutOfPatienceError(TimeoutError):
    """A wait took longer than was allowed."""


class Patience:
    """Cancels what waits too long; to within a second."""

    def __init__(self) -> None:
        self._deadlines: dict[asyncio.Task[object], float] = {}
        self._others: list[Callable[[], None]] = []
        self._watch: asyncio.Task[None] | None = None

    def also(self, look: Callable[[], None]) -> None:
        """Have `look` called as often, from when the first wait is limited."""
        self._others.append(look)

    @contextmanager
    def at_most(self, seconds: float) -> Generator[None]:
        """Let the current task wait inside for about `seconds`; then `OutOfPatienceError` is raised there."""
        task = asyncio.current_task()
        assert task is not None, "patience is for tasks"
        loop = asyncio.get_running_loop()
        if self._watch is None:
            self._watch = loop.create_task(self._look())
        self._deadlines[task] = loop.time() + seconds
        try:
            yield
        except asyncio.CancelledError as cancelled:
            if task in self._deadlines or task.uncancel() > 0:
                raise
            raise OutOfPatienceError from cancelled
        finally:
            self._deadlines.pop(task, None)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = loop.time()
            for look in self._others:
                look()
            for task in [task for task, deadline in self._deadlines.items() if deadline < now]:
                del self._deadlines[task]
                task.cancel()

    def end(self) -> None:
        """Stop looking."""
        if self._watch is not None:
            self._watch.cancel()

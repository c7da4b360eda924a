"""Background work: named loops, each run when its next step is due or when it is woken."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol

from brickyard.engines.clock import NANOSECONDS, Clock

Step = Callable[[], Awaitable[int | None]]
"""Does what is due. Gives when there will be more, in nanoseconds since 1970; None if only a wake tells."""
Wake = Callable[[], None]
"""Has a loop take its step now, or once more if it is just taking one."""
Report = Callable[[str, Exception], None]
"""Hears of a step that raised: the loop's name, and the error."""

BACKOFF_FIRST_S, BACKOFF_MAX_S = 1.0, 300.0
"""The pause after a step that raised, doubled each time it raises again."""
GRACE_S = 5.0
"""How long steps under way may take to finish when the server stops."""


class Jobs(Protocol):
    """Where background work is registered, before or after the server starts."""

    def register(self, name: str, step: Step, workers: int = 1) -> Wake:
        """Have `step` taken from the start on, by so many loops side by side.

        Where several gateways share a database, each runs its own: what must be done by one alone is
        claimed in the database. A step that raises is reported and taken again after a pause.
        """
        ...


class Supervisor:
    """The embedded `Jobs`: tasks on the server's event loop."""

    def __init__(self, clock: Clock, report: Report) -> None:
        """Tell the time by `clock`, and errors to `report`."""
        self._clock, self._report = clock, report
        self._loops: list[Loop] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False

    def register(self, name: str, step: Step, workers: int = 1) -> Wake:
        """Have `step` taken by `workers` loops; see the port."""
        loops = [Loop(name, step, self._clock, self._report) for _ in range(workers)]
        self._loops += loops
        if self._running:
            self._start(loops)

        def wake() -> None:
            for each in loops:
                each.wake()

        return wake

    def start(self) -> None:
        """Start every loop."""
        self._running = True
        self._start(self._loops)

    async def stop(self) -> None:
        """Start no further step; wait for those under way, and cut them off after `GRACE_S`."""
        self._running = False
        for each in self._loops:
            each.end()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self, loops: list["Loop"]) -> None:
        for each in loops:
            task = asyncio.create_task(each.run(), name=each.name)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


class Loop:
    """One step, taken again and again by one task."""

    def __init__(self, name: str, step: Step, clock: Clock, report: Report) -> None:
        """Take `step`, beginning at once."""
        self.name = name
        self._step, self._clock, self._report = step, clock, report
        self._woken, self._ended = asyncio.Event(), asyncio.Event()
        self._failures = 0

    def wake(self) -> None:
        """Take the step now, unless it is to be left alone after a failure."""
        self._woken.set()

    def end(self) -> None:
        """Take no further step."""
        self._ended.set()
        self._woken.set()

    async def run(self) -> None:
        """Take steps until it is ended."""
        while not self._ended.is_set():
            self._woken.clear()
            try:
                due_ns = await self._step()
            except Exception as error:  # noqa: BLE001 - whatever it is, the loop goes on and someone hears of it
                self._report(self.name, error)
                self._failures += 1
                pause_ns = int(pause_s(self._failures) * NANOSECONDS)
                await self._wait(self._ended, self._clock.now_ns() + pause_ns)
            else:
                self._failures = 0
                await self._wait(self._woken, due_ns)

    async def _wait(self, event: asyncio.Event, due_ns: int | None) -> None:
        """Wait for the event or the moment, whichever comes first."""
        waits: list[Coroutine[None, None, object]] = [event.wait()]
        if due_ns is not None:
            waits.append(self._clock.wait_until(due_ns))
        waiting = [asyncio.ensure_future(each) for each in waits]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()


def pause_s(failures: int) -> float:
    """Give the pause after so many failures in a row, less a random part so that loops spread."""
    longest = min(BACKOFF_FIRST_S * 2 ** min(failures - 1, 30), BACKOFF_MAX_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

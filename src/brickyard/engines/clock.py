"""Time, passed in rather than asked for, so that tests can move it."""

import asyncio
import time
from typing import Protocol

NANOSECONDS = 1_000_000_000
"""In a second."""
LOOK_AGAIN_S = 30.0
"""How long to sleep before looking at the clock again: it may have been set, or the machine have slept."""


class Clock(Protocol):
    """Tells the time, and waits for it."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        ...

    async def wait_until(self, moment_ns: int) -> None:
        """Return once it is `moment_ns`, or later."""
        ...


class SystemClock:
    """The machine's own clock."""

    now_ns = staticmethod(time.time_ns)  # called several times in each call

    async def wait_until(self, moment_ns: int) -> None:
        """Sleep until it is `moment_ns`."""
        while (left_ns := moment_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - no event comes with the time
            await asyncio.sleep(min(left_ns / NANOSECONDS, LOOK_AGAIN_S))


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, now_s: float = 1_790_000_000.0) -> None:
        """Start at `now_s` seconds since 1970-01-01 UTC."""
        self._now_ns = int(now_s * NANOSECONDS)
        self._moved = asyncio.Event()

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return self._now_ns

    async def wait_until(self, moment_ns: int) -> None:
        """Wait until it has been moved to `moment_ns` or past it."""
        while self._now_ns < moment_ns:
            await self._moved.wait()

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, back if negative."""
        self._now_ns += int(seconds * NANOSECONDS)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

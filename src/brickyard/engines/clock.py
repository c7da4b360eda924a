"""Time, passed in rather than asked for, so that tests can move it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return time.time_ns()


class ManualClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, now_s: float = 1_790_000_000.0) -> None:
        """Start at `now_s` seconds since 1970-01-01 UTC."""
        self._now_ns = int(now_s * 1_000_000_000)

    def now_ns(self) -> int:
        """Nanoseconds since 1970-01-01 UTC."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move by `seconds`, back if negative."""
        self._now_ns += int(seconds * 1_000_000_000)

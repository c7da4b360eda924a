"""A token bucket, as the time at which it will be full: one number, and no clockwork that fills it.

Known as the generic cell rate algorithm (ITU-T I.371). A bucket holds what may be used in a burst, and fills
at a steady rate.
"""

from math import ceil

from brickyard.platform.limits.counted import NAMELESS, Counted, Name, debited


class Bucket(Counted):
    """Lets `rate_per_s` through on average, and `burst` of them at once."""

    __slots__ = ("_each_s", "_full_at_s", "_hold_s", "_rate_per_s")

    def __init__(self, rate_per_s: float, burst: int, name: Name = NAMELESS) -> None:
        """Begin with a full bucket."""
        super().__init__(burst, name)
        self._rate_per_s = rate_per_s
        self._hold_s = burst / rate_per_s
        self._full_at_s = 0.0
        self.share(1)

    def share(self, parts: int) -> None:
        """Let through one of so many equal parts from now on; but one at once at least."""
        self._each_s = min(parts, self.burst) / self._rate_per_s

    def take(self, now_s: float) -> float:
        """Take one out; gives 0, or after how many seconds there will be one if there is none."""
        full_at_s = self._full_at_s
        if full_at_s < now_s:  # noqa: PLR1730 - `max` takes longer than all the rest
            full_at_s = now_s
        full_at_s += self._each_s
        wait_s = full_at_s - now_s - self._hold_s
        if wait_s > 1e-9:  # noqa: PLR2004 - what floats lose
            return wait_s
        self._full_at_s = full_at_s
        self.taken += 1
        return 0.0

    def put_back(self) -> None:
        """Undo a `take`."""
        self._full_at_s -= self._each_s
        self.taken -= 1

    def debit(self, taken: int, now_s: float, others: int) -> None:
        """Take out what one of `others` let through: a debt, where there is less left."""
        self._full_at_s = debited(self._full_at_s, taken / self._rate_per_s, now_s, self._hold_s, others)

    @property
    def whole_at_s(self) -> float:
        """When it will be full."""
        return self._full_at_s

    def owe(self, whole_at_s: float) -> None:
        """Take it to be full no earlier than that."""
        self._full_at_s = max(self._full_at_s, whole_at_s)

    def state(self, now_s: float) -> tuple[int, int]:
        """Count how many could be taken at once, and in how many whole seconds it will be full."""
        ahead_s = self._full_at_s - now_s
        if ahead_s <= 0:
            return int(self._hold_s / self._each_s + 1e-6), 0
        left = int((self._hold_s - ahead_s) / self._each_s + 1e-6)
        return max(0, left), ceil(ahead_s)

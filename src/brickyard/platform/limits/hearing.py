"""What the other gateways tell, and what becomes of it here."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from brickyard.platform.limits.limits import Limits
from brickyard.platform.limits.running import Running
from brickyard.platform.limits.telling import Told

SILENT_S = 5.0
"""Who has told nothing new for so long is gone, or as good as gone."""


class Row(NamedTuple):
    """A gateway's row."""

    gateway: str
    number: int
    """How many times it was written."""
    told: str


class Other:
    """Another gateway, as it was last heard."""

    __slots__ = ("heard_at_s", "number", "running", "taken")

    def __init__(self, row: Row, now_s: float) -> None:
        self.hear(row, now_s)

    def hear(self, row: Row, now_s: float) -> None:
        """Remember a row that is new."""
        told = msgspec.json.decode(row.told, type=Told)
        self.number, self.heard_at_s, self.running = row.number, now_s, told.running
        self.taken = dict(told.taken)


class Hearing:
    """Has limits follow what is let through elsewhere."""

    def __init__(self, limits: Limits) -> None:
        """Debit `limits`."""
        self._limits = limits
        self._others: dict[str, Other] = {}
        self._elsewhere: list[Running] = []

    @property
    def others(self) -> int:
        """How many other gateways there are."""
        return len(self._others)

    def hear(self, rows: Iterable[Row], now_s: float) -> list[Row]:
        """Hear of the rows of all other gateways; gives those of gateways that are gone."""
        there, gone = dict[str, Other](), list[Row]()
        for row in rows:
            other = self._others.get(row.gateway)
            if other is None:  # what it let through before is not known, and has mostly come back
                other = Other(row, now_s)
            elif row.number != other.number:
                self._follow(other, row, now_s)
            elif now_s - other.heard_at_s >= SILENT_S:
                gone.append(row)
                continue
            there[row.gateway] = other
        self._others = there
        self._count_calls()
        return gone

    def _follow(self, other: Other, row: Row, now_s: float) -> None:
        before = other.taken
        other.hear(row, now_s)
        for name, count in other.taken.items():
            known = before.get(name, 0)
            if count != known:  # a total that is less than it was has begun anew
                self._limits.debit(name, count - known if count > known else count, now_s, self.others)

    def _count_calls(self) -> None:
        calls = Counter[str]()
        for other in self._others.values():
            calls.update(dict(other.running))
        counts = {
            running: count
            for account, count in calls.items()
            if (running := self._limits.running(account)) is not None
        }
        for running in self._elsewhere:  # of those that this gateway has forgotten, too
            if running not in counts:
                running.hear(0)
        for running, count in counts.items():
            running.hear(count)
        self._elsewhere = list(counts)

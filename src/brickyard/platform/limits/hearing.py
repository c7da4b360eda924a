"""What the other gateways tell, and what becomes of it here."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from brickyard.platform.limits.counted import Name
from brickyard.platform.limits.limits import Limits
from brickyard.platform.limits.running import Running
from brickyard.platform.limits.telling import Told

SILENT_S = 5.0
"""Who has told nothing new for so long is gone, or as good as gone."""


ANSWER_S = 2.0
"""Within what time those that are there tell something new to one that has come."""


class Row(NamedTuple):
    """A gateway's row."""

    gateway: str
    number: int
    """How many times it was written."""
    told: str


class Other:
    """Another gateway, as it was last heard."""

    __slots__ = ("answered", "heard_at_s", "number", "owed_ms", "running", "taken")

    def __init__(self, row: Row, now_s: float, *, answered: bool) -> None:
        self.hear(row, now_s)
        self.answered = answered
        """Whether it has told something since this gateway is there."""

    def hear(self, row: Row, now_s: float) -> None:
        """Remember a row that is new."""
        told = msgspec.json.decode(row.told, type=Told)
        self.number, self.heard_at_s, self.running = row.number, now_s, told.running
        self.taken = dict(told.taken)
        self.owed_ms = [(name, ms) for (name, _), ms in zip(told.taken, told.owed_ms, strict=False)]


class Hearing:
    """Has limits follow what is let through elsewhere."""

    def __init__(self, limits: Limits) -> None:
        """Debit `limits`."""
        self._limits = limits
        self._others: dict[str, Other] = {}
        self._elsewhere: list[Running] = []
        self._begun_at_s: float | None = None
        self._joining = False

    @property
    def others(self) -> int:
        """How many other gateways there are."""
        return len(self._others)

    @property
    def names(self) -> set[str]:
        """Which ones."""
        return set(self._others)

    def hear(self, rows: Iterable[Row], now_s: float) -> list[Row]:
        """Hear of the rows of all other gateways; gives those of gateways that are gone.

        Who comes, and hears for the first time, takes limits to be as empty as the others last told, and
        until they have told more, lets through no more than its share.
        """
        there, gone = dict[str, Other](), list[Row]()
        for row in rows:
            other = self._others.get(row.gateway)
            if other is None:
                other = self._meet(row, now_s)
            elif row.number != other.number:
                self._follow(other, row, now_s)
            elif now_s - other.heard_at_s >= SILENT_S:
                gone.append(row)
                continue
            there[row.gateway] = other
        self._others = there
        self._join(now_s)
        self._count_calls()
        return gone

    def _meet(self, row: Row, now_s: float) -> Other:
        """Hear of a gateway for the first time.

        Either it was there before this one: then what is left at it counts. Or it came later: then all that
        it let through does, too.
        """
        other = self._others[row.gateway] = Other(row, now_s, answered=self._begun_at_s is not None)
        if other.answered:
            self._debit(other, {}, now_s)
        self._owe(other, now_s)
        return other

    def _follow(self, other: Other, row: Row, now_s: float) -> None:
        before = other.taken
        other.hear(row, now_s)
        self._debit(other, before, now_s)
        if not other.answered:
            other.answered = True
            self._owe(other, now_s)

    def _join(self, now_s: float) -> None:
        if self._begun_at_s is None:
            self._begun_at_s, self._joining = now_s, bool(self._others)
            if self._joining:
                self._limits.share(len(self._others) + 1)
        elif self._joining and (
            now_s - self._begun_at_s >= ANSWER_S or all(each.answered for each in self._others.values())
        ):
            self._joining = False
            self._limits.share(1)

    def _owe(self, other: Other, now_s: float) -> None:
        for name, owed_ms in other.owed_ms:
            self._limits.owe(name, now_s + owed_ms / 1000)

    def _debit(self, other: Other, before: dict[Name, int], now_s: float) -> None:
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

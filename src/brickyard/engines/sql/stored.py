"""What projects keep, counted in the commits that change it: records and bytes, by kind, within a cap.

A unit of work says what it adds and takes away (`Transaction.keeps`). The engine adds that up over all units
of a commit, and writes it down once for each project. Since a project's units run one after the other,
whichever gateway they come from, its counts are exact, and a cap on them is hard.
"""

from collections.abc import Callable

import msgspec

from brickyard.contract import StorageFull
from brickyard.engines.sql import Transaction

MIGRATIONS = (
    """CREATE TABLE stored (
        project TEXT NOT NULL, kind TEXT NOT NULL, records BIGINT NOT NULL, bytes BIGINT NOT NULL,
        PRIMARY KEY (project, kind)
    )""",
)

TOTAL = "SELECT coalesce(sum(records), 0), coalesce(sum(bytes), 0) FROM stored WHERE project = ?1"
ADD = (
    "INSERT INTO stored (project, kind, records, bytes) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, kind) DO UPDATE SET records = stored.records + excluded.records,"
    " bytes = stored.bytes + excluded.bytes"
)


class Amount(msgspec.Struct, frozen=True):
    """So many records, which take so many bytes."""

    records: int
    bytes: int


class Cap(msgspec.Struct, frozen=True):
    """How much a project may keep; None for any amount."""

    records: int | None = None
    bytes: int | None = None


CapOf = Callable[[str], Cap | None]
"""Gives a project's cap, at once; None for none. It is asked from the threads that write."""


def no_cap(_project: str) -> None:
    """Let every project keep what it likes."""


class Keeping:
    """What one unit of work adds to what its project keeps, by kind; less, where it takes away."""

    __slots__ = ("changes",)

    def __init__(self) -> None:
        self.changes: dict[str, Amount] = {}

    def add(self, kind: str, records: int, size: int) -> None:
        """Add to a kind."""
        so_far = self.changes.get(kind)
        if so_far is not None:
            records, size = records + so_far.records, size + so_far.bytes
        self.changes[kind] = Amount(records, size)


class Tally:
    """What the units of one commit change."""

    __slots__ = ("_caps", "_changes", "_kept")

    def __init__(self, caps: CapOf) -> None:
        """Begin with nothing, and have `caps` hold."""
        self._caps = caps
        self._kept: dict[str, Amount] = {}
        self._changes: dict[tuple[str, str], Amount] = {}

    async def take(self, transaction: Transaction, project: str, keeping: Keeping) -> None:
        """Take in what a unit changes, which `transaction` is part of and at its end.

        Raises `StorageFull`, which undoes the unit, if its project would keep more than it may.
        """
        changes = keeping.changes.items()
        more = Amount(sum(each.records for _, each in changes), sum(each.bytes for _, each in changes))
        cap = self._caps(project) if more.records > 0 or more.bytes > 0 else None
        if cap is not None:
            await self._check(transaction, project, cap, more)
        elif project in self._kept:
            self._kept[project] = _sum(self._kept[project], more)
        for kind, change in changes:
            key = (project, kind)
            self._changes[key] = _sum(self._changes[key], change) if key in self._changes else change

    async def _check(self, transaction: Transaction, project: str, cap: Cap, more: Amount) -> None:
        kept = self._kept.get(project)
        if kept is None:
            ((records, size),) = await transaction.rows(TOTAL)
            before = [each for (owner, _), each in self._changes.items() if owner == project]
            kept = Amount(
                int(records) + sum(each.records for each in before),
                int(size) + sum(each.bytes for each in before),
            )
        after = _sum(kept, more)
        if cap.records is not None and more.records > 0 and after.records > cap.records:
            raise StorageFull("records", kept.records, cap.records)
        if cap.bytes is not None and more.bytes > 0 and after.bytes > cap.bytes:
            raise StorageFull("bytes", kept.bytes, cap.bytes)
        self._kept[project] = after

    def changes(self) -> list[tuple[str, str, int, int]]:
        """Give what is to be written down before the commit: the values of `ADD`."""
        return [
            (project, kind, change.records, change.bytes)
            for (project, kind), change in sorted(self._changes.items())
            if change.records or change.bytes
        ]


def size_of(text: str) -> int:
    """Give how many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode())


def _sum(one: Amount, other: Amount) -> Amount:
    return Amount(one.records + other.records, one.bytes + other.bytes)

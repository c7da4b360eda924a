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
KEEPERS = (
    "SELECT project FROM stored WHERE kind = ?1 AND project > ?2 AND records > 0 ORDER BY project LIMIT ?3"
)
"""Those who keep something of a kind, of all projects."""


class Cap(msgspec.Struct, frozen=True):
    """How much a project may keep; None for any amount."""

    records: int | None = None
    bytes: int | None = None


CapOf = Callable[[str], Cap | None]
"""Gives a project's cap, at once; None for none. It is asked from the threads that write."""


Keeping = list[tuple[str, int, int]]
"""What a unit of work adds to what its project keeps: of a kind, so many records, so many bytes."""
NOTHING = (0, 0)


def no_cap(_project: str) -> None:
    """Let every project keep what it likes."""


class Holding:
    """What one project keeps, as one commit changes it."""

    __slots__ = ("bytes", "cap", "changes", "records")

    def __init__(self, cap: Cap | None) -> None:
        """Hold to a cap. What is kept counts from here, until `read` has told what there was before."""
        self.cap = cap
        self.records = self.bytes = 0
        self.changes: dict[str, tuple[int, int]] = {}
        """By kind: so many more records, so many more bytes."""

    def check(self, records: int, size: int) -> None:
        """Raise `StorageFull` if so much more would be too much."""
        cap = self.cap
        if cap is None:
            return
        if records > 0 and cap.records is not None and self.records + records > cap.records:
            raise StorageFull("records", self.records, cap.records)
        if size > 0 and cap.bytes is not None and self.bytes + size > cap.bytes:
            raise StorageFull("bytes", self.bytes, cap.bytes)


class Tally:
    """What the units of one commit change."""

    __slots__ = ("_caps", "_holdings")

    def __init__(self, caps: CapOf) -> None:
        """Begin with nothing, and have `caps` hold."""
        self._caps = caps
        self._holdings: dict[str, Holding] = {}

    async def read(self, transaction: Transaction, project: str) -> None:
        """Find out what a project keeps, if that has to be known and is not; before `take`."""
        holding = Holding(self._caps(project))
        if holding.cap is not None:
            ((records, size),) = await transaction.rows(TOTAL)
            holding.records, holding.bytes = int(records), int(size)
        self._holdings[project] = holding

    def knows(self, project: str) -> bool:
        """Whether that was done."""
        return project in self._holdings

    def take(self, project: str, keeping: Keeping) -> None:
        """Take in what a unit changes, at its end.

        Raises `StorageFull`, which undoes the unit, if its project would keep more than it may.
        """
        holding, records, size = self._holdings[project], 0, 0
        for _, more, larger in keeping:
            records += more
            size += larger
        holding.check(records, size)
        holding.records += records
        holding.bytes += size
        for kind, more, larger in keeping:
            before = holding.changes.get(kind, NOTHING)
            holding.changes[kind] = (before[0] + more, before[1] + larger)

    def changes(self) -> list[tuple[str, str, int, int]]:
        """Give what is to be written down before the commit: the values of `ADD`."""
        return [
            (project, kind, records, size)
            for project, holding in sorted(self._holdings.items())
            for kind, (records, size) in sorted(holding.changes.items())
            if records or size
        ]


def size_of(text: str) -> int:
    """Give how many bytes a text takes."""
    return len(text) if text.isascii() else len(text.encode())

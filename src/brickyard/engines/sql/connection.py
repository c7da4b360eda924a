"""A SQLite connection, with the settings that all of ours share."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, cast

import apsw

from brickyard.engines.sql import Row, Value

PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "cache_size = -32000",  # KiB, when negative
    "wal_autocheckpoint = 4000",  # pages of 4 KiB before they move from the log to the database
    "journal_size_limit = 67108864",  # bytes of log kept on disk for reuse
)
BUSY_LIMIT_MS = 10_000
"""How long to wait for another process that writes."""


class Cursor(Protocol):
    """The rows of a statement under way."""

    def fetchone(self) -> Row | None:
        """Give the next row."""
        ...

    def fetchall(self) -> list[Row]:
        """Give the rows that are left."""
        ...

    def close(self) -> None:
        """End the statement, wherever it is."""
        ...


class Connection(Protocol):
    """What is used of `apsw.Connection`, whose own annotations leave its values unknown."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, statements: str, bindings: Sequence[Value] | None = None) -> Cursor:
        """Run a statement."""
        ...

    def executemany(self, statements: str, sequenceofbindings: Iterable[Sequence[Value]]) -> Cursor:
        """Run a statement for each of a sequence of values."""
        ...

    def changes(self) -> int:
        """Count the rows that the last statement changed."""
        ...

    def total_changes(self) -> int:
        """Count the rows changed since it was opened."""
        ...

    def set_progress_handler(self, callable: Callable[[], bool] | None, nsteps: int) -> None:
        """Have a running statement ask, now and then, whether to stop."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def connect(path: Path) -> Connection:
    """Open the database at `path`, in WAL mode, synced to disk at every commit."""
    connection = apsw.Connection(str(path), statementcachesize=500)
    connection.set_busy_timeout(BUSY_LIMIT_MS)
    # Else SQLite plans a statement anew whenever its values change: four times the cost of a look-up.
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    opened = cast("Connection", connection)
    for pragma in PRAGMAS:
        opened.execute(f"PRAGMA {pragma}")
    return opened

"""Epochs: counters that every process on a database knows at once, and reads without waiting.

Who remembers something notes the epoch in which it was true, and forgets it once the epoch is another one.
"""

from typing import Protocol

from brickyard.engines.sql import Transaction

MIGRATIONS = (
    """CREATE TABLE epochs (
        project TEXT NOT NULL, name TEXT NOT NULL, epoch BIGINT NOT NULL,
        PRIMARY KEY (project, name)
    )""",
)
ADVANCE = (
    "INSERT INTO epochs (project, name, epoch) VALUES (?1, ?2, 1)"
    " ON CONFLICT (project, name) DO UPDATE SET epoch = epochs.epoch + 1"
)


class Epochs(Protocol):
    """The epochs of one project."""

    def current(self, name: str) -> int:
        """Give the epoch. It takes next to no time, and may be asked for every call.

        Where it cannot be known at once, it is a number that never was an epoch nor will be given again.
        """
        ...

    async def raise_(self, transaction: Transaction, name: str) -> None:
        """Begin another epoch with the commit of `transaction`, which belongs to the same project."""
        ...

    async def known(self) -> None:
        """Wait, after the commit, until no process takes the old epoch for the current one."""
        ...

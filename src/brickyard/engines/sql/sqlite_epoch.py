"""Epochs in a SQLite file, which several processes may have open."""

import asyncio

from brickyard.engines.sql import Transaction
from brickyard.engines.sql.connection import Connection
from brickyard.engines.sql.epoch import ADVANCE

READ = "SELECT epoch FROM epochs WHERE project = ? AND name = ?"


class SqliteEpochs:
    """What is remembered of the table, for as long as nobody wrote to the file."""

    def __init__(self, near: Connection, project: str) -> None:
        """Look at the epochs of `project` by `near`, a connection that writes nothing itself."""
        self._near, self._project = near, project
        self._epochs: dict[str, int] = {}
        self._version = -1
        self._in_turn = False

    def current(self, name: str) -> int:
        """Give the epoch: once a turn of the event loop, it is looked whether anything was written.

        A commit after that look is told of in a later turn, so whoever heard of it is served by a later look.
        """
        if not self._in_turn:
            self._in_turn = True
            asyncio.get_running_loop().call_soon(self._end_turn)
            self._look()
        if name not in self._epochs:
            row = self._near.execute(READ, (self._project, name)).fetchone()
            self._epochs[name] = 0 if row is None else row[0]
        return self._epochs[name]

    async def raise_(self, transaction: Transaction, name: str) -> None:
        """Begin another epoch."""
        await transaction.changed(ADVANCE, name)

    async def known(self) -> None:
        """Wait for nothing: each process looks at the file itself."""

    def _look(self) -> None:
        row = self._near.execute("PRAGMA data_version").fetchone()
        if row is not None and row[0] != self._version:
            self._version = row[0]
            self._epochs.clear()

    def _end_turn(self) -> None:
        self._in_turn = False

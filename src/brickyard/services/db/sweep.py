"""Removing the rows of truncated and dropped tables, a few at a time, behind the callers' backs."""

import asyncio

from brickyard.contract import Unavailable
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.witness import witnessed
from brickyard.services.db.stored import keys_gone, records_gone

CHUNK_ROWS = 500
"""Rows removed in one transaction: some milliseconds of work."""
LOOK_NS = 60 * NANOSECONDS
"""How often to look for what others left over."""

NEXT = "SELECT target_id FROM db_purges WHERE project = ?1 LIMIT 1"
DONE = "DELETE FROM db_purges WHERE project = ?1 AND target_id = ?2"
REMOVE_RECORDS = (
    "DELETE FROM db_records WHERE project = ?1 AND table_id = ?2 AND seq IN"
    " (SELECT seq FROM db_records WHERE project = ?1 AND table_id = ?2 ORDER BY seq LIMIT ?3)"
    " RETURNING octet_length(data)"
)
REMOVE_ENTRIES = (
    "DELETE FROM db_index_entries WHERE project = ?1 AND index_id = ?2 AND (key, seq) IN"
    " (SELECT key, seq FROM db_index_entries WHERE project = ?1 AND index_id = ?2"
    " ORDER BY key, seq LIMIT ?3) RETURNING octet_length(key)"
)
REMOVE_UNIQUE_KEYS = (
    "DELETE FROM db_unique_keys WHERE project = ?1 AND index_id = ?2 AND key IN"
    " (SELECT key FROM db_unique_keys WHERE project = ?1 AND index_id = ?2 ORDER BY key LIMIT ?3)"
    " RETURNING octet_length(key)"
)
REMOVE_KEYS = (REMOVE_ENTRIES, REMOVE_UNIQUE_KEYS)


class Sweeper:
    """Sweeps one project's tables, in the background. What is to go is kept in `db_purges`.

    So nothing of it is lost with a gateway that ends: calls set the sweeper going again, here or elsewhere.
    """

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Sweep what `sql` is bound to, as `clock` goes."""
        self._sql, self._clock = sql, clock
        self._look_ns = 0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Set it going, unless it is; returns at once."""
        if self._task is None or self._task.done():
            with witnessed(None):  # it is no part of the call that sets it going
                self._task = asyncio.create_task(self._sweep())

    def begin_if_due(self) -> None:
        """Set it going now and then, for what others left over when they ended."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + LOOK_NS
            self.begin()

    async def finished(self) -> None:
        """Wait until there is nothing left to remove."""
        if self._task is not None:
            await self._task

    async def _sweep(self) -> None:
        try:
            while (target := await self._sql.point(NEXT)) is not None:
                await self._sql.transact(lambda tx, target_id=target[0]: _remove_some(tx, target_id))
        except Unavailable:
            return  # the next call that has something to remove sets it going again


async def _remove_some(tx: Transaction, target_id: int) -> None:
    removed = [records_gone(tx, await tx.rows(REMOVE_RECORDS, target_id, CHUNK_ROWS))]
    removed += [keys_gone(tx, await tx.rows(each, target_id, CHUNK_ROWS)) for each in REMOVE_KEYS]
    if not any(removed):
        await tx.changed(DONE, target_id)

"""What is kept of a project's calls: counts, and a log that can be searched.

The meter only puts records down. Here they are picked up, some thousands at a time: counted and packed
in one transaction, so that each is counted once, whatever crashes.
"""

import asyncio
from collections.abc import Callable

import msgspec
import zstandard

from brickyard.engines.background import background_threads
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.platform.usage import bodies, counts
from brickyard.platform.usage.record import CallRecord

PICK_UP_CALLS = 4_000
"""Records picked up at once, about: some 50 ms of work on a thread."""
PICK_UP_ROWS = 500
LOG_KEPT_MS = 30 * 86_400_000
"""How long a call can be looked up in the log."""
KEPT_S = {"minute": 7 * 86_400, "hour": 90 * 86_400}
"""How long counts by the minute and by the hour are kept; those by the day are for good."""

WAITING = "SELECT id, calls, lines FROM usage_batches WHERE project = ?1 ORDER BY id LIMIT ?2"
TAKE = "DELETE FROM usage_batches WHERE project = ?1 AND id = ?2"
PACK = "INSERT INTO usage_log (project, id, first_ms, last_ms, calls, lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
FORGET_LOG = "DELETE FROM usage_log WHERE project = ?1 AND last_ms < ?2"
FORGET_COUNTS = "DELETE FROM usage_counts WHERE project = ?1 AND step = ?2 AND start_s < ?3"

_decoder = msgspec.json.Decoder(CallRecord)


class Taken(Exception):  # noqa: N818 - not an error: another process was faster
    """Somebody else picked the records up."""


class UsageStore:
    """The usage of every project."""

    def __init__(self, sql_for: Callable[[str], Sql], clock: Clock) -> None:
        """Find a project's tables by `sql_for`, with the time told by `clock`."""
        self.sql_for, self._clock = sql_for, clock
        self._threads = background_threads(1, "usage")

    async def catch_up(self, project: str) -> None:
        """Count and pack all records of a project that wait for it."""
        sql = self.sql_for(project)
        while rows := _some(await sql.rows(WAITING, PICK_UP_ROWS)):
            try:
                await self._pick_up(sql, rows)
            except Taken:
                continue

    async def _pick_up(self, sql: Sql, rows: list[Row]) -> None:
        loop = asyncio.get_running_loop()
        counted, packed = await loop.run_in_executor(self._threads, _digest, rows)
        now_ms = self._clock.now_ns() // 1_000_000

        async def work(transaction: Transaction) -> None:
            for row in rows:
                if not await transaction.changed(TAKE, row[0]):
                    raise Taken
            await counts.keep(transaction, counted)
            await transaction.changed(PACK, rows[0][0], *packed)
            await transaction.changed(FORGET_LOG, now_ms - LOG_KEPT_MS)
            await bodies.forget(transaction, (now_ms - LOG_KEPT_MS) * 1_000_000)
            for step, kept_s in KEPT_S.items():
                await transaction.changed(FORGET_COUNTS, step, now_ms // 1000 - kept_s)

        await sql.transact(work)


def unpacked(lines: bytes) -> list[CallRecord]:
    """Read the records of one row of the log."""
    return _decoder.decode_lines(_unpack(lines))


def _some(rows: list[Row]) -> list[Row]:
    """Give as many rows as may be picked up at once; one at least, if there is one."""
    chosen: list[Row] = []
    calls = 0
    for row in rows:
        calls += row[1]
        if chosen and calls > PICK_UP_CALLS:
            break
        chosen.append(row)
    return chosen


def _digest(rows: list[Row]) -> tuple[dict[counts.Place, counts.Count], tuple[int, int, int, bytes]]:
    lines = b"".join([_unpack(row[2]) for row in rows])
    records = _decoder.decode_lines(lines)
    times_ms = [int(each.time * 1000) for each in records]
    packed = zstandard.ZstdCompressor(level=3).compress(lines)
    return counts.counted(records), (min(times_ms), max(times_ms), len(records), packed)


def _unpack(lines: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(lines)

"""The meter: a record of every call is on the disk before the call is answered.

Records of all calls that end at the same time are one row for each project, written in one commit. Those
that end while two are under way wait for one of them: so that few are made, and nobody waits for a whole one
before their own.
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Protocol

import msgspec
import zstandard

from brickyard.engines.sql import Sql, Transaction, Work
from brickyard.platform.usage.bodies import KEEP_BODIES, Bodies
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.record import CallRecord

KEEP = "INSERT INTO usage_batches (project, id, calls, lines) VALUES (?1, ?2, ?3, ?4)"

BATCH_MAX = 512
"""Records that one batch waits for at most."""
WRITTEN_AT_ONCE = 2
"""Batches under way: one is written while the other is waited for to be on the disk."""

_lines = msgspec.json.Encoder().encode_lines


Told = Callable[[Exception | None], None]
"""What hears how it went: None, or why the records could not be kept."""


class Bill(Protocol):
    """What calls were paid from."""

    async def settled(self) -> None:
        """Wait until what they cost is in the books, or will be tried again. Never raises."""
        ...


class Batch:
    """Records that are written together, and those who wait for it."""

    __slots__ = ("bills", "bodies", "error", "records", "size", "waiting")

    def __init__(self) -> None:
        self.records: dict[str, list[CallRecord]] = {}
        """By project."""
        self.bodies: dict[str, list[Bodies]] = {}
        """What was said, by project, where that is to be kept."""
        self.bills: set[Bill] = set()
        self.size = 0
        self.waiting: list[Told] | None = []
        """None once they have been told."""
        self.error: Exception | None = None

    def add(self, record: CallRecord) -> None:
        """Put a record in."""
        self.size += 1
        records = self.records.get(record.project)
        if records is None:
            self.records[record.project] = [record]
        else:
            records.append(record)

    def then(self, told: Told) -> None:
        """Have `told` called when the records are on the disk, or could not be put there."""
        if self.waiting is None:
            told(self.error)
        else:
            self.waiting.append(told)

    def end(self, error: Exception | None) -> None:
        """Tell everyone."""
        waiting, self.waiting, self.error = self.waiting or [], None, error
        for told in waiting:
            told(error)

    async def kept(self) -> None:
        """Wait until the records are on the disk; raises why they could not be."""
        future = asyncio.get_running_loop().create_future()

        def told(error: Exception | None) -> None:
            if future.done():  # who waited has gone
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self.then(told)
        await future


class Unkept(Batch):
    """Records that are only logged: nobody waits for them."""

    def then(self, told: Told) -> None:
        """Call it at once."""
        told(None)


class Meter:
    """Keeps records of calls."""

    def __init__(
        self,
        sql_for: Callable[[str], Sql],
        log: Callable[[bytes], None],
        hints: Hints,
        batch: type[Batch] = Batch,
    ) -> None:
        """Keep records in the database of each one's project, and write them to `log` as lines.

        Of which projects there are any, `hints` are left.

        With `Unkept` for `batch` they are only logged.
        """
        self._sql_for, self._log, self._kind = sql_for, log, batch
        self._packed = zstandard.ZstdCompressor(level=1).compress  # records are alike: a tenth is left
        self._hints, self._round = hints, 0
        self._written: set[str] = set()
        self._next: Batch | None = None
        self._gathering: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(WRITTEN_AT_ONCE)

    def keep(self, record: CallRecord, bill: Bill | None = None) -> Batch:
        """Keep a record, and have its `bill` settled; gives the batch that it will be written in."""
        batch = self._next
        if batch is None:
            batch = self._next = self._kind()
            if self._gathering is None:
                self._gathering = asyncio.get_running_loop().create_task(self._gather())
        batch.add(record)
        if bill is not None:
            batch.bills.add(bill)
        return batch

    def end_round(self) -> tuple[int, set[str]]:
        """Begin a new round; gives the number of the last one, and the projects written for in it."""
        ended = self._round, self._written
        self._round, self._written = self._round + 1, set()
        return ended

    async def _gather(self) -> None:
        while (batch := self._next) is not None:
            await self._room.acquire()
            await _quiet(batch)
            self._next = None
            writing = asyncio.get_running_loop().create_task(self._write(batch))
            self._writing.add(writing)
            writing.add_done_callback(self._writing.discard)
        self._gathering = None

    async def _write(self, batch: Batch) -> None:
        try:
            await asyncio.gather(
                *[bill.settled() for bill in batch.bills],
                *[self._keep(*each, batch.bodies.get(each[0])) for each in batch.records.items()],
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait have to hear of it
            self._room.release()
            batch.end(error)
        else:
            self._room.release()
            batch.end(None)

    async def _keep(self, project: str, records: list[CallRecord], bodies: list[Bodies] | None) -> None:
        lines = _lines(records)
        self._log(lines if not any(each.detail for each in records) else _lines(_without_details(records)))
        if project and self._kind is not Unkept:
            await self._hint(project)
            sql, row = self._sql_for(project), (_batch_id(), len(records), self._packed(lines))
            await (sql.run(KEEP, *row) if bodies is None else sql.transact(_with_bodies(row, bodies)))
            await self._hint(project)  # of the round that has begun meanwhile

    async def _hint(self, project: str) -> None:
        if project not in self._written:
            await self._hints.leave(self._round, project)
            self._written.add(project)


def _with_bodies(row: tuple[str, int, bytes], bodies: list[Bodies]) -> Work[None]:
    async def work(transaction: Transaction) -> None:
        await transaction.changed(KEEP, *row)
        await transaction.run_many(KEEP_BODIES, bodies)

    return work


async def _quiet(batch: Batch) -> None:
    """Wait for a turn of the loop in which no call ends: then nobody else is about to join the batch."""
    size = -1
    while size != batch.size < BATCH_MAX:
        size = batch.size
        await asyncio.sleep(0)


def _without_details(records: list[CallRecord]) -> list[CallRecord]:
    """Give records as they are logged: a detail may quote the request, which is its project's own."""
    return [msgspec.structs.replace(each, detail="") if each.detail else each for each in records]


def _batch_id() -> str:
    """Make an id that rises with time and is no other process's."""
    return f"{time.time_ns():016x}{os.urandom(4).hex()}"

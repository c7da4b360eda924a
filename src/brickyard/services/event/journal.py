"""The journal: every event of the last day, in order of its topic."""

import uuid
from collections.abc import AsyncGenerator
from typing import cast

import msgspec

from brickyard.contract import JsonObject
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.engines.sql.stored import size_of
from brickyard.services.event.contract import ConsumeReply, PublishReply
from brickyard.services.event.moment import SECOND_NS, written

KIND = "event"
"""What events count as, of what a project keeps."""
RETENTION_NS = 24 * 3600 * SECOND_NS
"""How long an event is kept."""
READ_EVENTS = 32
"""Events read from the database at once: they may be 1 MiB each."""
PAGE_BYTES = 8 * 1024 * 1024
"""A page ends with the read that takes its messages past this size."""

LATEST = "SELECT seq FROM event_messages WHERE project = ?1 AND topic = ?2 ORDER BY seq DESC LIMIT 1"
BY_ID = "SELECT seq FROM event_messages WHERE project = ?1 AND topic = ?2 AND id = ?3"
AFTER = (
    "SELECT seq, id, message FROM event_messages WHERE project = ?1 AND topic = ?2 AND seq > ?3"
    " ORDER BY seq LIMIT ?4 OFFSET ?5"
)
INSERT = "INSERT INTO event_messages (project, topic, seq, id, message) VALUES (?1, ?2, ?3, ?4, ?5)"
# A few at every publish are enough to keep pace: each publish makes one event that will be too old.
PURGE = (
    "DELETE FROM event_messages WHERE project = ?1 AND (topic, seq) IN"
    " (SELECT topic, seq FROM event_messages WHERE project = ?1 AND seq <= ?2 ORDER BY seq LIMIT 8)"
    " RETURNING octet_length(message)"
)


class Record(msgspec.Struct, frozen=True, gc=False):
    """One event, in its place."""

    seq: int
    """Its time in nanoseconds since 1970, strictly increasing within the topic."""
    size_bytes: int
    """Of its message."""
    reply: ConsumeReply
    """As listeners get it; made once for all of them."""


class Appended(msgspec.Struct, frozen=True, gc=False):
    """An event just published, and the one it follows."""

    record: Record
    previous: int
    """The `seq` of the event before it in the topic; 0 if there is none."""


class Journal:
    """The events of one project."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep events in `sql`, and tell their age by `clock`."""
        self._sql, self._clock = sql, clock

    async def append(self, topic: str, message: str) -> Appended:
        """Keep an event, whose message is JSON text; returns once it is on disk."""
        now_ns, name = self._clock.now_ns(), str(uuid.uuid4())

        async def work(transaction: Transaction) -> tuple[int, int]:
            old = await transaction.rows(PURGE, now_ns - RETENTION_NS)
            transaction.keeps(KIND, 1 - len(old), size_of(message) - sum(size for (size,) in old))
            latest = await transaction.rows(LATEST, topic)
            previous = latest[0][0] if latest else 0
            seq = max(now_ns, previous + 1)
            await transaction.changed(INSERT, topic, seq, name, message)
            transaction.answers(PublishReply())
            return previous, seq

        previous, seq = await self._sql.transact(work)
        return Appended(record=record(topic, (seq, name, message)), previous=previous)

    async def head(self, topic: str) -> int:
        """Give the `seq` of the topic's last event; 0 if there is none."""
        row = await self._sql.point(LATEST, topic)
        return row[0] if row else 0

    async def place(self, topic: str, event_id: str) -> int | None:
        """Give the `seq` of an event by its id; None if it is not in the topic, or no longer."""
        row = await self._sql.point(BY_ID, topic, event_id)
        return row[0] if row and row[0] > self.forgotten_ns() else None

    async def after(self, topic: str, seq: int) -> AsyncGenerator[Record]:
        """Give the events after `seq`, up to the last one there is when it is asked for."""
        while await self.head(topic) > seq:
            read = await self._read(topic, seq, READ_EVENTS)
            for each in read:
                yield each
            if len(read) < READ_EVENTS:
                return
            seq = read[-1].seq

    async def page(self, topic: str, limit: int, offset: int) -> list[Record]:
        """Give at most `limit` of the topic's events, leaving out the first `offset` of them.

        It may be fewer, with more to come, if they are large; see `PAGE_BYTES`.
        """
        records: list[Record] = []
        size_bytes, seq = 0, 0
        while len(records) < limit and size_bytes < PAGE_BYTES:
            wanted = min(limit - len(records), READ_EVENTS)
            read = await self._read(topic, seq, wanted, offset)
            records += read
            if len(read) < wanted:
                break
            seq, offset = read[-1].seq, 0
            size_bytes += sum(each.size_bytes for each in read)
        return records

    async def _read(self, topic: str, seq: int, limit: int, offset: int = 0) -> list[Record]:
        after = max(seq, self.forgotten_ns())
        return [record(topic, row) for row in await self._sql.rows(AFTER, topic, after, limit, offset)]

    def forgotten_ns(self) -> int:
        """Give the moment up to which events are no longer kept, even where they are not yet deleted."""
        return self._clock.now_ns() - RETENTION_NS


def record(topic: str, row: Row) -> Record:
    """Make an event of a row `(seq, id, message)`. Its message stays the text that it is."""
    seq, name, message = row
    raw = msgspec.Raw(message)
    reply = ConsumeReply(topic=topic, id=name, timestamp=written(seq), message=cast("JsonObject", raw))
    return Record(seq=seq, size_bytes=memoryview(raw).nbytes, reply=reply)

"""The `cache` service, over SQL: as durable as everything else, and a read of it takes microseconds."""

import re
from dataclasses import dataclass
from typing import TypeVar

from brickyard.contract import BadRequest, Context, Exported, Int64
from brickyard.contract.words import INT64_MAX, INT64_MIN
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.engines.sql.stored import size_of
from brickyard.services.cache.contract import (
    TTL_MAX_S,
    VALUE_MAX_BYTES,
    Cache,
    DecrementReply,
    DecrementRequest,
    DeleteReply,
    DeleteRequest,
    GetReply,
    GetRequest,
    IncrementReply,
    IncrementRequest,
    ListKeysReply,
    ListKeysRequest,
    SetReply,
    SetRequest,
)

Counted = TypeVar("Counted", IncrementReply, DecrementReply)

SECOND_NS = 1_000_000_000
LAST_CHARACTER = "\U0010ffff"
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")

KIND = "cache"
"""What entries count as, of what a project keeps."""

READ = "SELECT value, expires_ns FROM cache_entries WHERE project = ?1 AND key = ?2"
WRITE = (
    "INSERT INTO cache_entries (project, key, value, expires_ns) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, key) DO UPDATE SET value = excluded.value, expires_ns = excluded.expires_ns"
)
# A few at every write are enough to keep pace: each write makes at most one entry that will expire.
PURGE = (
    "DELETE FROM cache_entries WHERE project = ?1 AND key IN"
    " (SELECT key FROM cache_entries WHERE project = ?1 AND expires_ns <= ?2 LIMIT 4)"
    " RETURNING octet_length(key) + octet_length(value)"
)
SIZE = "SELECT octet_length(key) + octet_length(value) FROM cache_entries WHERE project = ?1 AND key = ?2"
DELETE = (
    "DELETE FROM cache_entries WHERE project = ?1 AND key = ?2"
    " RETURNING octet_length(key) + octet_length(value)"
)


@dataclass(frozen=True)
class EmbeddedCache(Cache):
    """Entries in a table; `expires_ns` is null for those that live for ever."""

    migrations = (
        """CREATE TABLE cache_entries (
            project TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires_ns BIGINT,
            PRIMARY KEY (project, key)
        );
        CREATE INDEX cache_entries_by_expiry ON cache_entries (project, expires_ns)""",
        # What was kept before it was counted.
        """INSERT INTO stored (project, kind, records, bytes)
            SELECT project, 'cache', count(*), sum(octet_length(key) + octet_length(value))
            FROM cache_entries GROUP BY project""",
    )
    exports = (Exported(table="cache_entries", key={"key": str}, columns=("key", "value", "expires_ns")),)

    sql: Sql
    clock: Clock

    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Get a value."""
        row = await self.sql.point(READ, request.key)
        if row is None:
            return GetReply(key=request.key, value="", ttl=Int64(0))
        if row[1] is None:
            return GetReply(key=request.key, value=row[0], ttl=Int64(0))
        left_ns = row[1] - self.clock.now_ns()
        if left_ns <= 0:
            return GetReply(key=request.key, value="", ttl=Int64(0))
        return GetReply(key=request.key, value=row[0], ttl=Int64(-(-left_ns // SECOND_NS)))

    async def set(self, context: Context, request: SetRequest) -> SetReply:
        """Keep a value."""
        if len(request.value) * 4 > VALUE_MAX_BYTES and len(request.value.encode()) > VALUE_MAX_BYTES:
            raise BadRequest.at("/value", f"The value is larger than {VALUE_MAX_BYTES} bytes.")
        now_ns, reply = self.clock.now_ns(), SetReply(status="ok")
        expires_ns = _expiry(request.ttl, now_ns)

        async def work(transaction: Transaction) -> None:
            gone(transaction, await transaction.rows(PURGE, now_ns))
            gone(transaction, await transaction.rows(SIZE, request.key))
            await transaction.changed(WRITE, request.key, request.value, expires_ns)
            transaction.keeps(KIND, 1, size_of(request.key) + size_of(request.value))
            transaction.answers(reply)

        await self.sql.transact(work, synced=False)
        return reply

    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Forget a key."""
        reply = DeleteReply(status="ok")

        async def work(transaction: Transaction) -> None:
            gone(transaction, await transaction.rows(DELETE, request.key))
            transaction.answers(reply)

        await self.sql.transact(work, synced=False)
        return reply

    async def increment(self, context: Context, request: IncrementRequest) -> IncrementReply:
        """Raise a counter."""
        return await self._add(IncrementReply, request.key, request.value, request.ttl)

    async def decrement(self, context: Context, request: DecrementRequest) -> DecrementReply:
        """Lower a counter."""
        return await self._add(DecrementReply, request.key, -request.value, request.ttl)

    async def list_keys(self, context: Context, request: ListKeysRequest) -> ListKeysReply:
        """List keys."""
        rows = await self.sql.rows(
            "SELECT key FROM cache_entries WHERE project = ?1 AND key > ?2 AND key >= ?3 AND key < ?4"
            " AND (expires_ns IS NULL OR expires_ns > ?5) ORDER BY key LIMIT ?6",
            request.cursor,
            request.prefix,
            request.prefix + LAST_CHARACTER,
            self.clock.now_ns(),
            request.limit + 1,
        )
        keys = [row[0] for row in rows[: request.limit]]
        if len(rows) > request.limit:
            return ListKeysReply(keys=keys, next_cursor=keys[-1])
        return ListKeysReply(keys=keys)

    async def _add(self, reply: type[Counted], key: str, amount: int, ttl: int) -> Counted:
        now_ns = self.clock.now_ns()
        new_expiry_ns = _expiry(ttl, now_ns)

        async def work(transaction: Transaction) -> Counted:
            rows = await transaction.rows(READ, key)
            value, expires_ns = rows[0] if rows else ("0", None)
            if rows:
                transaction.keeps(KIND, -1, -size_of(key) - size_of(value))
            if not rows or (expires_ns is not None and expires_ns <= now_ns):
                value, expires_ns = "0", new_expiry_ns
            total = _counter(key, value) + amount
            if not INT64_MIN <= total <= INT64_MAX:
                raise BadRequest.at("/value", f"The counter {key!r} would leave the range of 64 bits.")
            await transaction.changed(WRITE, key, str(total), expires_ns if ttl else None)
            transaction.keeps(KIND, 1, size_of(key) + size_of(str(total)))
            answer = reply(key=key, value=Int64(total))
            transaction.answers(answer)
            return answer

        return await self.sql.transact(work, synced=False)


def gone(transaction: Transaction, rows: list[Row]) -> None:
    """Note that entries are no more, or no longer what they were; their sizes are given."""
    if rows:
        transaction.keeps(KIND, -len(rows), -sum(size for (size,) in rows))


def _counter(key: str, value: str) -> int:
    if not WHOLE_NUMBER.fullmatch(value):
        raise BadRequest.at("/key", f"The value of {key!r} is no whole number, so it cannot be counted.")
    return int(value)


def _expiry(ttl: int, now_ns: int) -> int | None:
    if not 0 <= ttl <= TTL_MAX_S:
        raise BadRequest.at("/ttl", f"A ttl of {ttl} s: from 0 (for ever) to {TTL_MAX_S} can be had.")
    return now_ns + ttl * SECOND_NS if ttl else None

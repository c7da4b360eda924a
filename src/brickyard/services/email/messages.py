"""The project's messages: kept before they are sent, and what became of them; and who is to get none."""

from collections.abc import Sequence

import msgspec

from brickyard.contract import Exported, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.engines.sql.timed_ids import ids_between
from brickyard.engines.sql.witness import witnessed
from brickyard.services.email import recipients
from brickyard.services.email.outcomes import FORGET
from brickyard.services.email.port import Receipt

PREFIX = "eml"
"""How the ids of messages begin."""
MIGRATIONS = (
    """CREATE TABLE email_messages (
        project TEXT NOT NULL, id TEXT NOT NULL, once TEXT NOT NULL, recipients TEXT NOT NULL,
        subject TEXT NOT NULL, source BYTEA NOT NULL, state TEXT NOT NULL, provider TEXT NOT NULL,
        provider_id TEXT NOT NULL, note TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE UNIQUE INDEX email_messages_once ON email_messages (project, once);
    CREATE TABLE email_suppressions (
        project TEXT NOT NULL, address TEXT NOT NULL, reason TEXT NOT NULL, created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, address)
    )""",
    """CREATE TABLE email_outcomes (
        project TEXT NOT NULL, message TEXT NOT NULL, address TEXT NOT NULL, state TEXT NOT NULL,
        rank INTEGER NOT NULL, note TEXT NOT NULL, told_ns BIGINT NOT NULL,
        PRIMARY KEY (project, message, address)
    );
    CREATE INDEX email_messages_by_provider ON email_messages (project, provider, provider_id)""",
)
EXPORTS = (
    Exported(
        table="email_messages",
        key={"id": str},
        columns=(
            *("id", "recipients", "subject", "source", "state", "provider", "provider_id", "note"),
            "created_ns",
        ),
    ),
    Exported(table="email_suppressions", key={"address": str}, columns=("address", "reason", "created_ns")),
    Exported(
        table="email_outcomes",
        key={"message": str, "address": str},
        columns=("message", "address", "state", "note", "told_ns"),
    ),
)
KEEP = (
    "INSERT INTO email_messages (project, id, once, recipients, subject, source, state, provider,"
    " provider_id, note, created_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'unknown', '', '', '', ?7)"
    " ON CONFLICT (project, once) DO NOTHING"
)
TAKEN = (
    "UPDATE email_messages SET state = ?3, provider = ?4, provider_id = ?5, source = ?6"
    " WHERE project = ?1 AND id = ?2"
)
NOBODYS = (
    "DELETE FROM email_messages WHERE project = ?1 AND once = ?2 AND state = 'failed' AND provider = ''"
    " RETURNING id, recipients, length(source)"
)
"""An earlier attempt at the same call that nobody took: it is made again."""
FAILED = "UPDATE email_messages SET state = 'failed', note = ?3 WHERE project = ?1 AND id = ?2"
ROWS = "SELECT m.id, state, provider, provider_id, recipients, subject, note, created_ns FROM"
READ = f"{ROWS} email_messages m WHERE m.project = ?1 AND m.id = ?2"
FITS = "AND created_ns >= ?5 AND created_ns < ?6 AND (?7 = '' OR state = ?7)"
LIST = (
    f"{ROWS} email_messages m WHERE m.project = ?1 AND m.id >= ?3 AND m.id < ?4 {FITS}"
    " ORDER BY m.id DESC LIMIT ?2"
)
# The join is said to be a cross join, as SQLite goes through the tables of one in their order.
LIST_TO = (
    f"{ROWS} email_recipients r CROSS JOIN email_messages m"
    " WHERE r.project = ?1 AND r.address = ?8 AND r.message >= ?3 AND r.message < ?4"
    f" AND m.project = ?1 AND m.id = r.message {FITS} ORDER BY r.message DESC LIMIT ?2"
)
SIZE = "SELECT length(source) FROM email_messages WHERE project = ?1 AND id = ?2"
SOURCE = "SELECT source FROM email_messages WHERE project = ?1 AND id = ?2"
DELETE = "DELETE FROM email_messages WHERE project = ?1 AND id = ?2 RETURNING id, recipients, length(source)"
OLDEST = "SELECT id, created_ns, length(source) FROM email_messages WHERE project = ?1 ORDER BY id LIMIT ?2"
SUPPRESS = (
    "INSERT INTO email_suppressions (project, address, reason, created_ns) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, address) DO UPDATE SET reason = excluded.reason"
)
UNSUPPRESS = "DELETE FROM email_suppressions WHERE project = ?1 AND address = ?2"
SUPPRESSED = "SELECT 1 FROM email_suppressions WHERE project = ?1 AND address = ?2"
SUPPRESSIONS = (
    "SELECT address, reason, created_ns FROM email_suppressions WHERE project = ?1 AND address > ?2"
    " ORDER BY address LIMIT ?3"
)


FORGOTTEN_AT_ONCE, FORGOTTEN_BYTES = 100, 4 * 1024 * 1024
"""Messages removed in one commit, at most: so many, and (but for the first) of so many bytes."""


class Wanted(msgspec.Struct, frozen=True):
    """Which messages are to be listed."""

    recipient: str
    """In lower case; empty for anybody."""
    state: str
    """Empty for any."""
    since_ns: int
    until_ns: int


class Message(msgspec.Struct, frozen=True):
    """A message to be sent."""

    id: str
    once: str
    """What repeats of the same call have in common; its id if there are none."""
    recipients: str
    """Addresses, with spaces between."""
    subject: str
    source: bytes


class Messages:
    """Keeps a project's messages."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep them in `sql`."""
        self._sql, self._clock = sql, clock

    async def keep(self, message: Message) -> bool:
        """Keep a message before it is sent: until its outcome is known, it is not known whether it was.

        False if an earlier attempt at the same call has kept one already: then it is not to be sent.
        """

        async def work(transaction: Transaction) -> bool:
            await _gone(transaction, await transaction.rows(NOBODYS, message.once))
            if not await transaction.changed(KEEP, *msgspec.structs.astuple(message), self._clock.now_ns()):
                return False
            await recipients.add(transaction, message.id, message.recipients)
            transaction.keeps("email", 1, len(message.source))
            return True

        with witnessed(None):  # its own rows say whether a repeat may be done, and not that there is one
            return await self._sql.transact(work)

    async def taken(self, id: str, provider: str, receipt: Receipt, source: bytes, reply: Reply) -> None:
        """Note who took a message, how it went, and what its call is answered with."""

        async def work(transaction: Transaction) -> None:
            for (size_bytes,) in await transaction.rows(SIZE, id):
                transaction.keeps("email", 0, len(source) - size_bytes)
            await transaction.changed(TAKEN, id, receipt.state, provider, receipt.id, source)
            transaction.answers(reply)

        await self._sql.transact(work)

    async def failed(self, id: str, why: str) -> None:
        """Note that nobody took a message, and why."""
        with witnessed(None):
            await self._sql.run(FAILED, id, why[:500])

    async def read(self, id: str) -> tuple[Row, bytes] | None:
        """Give a message, in the order of `ROWS`, and its source."""
        row, source = await self._sql.point(READ, id), await self._sql.point(SOURCE, id)
        return None if row is None or source is None else (row, source[0])

    async def delete(self, id: str, reply: Reply) -> bool:
        """Keep a message no longer; False if there is none."""

        async def work(transaction: Transaction) -> bool:
            found = await _remove(transaction, id)
            if found:
                transaction.answers(reply)
            return found

        return await self._sql.transact(work)

    async def forget_before(self, moment_ns: int) -> bool:
        """Remove the oldest messages, if they were kept before a moment; says whether there may be more."""
        oldest, size_bytes, due = await self._sql.rows(OLDEST, FORGOTTEN_AT_ONCE), 0, list[str]()
        for name, created_ns, length in oldest:
            size_bytes += length
            if created_ns > moment_ns or (due and size_bytes > FORGOTTEN_BYTES):
                break
            due.append(name)

        async def work(transaction: Transaction) -> None:
            for each in due:
                await _remove(transaction, each)

        if due:
            await self._sql.transact(work)
        return bool(due)

    async def list(self, wanted: Wanted, before: str, limit: int) -> "list[Row]":
        """Give messages, the newest first."""
        span = (wanted.since_ns, wanted.until_ns)
        fits = (limit, *ids_between(PREFIX, *span, before), *span, wanted.state)
        if wanted.recipient:
            return await self._sql.rows(LIST_TO, *fits, wanted.recipient)
        return await self._sql.rows(LIST, *fits)

    async def suppress(self, address: str, reason: str, reply: Reply) -> None:
        """Note that an address is to get nothing."""

        async def work(transaction: Transaction) -> None:
            await transaction.changed(SUPPRESS, address, reason, self._clock.now_ns())
            transaction.answers(reply)

        await self._sql.transact(work)

    async def unsuppress(self, address: str, reply: Reply) -> bool:
        """Let an address get mail again; False if it did all along."""

        async def work(transaction: Transaction) -> bool:
            found = await transaction.changed(UNSUPPRESS, address)
            if found:
                transaction.answers(reply)
            return bool(found)

        return await self._sql.transact(work)

    async def suppressed(self, addresses: Sequence[str]) -> set[str]:
        """Give which of some addresses are to get nothing."""
        return {each for each in addresses if await self._sql.point(SUPPRESSED, each) is not None}

    async def suppressions(self, after: str, limit: int) -> "list[Row]":
        """Give those who are to get nothing."""
        return await self._sql.rows(SUPPRESSIONS, after, limit)


async def _remove(transaction: Transaction, id: str) -> bool:
    """Remove a message, and what became of it; False if there is none."""
    rows = await transaction.rows(DELETE, id)
    await _gone(transaction, rows)
    return bool(rows)


async def _gone(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Forget what there was of messages that are removed: their ids, recipients and sizes are given."""
    for id_, addresses, size_bytes in rows:
        transaction.keeps("email", -1, -size_bytes)
        await recipients.remove(transaction, id_, addresses)
        await transaction.changed(FORGET, id_)

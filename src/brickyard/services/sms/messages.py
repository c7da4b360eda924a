"""The project's messages: kept before they are sent, and what became of them."""

from collections.abc import Sequence

import msgspec

from brickyard.contract import Exported, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.engines.sql.timed_ids import ids_between
from brickyard.engines.sql.witness import witnessed
from brickyard.services.sms.port import Receipt, Told

PREFIX = "sms"
"""How the ids of messages begin."""
MIGRATIONS = (
    """CREATE TABLE sms_messages (
        project TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
        body TEXT NOT NULL, segments INTEGER NOT NULL, state TEXT NOT NULL, rank INTEGER NOT NULL,
        note TEXT NOT NULL, provider TEXT NOT NULL, provider_id TEXT NOT NULL, once TEXT NOT NULL,
        created_ns BIGINT NOT NULL, updated_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE UNIQUE INDEX sms_messages_once ON sms_messages (project, once);
    CREATE INDEX sms_messages_by_provider ON sms_messages (project, provider, provider_id)""",
    "CREATE INDEX sms_messages_by_recipient ON sms_messages (project, recipient, id)",
)
EXPORTS = (
    Exported(
        table="sms_messages",
        key={"id": str},
        columns=(
            *("id", "sender", "recipient", "body", "segments", "state", "note", "provider", "provider_id"),
            *("created_ns", "updated_ns"),
        ),
    ),
)
ROWS = (
    "SELECT id, sender, recipient, body, segments, state, note, provider, created_ns, updated_ns"
    " FROM sms_messages WHERE project = ?1"
)
KEEP = (
    "INSERT INTO sms_messages (project, id, sender, recipient, body, segments, state, rank, note, provider,"
    " provider_id, once, created_ns, updated_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'unknown', 0, '', '', '', ?7, ?8, ?8)"
    " ON CONFLICT (project, once) DO NOTHING"
)
TAKEN = (
    "UPDATE sms_messages SET state = ?3, rank = ?4, provider = ?5, provider_id = ?6, updated_ns = ?7"
    " WHERE project = ?1 AND id = ?2"
)
NOBODYS = (
    "DELETE FROM sms_messages WHERE project = ?1 AND once = ?2 AND state = 'failed' AND provider = ''"
    " RETURNING body, sender"
)
"""An earlier attempt at the same call that nobody took: it is made again."""
FAILED = (
    "UPDATE sms_messages SET state = 'failed', rank = 9, note = ?3, updated_ns = ?4"
    " WHERE project = ?1 AND id = ?2"
)
TOLD = (
    "UPDATE sms_messages SET state = ?4, rank = ?5, note = ?6, updated_ns = ?7"
    " WHERE project = ?1 AND provider = ?2 AND provider_id = ?3 AND rank < ?5"
)
READ = ROWS + " AND id = ?2"
FITS = "AND created_ns >= ?5 AND created_ns < ?6 AND (?7 = '' OR state = ?7)"
LIST = f"{ROWS} AND id >= ?3 AND id < ?4 {FITS} ORDER BY id DESC LIMIT ?2"
# Said as the index has it: else SQLite looks through those to others, which lie in the order of ids, too.
LIST_TO = (
    f"{ROWS} AND (recipient, id) >= (?8, ?3) AND (recipient, id) < (?8, ?4) {FITS}"
    " ORDER BY recipient DESC, id DESC LIMIT ?2"
)
DELETE = "DELETE FROM sms_messages WHERE project = ?1 AND id = ?2 RETURNING body, sender"
OLDEST = "SELECT created_ns FROM sms_messages WHERE project = ?1 ORDER BY id LIMIT 1"
FORGET_OLD = (
    "DELETE FROM sms_messages WHERE project = ?1 AND created_ns <= ?2 AND id IN"
    " (SELECT id FROM sms_messages WHERE project = ?1 ORDER BY id LIMIT ?3) RETURNING body, sender"
)
FORGOTTEN_AT_ONCE = 200
"""Messages removed in one commit, at most."""
RANKS = {"kept": 9, "accepted": 1, "sent": 2, "delivered": 9, "failed": 9}
"""States come in this order, whatever the order in which they are told: one goes to a higher rank only."""


class Wanted(msgspec.Struct, frozen=True):
    """Which messages are to be listed."""

    recipient: str
    """Empty for anybody."""
    state: str
    """Empty for any."""
    since_ns: int
    until_ns: int


class Message(msgspec.Struct, frozen=True):
    """A message to be sent."""

    id: str
    sender: str
    recipient: str
    body: str
    segments: int
    once: str
    """What repeats of the same call have in common; its id if there are none."""


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
            values = msgspec.structs.astuple(message)
            _gone(transaction, await transaction.rows(NOBODYS, message.once))
            if not await transaction.changed(KEEP, *values, self._clock.now_ns()):
                return False
            transaction.keeps("sms", 1, len(message.body.encode()) + len(message.sender))
            return True

        with witnessed(None):  # its own rows say whether a repeat may be done, and not that there is one
            return await self._sql.transact(work)

    async def taken(self, id: str, provider: str, receipt: Receipt, reply: Reply) -> None:
        """Note who took a message, and what its call is answered with."""
        values = (id, receipt.state, RANKS[receipt.state], provider, receipt.provider_id)

        async def work(transaction: Transaction) -> None:
            await transaction.changed(TAKEN, *values, self._clock.now_ns())
            transaction.answers(reply)

        await self._sql.transact(work)

    async def failed(self, id: str, why: str) -> None:
        """Note that nobody took a message, and why."""
        with witnessed(None):
            await self._sql.run(FAILED, id, why[:500], self._clock.now_ns())

    async def told(self, provider: str, events: Sequence[Told]) -> None:
        """Note what a provider tells; what is told twice, or late, changes nothing."""

        async def work(transaction: Transaction) -> None:
            for each in events:
                await transaction.changed(
                    TOLD,
                    provider,
                    each.provider_id,
                    each.state,
                    RANKS[each.state],
                    each.note[:500],
                    self._clock.now_ns(),
                )

        await self._sql.transact(work)

    async def read(self, id: str) -> Row | None:
        """Give a message, in the order of `ROWS`."""
        return await self._sql.point(READ, id)

    async def delete(self, id: str, reply: Reply) -> bool:
        """Keep a message no longer; False if there is none."""

        async def work(transaction: Transaction) -> bool:
            rows = await transaction.rows(DELETE, id)
            _gone(transaction, rows)
            if rows:
                transaction.answers(reply)
            return bool(rows)

        return await self._sql.transact(work)

    async def forget_before(self, moment_ns: int) -> bool:
        """Remove the oldest messages, if they were kept before a moment; says whether there may be more."""
        oldest = await self._sql.point(OLDEST)
        if oldest is None or oldest[0] > moment_ns:
            return False

        async def work(transaction: Transaction) -> bool:
            rows = await transaction.rows(FORGET_OLD, moment_ns, FORGOTTEN_AT_ONCE)
            _gone(transaction, rows)
            return bool(rows)

        return await self._sql.transact(work)

    async def list(self, wanted: Wanted, before: str, limit: int) -> "list[Row]":
        """Give messages, the newest first."""
        span = (wanted.since_ns, wanted.until_ns)
        fits = (limit, *ids_between(PREFIX, *span, before), *span, wanted.state)
        if wanted.recipient:
            return await self._sql.rows(LIST_TO, *fits, wanted.recipient)
        return await self._sql.rows(LIST, *fits)


def _gone(transaction: Transaction, rows: Sequence[Row]) -> None:
    """Note that messages are no more; their bodies and senders are given."""
    for body, sender in rows:
        transaction.keeps("sms", -1, -(len(body.encode()) + len(sender)))

"""The embedded mail: an outbox in SQL. Where a relay is set, letters go on from there.

What letters hold lets people sign in. As long as there is no relay the outbox is where they are read; else it
is a list of what was sent, and their text goes with them. Letters of an account that is deleted go with it.
"""

from collections.abc import Collection

import msgspec

from brickyard.engines.clock import Clock
from brickyard.engines.jobs import Jobs
from brickyard.engines.mail import Letter
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.relay import Relay
from brickyard.engines.mail.smtp import ATTEMPT_LIMIT_S, Postman
from brickyard.engines.mail.source import Envelope, envelope, without_text
from brickyard.engines.outgoing import Outcome, Queue, Retries, Sender
from brickyard.engines.sql import Result, Sql, Transaction, Work

KEPT_MAX = 10_000
"""The newest letters are kept, so many, and those that wait to be sent."""
SWEEP_EVERY = 256
"""Letters between two removals of old ones."""
WORKERS = 4
RETRIES = Retries.doubling(first_s=15, longest_s=3600, within_s=24 * 3600)

KEEP = (
    "INSERT INTO mail_outbox (project, id, sender, recipient, subject, source, created_ns, account)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
)
COLUMNS = (
    "SELECT m.id, m.recipient, m.sender, m.subject, m.created_ns, coalesce(o.state, 'kept'),"
    " coalesce(o.attempts, 0), coalesce(o.note, '') FROM mail_outbox m"
    " LEFT JOIN outgoing o ON o.project = m.project AND o.queue = 'mail' AND o.id = m.id WHERE m.project = ?1"
)
LIST = f"{COLUMNS} AND (m.id < ?2 OR ?2 = '') ORDER BY m.id DESC LIMIT ?3"
READ = f"{COLUMNS} AND m.id = ?2"
ENVELOPE = "SELECT sender, recipient, source FROM mail_outbox WHERE project = ?1 AND id = ?2"
SOURCE = "SELECT source, forget FROM mail_outbox WHERE project = ?1 AND id = ?2"
STRIP = "UPDATE mail_outbox SET source = ?3 WHERE project = ?1 AND id = ?2"
OLDEST_KEPT = "SELECT id FROM mail_outbox WHERE project = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2"
SWEEP = (
    "DELETE FROM mail_outbox WHERE project = ?1 AND id < ?2 AND id NOT IN"
    " (SELECT id FROM outgoing WHERE project = ?1 AND queue = 'mail' AND state = 'waiting')"
)
FORGET_BY_ACCOUNT = "UPDATE mail_outbox SET forget = 1 WHERE project = ?1 AND account = ?2"
FORGET_BY_RECIPIENT = "UPDATE mail_outbox SET forget = 1 WHERE project = ?1 AND lower(recipient) = ?2"
FORGOTTEN = "SELECT id FROM mail_outbox WHERE project = ?1 AND forget = 1"
IS_WAITING = "SELECT 1 FROM outgoing WHERE project = ?1 AND queue = 'mail' AND id = ?2 AND state = 'waiting'"
REMOVE = "DELETE FROM mail_outbox WHERE project = ?1 AND id = ?2"
REMOVE_STATE = "DELETE FROM outgoing WHERE project = ?1 AND queue = 'mail' AND id = ?2"
SWEEP_STATES = "DELETE FROM outgoing WHERE project = ?1 AND queue = 'mail' AND state <> 'waiting' AND id < ?2"


class Kept(msgspec.Struct, frozen=True):
    """What is known of a letter in the outbox."""

    id: str
    recipient: str
    sender: str
    subject: str
    created_ns: int
    state: str
    """`kept` (no relay was set), `waiting`, `sent` or `failed`."""
    attempts: int
    note: str
    """Why the last attempt failed."""


class MailOutbox:
    """Keeps letters, and has them sent if there is a relay. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, clock: Clock, jobs: Jobs, sender: Mailbox, relay: Relay | None = None
    ) -> None:
        """Send through `relay`, from `sender` unless a letter names another."""
        self._sql, self._clock, self._sender, self._relay = sql, clock, sender, relay
        self._postman = None if relay is None else Postman(relay)
        self._queue = Queue("mail", sql, clock, RETRIES, over=_over)
        self._sweep = jobs.register("mail-sweep", self.sweep)
        self._since_sweep = 0
        if relay is not None:
            work = Sender(self._queue, clock, self._attempt, lease_s=2 * ATTEMPT_LIMIT_S)
            self._wake = work.work_in(jobs, WORKERS)

    async def send(self, letter: Letter) -> str:
        """Keep a letter, and have it sent; see the port."""
        return (await self._keep(letter, _nothing_else))[0]

    async def send_with(self, letter: Letter, work: Work[Result]) -> Result:
        """Keep a letter together with what it tells of, and have it sent; see the port."""
        return (await self._keep(letter, work))[1]

    async def forget_in(self, transaction: Transaction, account: str, addresses: Collection[str]) -> None:
        """Remove the letters of an account; see the port."""
        await transaction.changed(FORGET_BY_ACCOUNT, account)
        for address in addresses:
            await transaction.changed(FORGET_BY_RECIPIENT, address)
        for (letter_id,) in await transaction.rows(FORGOTTEN):
            if not await transaction.rows(IS_WAITING, letter_id):
                await _remove(transaction, letter_id)

    async def letters(self, before: str, limit: int) -> list[Kept]:
        """Give letters, newest first; those older than the letter `before`, if it is not empty."""
        return [Kept(*row) for row in await self._sql.rows(LIST, before, limit)]

    async def letter(self, id: str) -> tuple[Kept, bytes] | None:
        """Give a letter and its source, without text once it was sent or failed; None if there is none."""
        row, source = await self._sql.point(READ, id), await self._sql.point(ENVELOPE, id)
        return None if row is None or source is None else (Kept(*row), source[2])

    async def sweep(self) -> None:
        """Remove letters older than the newest `KEPT_MAX`, but those that wait to be sent."""
        row = await self._sql.point(OLDEST_KEPT, KEPT_MAX - 1)
        if row is not None:
            await self._sql.run(SWEEP, row[0])
            await self._sql.run(SWEEP_STATES, row[0])

    async def _keep(self, letter: Letter, work: Work[Result]) -> tuple[str, Result]:
        letter_id, now_ns = self._queue.new_id("ltr"), self._clock.now_ns()
        written = envelope(letter, letter_id, self._sender, now_ns)
        heading = (letter_id, written.sender, written.recipient, letter.subject)
        row = (*heading, written.source, now_ns, letter.account)

        async def both(transaction: Transaction) -> Result:
            result = await work(transaction)
            await transaction.changed(KEEP, *row)
            if self._relay is not None:
                await self._queue.add(transaction, letter_id, owner="")
            return result

        result = await self._sql.transact(both)
        self._kept()
        return letter_id, result

    def _kept(self) -> None:
        if self._relay is not None:
            self._wake()
        self._since_sweep += 1
        if self._since_sweep >= SWEEP_EVERY:
            self._since_sweep = 0
            self._sweep()

    async def _attempt(self, id: str) -> Outcome:
        row = await self._sql.point(ENVELOPE, id)
        if self._postman is None or row is None:
            raise LookupError(f"The letter {id} is to be sent, and is not there.")
        return await self._postman.deliver(Envelope(*row))


async def _nothing_else(transaction: Transaction) -> None:
    """Keep the letter alone."""


async def _over(transaction: Transaction, id: str) -> None:
    """Keep of a letter what says that it was written, to whom and when; or nothing, if that is forgotten."""
    for source, forget in await transaction.rows(SOURCE, id):
        if forget:
            await _remove(transaction, id)
        else:
            await transaction.changed(STRIP, id, without_text(source))


async def _remove(transaction: Transaction, id: str) -> None:
    await transaction.changed(REMOVE, id)
    await transaction.changed(REMOVE_STATE, id)

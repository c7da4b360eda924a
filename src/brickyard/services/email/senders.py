"""The addresses that a project may write from with the cloud's account: each is proven by a code sent to it.

The code's letter is one of the cloud's own (`engines/mail`), and is not among the project's messages: whoever
could read it there would need no mailbox. As long as no mail server is set, it is in the outbox of whoever
runs the cloud, as the letters are that accounts are confirmed with.
"""

import hashlib
import secrets
from hmac import compare_digest

from brickyard.contract import BadRequest, Exported, NotFound, Reply, TooManyRequests
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.mail import Letter, Mail
from brickyard.engines.mail.limits import LetterLimits
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.engines.sql.witness import witnessed

CODE_BYTES = 10
"""A code has twice as many digits (0 to f): its hash cannot be turned back by trying."""
LIFE_NS = 3600 * NANOSECONDS
"""How long a code is good, and letters are counted."""
TRIES_MAX = 5
"""How often a code can be tried."""
LETTERS_MAX = 10
"""Letters of a project in an hour: each goes to one who may not want it."""
ADDRESS_LETTERS_MAX = 3
"""Those of them to the same address."""

MIGRATIONS = (
    """CREATE TABLE email_senders (
        project TEXT NOT NULL, address TEXT NOT NULL, created_ns BIGINT NOT NULL, verified_ns BIGINT,
        PRIMARY KEY (project, address)
    );
    CREATE TABLE email_sender_codes (
        project TEXT NOT NULL, id TEXT NOT NULL, address TEXT NOT NULL, hash BYTEA, tries BIGINT NOT NULL,
        created_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    )""",
)
EXPORTS = (
    Exported(table="email_senders", key={"address": str}, columns=("address", "created_ns", "verified_ns")),
)
ADD = (
    "INSERT INTO email_senders (project, address, created_ns) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (project, address) DO NOTHING"
)
ROWS = "SELECT address, created_ns, verified_ns FROM email_senders WHERE project = ?1"
READ = ROWS + " AND address = ?2"
LIST = ROWS + " AND address > ?2 ORDER BY address LIMIT ?3"
VERIFY = "UPDATE email_senders SET verified_ns = ?3 WHERE project = ?1 AND address = ?2"
DELETE = "DELETE FROM email_senders WHERE project = ?1 AND address = ?2"
SWEEP = "DELETE FROM email_sender_codes WHERE project = ?1 AND created_ns <= ?2"
LETTERS = "SELECT address, created_ns FROM email_sender_codes WHERE project = ?1 ORDER BY created_ns"
COUNT = "INSERT INTO email_sender_codes (project, id, address, tries, created_ns) VALUES (?1, ?2, ?3, 0, ?4)"
VOID = "UPDATE email_sender_codes SET hash = NULL WHERE project = ?1 AND address = ?2"
HOLD = "UPDATE email_sender_codes SET hash = ?3 WHERE project = ?1 AND id = ?2"
TRY = (
    "UPDATE email_sender_codes SET tries = tries + 1 WHERE project = ?1 AND address = ?2"
    " AND hash IS NOT NULL AND tries < ?3 AND created_ns > ?4 RETURNING hash"
)
TEXT = """\
Somebody wants to send mail from {address} with this cloud: the project {project}.

If it is you, give this code to email/VerifySender within an hour:

{code}

If it is not you, there is nothing to do: without this code nobody can write in your name. Give it to no one.
"""


class Senders:
    """Keeps a project's addresses, and what proves them."""

    def __init__(self, sql: Sql, clock: Clock, mail: Mail, limits: LetterLimits) -> None:
        """Keep them in `sql`, and send codes by `mail`, as many as `limits` admits."""
        self._sql, self._clock, self._mail, self._limits = sql, clock, mail, limits

    async def is_verified(self, address: str) -> bool:
        """Say whether an address was proven to be the project's."""
        row = await self._sql.point(READ, address)
        return row is not None and row[2] is not None

    async def add(self, id: str, address: str, project: str, reply: Reply) -> None:
        """Send a code to an address; those that were sent there before are worth nothing then.

        That a letter was sent is no effect of the call: who repeats one that was cut short gets another.
        """
        code = secrets.token_hex(CODE_BYTES)
        text = TEXT.format(address=address, project=project, code=code)
        with witnessed(None):
            await self._count(id, address)
            await self._limits.admit(id, address, project)
            try:
                await self._mail.send(Letter(to=address, subject="Is this address yours?", text=text))
            except ValueError as error:
                raise BadRequest.at("/address", f"No letter can be sent there: {error}") from error

        async def work(transaction: Transaction) -> None:
            await transaction.changed(VOID, address)
            await transaction.changed(HOLD, id, _hash(address, code))
            added = await transaction.changed(ADD, address, self._clock.now_ns())
            transaction.keeps("email", added, added * len(address))
            transaction.answers(reply)

        await self._sql.transact(work)

    async def verify(self, address: str, code: str, reply: Reply) -> None:
        """Take the code that proves an address; `BadRequest` if it does not, or cannot any more."""
        with witnessed(None):  # a try counts whatever becomes of the call
            tried = await self._sql.run(TRY, address, TRIES_MAX, self._clock.now_ns() - LIFE_NS)
        if not tried:
            raise BadRequest.at(
                "/code",
                f"No code for {address} is good any more: it is for an hour, for {TRIES_MAX} tries, and until"
                " there is a newer one. `email/AddSender` sends another.",
            )
        if not compare_digest(bytes(tried[0][0]), _hash(address, code)):
            raise BadRequest.at("/code", f"This is not the code in the newest letter to {address}.")

        async def work(transaction: Transaction) -> None:
            if not await transaction.changed(VERIFY, address, self._clock.now_ns()):
                raise unknown(address)
            await transaction.changed(VOID, address)
            transaction.answers(reply)

        await self._sql.transact(work)

    async def read(self, address: str) -> Row | None:
        """Give an address, in the order of `ROWS`."""
        return await self._sql.point(READ, address)

    async def list(self, after: str, limit: int) -> list[Row]:
        """Give addresses in alphabetical order."""
        return await self._sql.rows(LIST, after, limit)

    async def delete(self, address: str, reply: Reply) -> None:
        """Forget an address, and its code; `NotFound` if there is none. Its letters stay counted."""

        async def work(transaction: Transaction) -> None:
            if not await transaction.changed(DELETE, address):
                raise unknown(address)
            await transaction.changed(VOID, address)
            transaction.keeps("email", -1, -len(address))
            transaction.answers(reply)

        await self._sql.transact(work)

    async def _count(self, id: str, address: str) -> None:
        """Count a letter before it is sent; `TooManyRequests` if there were as many as may be."""
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await transaction.changed(SWEEP, now_ns - LIFE_NS)
            letters = await transaction.rows(LETTERS)
            _check_pace([when for to, when in letters if to == address], ADDRESS_LETTERS_MAX, now_ns, address)
            _check_pace([when for _, when in letters], LETTERS_MAX, now_ns, "this project's addresses")
            await transaction.changed(COUNT, id, address, now_ns)

        await self._sql.transact(work)


def unknown(address: str) -> NotFound:
    """Say that an address was not added."""
    return NotFound(f"{address} is none of this project's senders: `email/AddSender` adds it.")


def _check_pace(sent_ns: list[int], most: int, now_ns: int, to: str) -> None:
    if len(sent_ns) >= most:
        wait_s = (sent_ns[-most] + LIFE_NS - now_ns) / NANOSECONDS
        raise TooManyRequests(f"{most} codes were sent to {to} within an hour.", retry_after_s=wait_s)


def _hash(address: str, code: str) -> bytes:
    """Hash a code with the address that it proves, so that it proves no other."""
    return hashlib.sha256(f"{address}:{code}".encode()).digest()

"""How many letters go to people who have not asked for them, whoever has them sent."""

import hashlib
from collections.abc import Awaitable, Callable

from brickyard.contract import TooManyRequests
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.witness import witnessed

PERIOD_NS = 3600 * NANOSECONDS
MAILBOX_LETTERS_MAX = 5
"""Letters to one mailbox in an hour, from all projects together."""
ACCOUNT_LETTERS_MAX = 20
"""Letters that one account has sent in an hour, by all its projects together."""

SWEEP = "DELETE FROM mail_unasked WHERE project = ?1 AND sent_ns <= ?2"
TO_MAILBOX = "SELECT sent_ns FROM mail_unasked WHERE project = ?1 AND mailbox = ?2 ORDER BY sent_ns"
BY_ACCOUNT = "SELECT sent_ns FROM mail_unasked WHERE project = ?1 AND account = ?2 ORDER BY sent_ns"
COUNT = "INSERT INTO mail_unasked (project, id, mailbox, account, sent_ns) VALUES (?1, ?2, ?3, ?4, ?5)"

AccountOf = Callable[[str], Awaitable[str]]
"""Gives the account that a project belongs to."""


class LetterLimits:
    """Counts them. `sql` is bound to the platform's own project; whose they are is kept as hashes there."""

    def __init__(self, sql: Sql, clock: Clock, account_of: AccountOf) -> None:
        """Count in `sql` by `clock`; `account_of` knows whose a project is."""
        self._sql, self._clock, self._account_of = sql, clock, account_of

    async def admit(self, id: str, address: str, project: str) -> None:
        """Count a letter, by a new `id`, before a project has it sent; `TooManyRequests` if there were many.

        That it was counted is no effect of the call that sends it: who repeats the call sends another.
        """
        mailbox, account = _hash(mailbox_of(address)), _hash(await self._account_of(project))
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await transaction.changed(SWEEP, now_ns - PERIOD_NS)
            _check(await _moments(transaction, TO_MAILBOX, mailbox), MAILBOX_LETTERS_MAX, now_ns, address)
            by_account = await _moments(transaction, BY_ACCOUNT, account)
            _check(by_account, ACCOUNT_LETTERS_MAX, now_ns, "this account's addresses")
            await transaction.changed(COUNT, id, mailbox, account, now_ns)

        with witnessed(None):
            await self._sql.transact(work)


def mailbox_of(address: str) -> str:
    """Give the mailbox of an address: `ada+shop@a.example` is read where `ada@a.example` is (RFC 5233)."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


async def _moments(transaction: Transaction, statement: str, whose: bytes) -> list[int]:
    return [row[0] for row in await transaction.rows(statement, whose)]


def _check(sent_ns: list[int], most: int, now_ns: int, to: str) -> None:
    if len(sent_ns) >= most:
        wait_s = (sent_ns[-most] + PERIOD_NS - now_ns) / NANOSECONDS
        raise TooManyRequests(f"{most} letters were sent to {to} within an hour.", retry_after_s=wait_s)


def _hash(whose: str) -> bytes:
    return hashlib.sha256(whose.encode()).digest()

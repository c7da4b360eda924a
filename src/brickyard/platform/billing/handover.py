"""A project that another account pays for from now on: its caps go with it, and what counts under them.

It is done in the transaction that names the new owner, so the caps are in the books of one or of the other.
Gateways that do not know it yet find the project closed in the former owner's. What is held there at that
moment counts as spent, as it may be.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from brickyard.contract import Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Transaction
from brickyard.engines.sql.witness import Noting, witnessed
from brickyard.platform.billing import caps
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.caps import CLOSED
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.tiers import DEFAULT_TIER

LOCK = "UPDATE billing_accounts SET held = held WHERE account = ?1"
CAPS = "SELECT key_id, amount FROM billing_caps WHERE account = ?1 AND project = ?2 AND amount >= 0"
FORGET = "DELETE FROM billing_caps WHERE account = ?1 AND project = ?2"
WINDOWS = (
    "SELECT key_id, month_ns, held + spent + carried FROM billing_windows"
    " WHERE account = ?1 AND project = ?2 AND month_ns >= ?3"
)
CARRY = (
    "INSERT INTO billing_windows (account, project, key_id, month_ns, held, spent, carried)"
    " VALUES (?1, ?2, ?3, ?4, 0, 0, ?5) ON CONFLICT (account, project, key_id, month_ns)"
    # What this account's own calls cost when it paid for the project before is part of the sum.
    " DO UPDATE SET carried = CASE WHEN excluded.carried > billing_windows.held + billing_windows.spent"
    " THEN excluded.carried - billing_windows.held - billing_windows.spent ELSE 0 END"
)


class Handover:
    """Hands over what accounts have noted of projects."""

    def __init__(self, books: Books, clock: Clock) -> None:
        """Hand over from `books` to `books`, in the month that `clock` is in."""
        self._books, self._clock = books, clock

    async def prepare(self, account: str) -> None:
        """Begin the books of an account that a project is about to go to, if it has none."""
        with witnessed(None):  # nobody's doing: they are begun by any call else
            await self._books.open(account, DEFAULT_TIER)

    async def carry(self, transaction: Transaction, project: str, former: str, account: str) -> None:
        """Hand over from one account to another, in a transaction of anybody's."""
        since_ns = Month.of(self._clock.now_ns()).starts_ns
        left = _Left(project, since_ns)
        for each in sorted((former, account)):  # always in one order, so that none waits for the other
            await _in_books(transaction, each, _lock)
        await _in_books(transaction, former, left.take)
        await _in_books(transaction, account, left.put)


async def _lock(transaction: Transaction) -> None:
    await transaction.changed(LOCK)


class _Left:
    """What one leaves behind, and another takes up."""

    def __init__(self, project: str, since_ns: int) -> None:
        self._project, self._since_ns = project, since_ns
        self._caps: list[Row] = []
        self._windows: list[Row] = []

    async def take(self, transaction: Transaction) -> None:
        self._caps = await transaction.rows(CAPS, self._project)
        self._windows = await transaction.rows(WINDOWS, self._project, self._since_ns)
        await transaction.changed(FORGET, self._project)
        await caps.put(transaction, self._project, "", CLOSED)

    async def put(self, transaction: Transaction) -> None:
        await transaction.changed(FORGET, self._project)
        for lineage, amount in self._caps:
            await caps.put(transaction, self._project, lineage, amount)
        for lineage, month_ns, total in self._windows:
            await transaction.changed(CARRY, self._project, lineage, month_ns, total)


@dataclass
class _Part:
    """Work in an account's rows, as a witness that takes part in another's transaction."""

    project: str
    work: Callable[[Transaction], Awaitable[None]]

    async def note(self, transaction: Transaction, reply: Reply | None) -> None:
        """Do it."""
        del reply
        await self.work(transaction)

    def committed(self, reply: Reply | None) -> None:
        """Need not know."""


async def _in_books(
    transaction: Transaction, account: str, work: Callable[[Transaction], Awaitable[None]]
) -> None:
    await cast("Noting", transaction).note(_Part(account, work))

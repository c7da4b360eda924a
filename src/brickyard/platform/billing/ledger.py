"""Double entry: every transaction moves money from some ledger accounts to others, and sums to zero.

An amount is positive where money arrives. Nothing written here is ever changed: what was wrong is put
right by another transaction, which names the one that it corrects.
"""

from typing import Literal

import msgspec

from brickyard.contract import Conflict, Money, NotFound
from brickyard.contract.words import INT64_MAX
from brickyard.engines.sql import Row, Transaction
from brickyard.platform.billing import alerts
from brickyard.platform.billing.wallet import Wallet

CUSTOMER = "customer"
"""What the account paid for and has not spent."""
PROMO = "promo:"
"""With the number of a grant: what is left of that grant."""
PROCESSOR = "processor_clearing"
"""What payment processors took in, negative, and gave back."""
REVENUE = "platform_revenue"
"""What calls earned, less what was granted or forgiven."""
REFUNDS = "refunds"
"""What was given back for calls."""
CHARGEBACKS = "chargebacks"
"""What a payer took back after it was spent: the platform's loss."""
BREAKAGE = "breakage"
"""Credit that expired unspent."""

Kind = Literal["top_up", "grant", "capture", "refund", "expire", "adjust", "chargeback"]


class Entry(msgspec.Struct, frozen=True):
    """What one transaction does to one ledger account."""

    ledger_account: str
    amount: int
    """In nano-dollars; negative where money leaves."""


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction to be written."""

    kind: Kind
    entries: tuple[Entry, ...]
    reference: str = ""
    """By what it is known outside, once for each kind: a payment, a hold. Empty for its own number."""
    original: int = 0
    """The number of the transaction that it corrects; 0 for none."""
    project: str = ""
    key_id: str = ""
    endpoint: str = ""
    price_version: str = ""
    reason: str = ""
    calls: int = 0
    """How many calls a capture is for."""


class Record(msgspec.Struct, frozen=True):
    """A transaction as it was written."""

    sequence: int
    """Its number in the account's books: 1, 2, 3 …."""
    kind: str
    reference: str
    original: int
    amount: int
    """By how much it changed the account's balance, in nano-dollars."""
    project: str
    key_id: str
    endpoint: str
    price_version: str
    reason: str
    calls: int
    """How many calls it was for, if it was for calls."""
    created_ns: int


COLUMNS = ", ".join(Record.__struct_fields__)


async def post(transaction: Transaction, wallet: Wallet, posting: Posting, now_ns: int) -> Wallet:
    """Write a transaction; gives what the wallet becomes by it, which the caller saves.

    A ValueError if it does not balance, or takes more than there is: both are mistakes of the code's.
    """
    after = _after(wallet, posting)
    await transaction.changed(
        f"INSERT INTO billing_transactions (account, {COLUMNS})"  # noqa: S608 - a constant of this file
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        after.sequence,
        posting.kind,
        posting.reference or f"#{after.sequence}",
        posting.original,
        after.balance - wallet.balance,
        posting.project,
        posting.key_id,
        posting.endpoint,
        posting.price_version,
        posting.reason,
        posting.calls,
        now_ns,
    )
    await transaction.run_many(
        "INSERT INTO billing_entries (account, sequence, ledger_account, amount) VALUES (?1, ?2, ?3, ?4)",
        [(after.sequence, entry.ledger_account, entry.amount) for entry in posting.entries],
    )
    await alerts.watch_balance(transaction, wallet, after, now_ns)
    return after


def _after(wallet: Wallet, posting: Posting) -> Wallet:
    if sum(entry.amount for entry in posting.entries) != 0:
        raise ValueError(f"A {posting.kind} does not sum to zero: {posting.entries}")
    cash = sum(entry.amount for entry in posting.entries if entry.ledger_account == CUSTOMER)
    credit = sum(entry.amount for entry in posting.entries if entry.ledger_account.startswith(PROMO))
    sequence = wallet.sequence + 1
    after = msgspec.structs.replace(
        wallet,
        balance=wallet.balance + cash + credit,
        credit=wallet.credit + credit,
        sequence=sequence,
        refilled=sequence if cash + credit > 0 else wallet.refilled,
    )
    if after.balance > INT64_MAX:
        raise Conflict(
            f"The balance would be {Money(after.balance)} dollars; the books hold {Money(INT64_MAX)} at most."
        )
    if after.available < 0 or after.cash < 0 or after.credit < 0:
        raise ValueError(f"A {posting.kind} takes more than there is: {posting.entries} of {wallet}")
    return after


async def find(transaction: Transaction, kind: Kind, reference: str) -> Record | None:
    """Give the transaction of a kind that is known outside by `reference`."""
    rows = await transaction.rows(
        f"SELECT {COLUMNS} FROM billing_transactions WHERE account = ?1 AND kind = ?2 AND reference = ?3",  # noqa: S608 - as above
        kind,
        reference,
    )
    return record(rows[0]) if rows else None


async def get(transaction: Transaction, sequence: int) -> Record:
    """Give a transaction by its number; `NotFound` if there is none."""
    rows = await transaction.rows(
        f"SELECT {COLUMNS} FROM billing_transactions WHERE account = ?1 AND sequence = ?2",  # noqa: S608 - as above
        sequence,
    )
    if not rows:
        raise NotFound(f"No transaction {sequence} in the account's books.")
    return record(rows[0])


async def standing(transaction: Transaction, sequence: int) -> dict[str, int]:
    """Give what is left of a transaction after all that corrected it, by ledger account."""
    rows = await transaction.rows(
        "SELECT e.ledger_account, sum(e.amount) FROM billing_transactions t"
        " JOIN billing_entries e ON e.account = t.account AND e.sequence = t.sequence"
        " WHERE t.account = ?1 AND (t.sequence = ?2 OR (t.original = ?2 AND t.original > 0))"
        " GROUP BY e.ledger_account",
        sequence,
    )
    return {name: int(amount) for name, amount in rows}


def record(row: Row) -> Record:
    """Read a row of `COLUMNS`."""
    return Record(*row)

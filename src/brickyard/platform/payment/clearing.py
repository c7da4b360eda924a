"""What payments do to the books: credit comes, and is taken back from who has spent it too.

What is taken back comes out of what was paid for and is there. The rest is owed: a ledger account, `debt`,
holds it, and what is paid later goes there first. So no balance is below zero, and nothing is lost unseen.
"""

import msgspec

from brickyard.contract import Money
from brickyard.engines.sql import Transaction
from brickyard.platform.billing import credit, movements
from brickyard.platform.billing.ledger import CUSTOMER, PROCESSOR, Entry, Kind, Posting, post
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.wallet import Wallet

DEBT = "debt"
"""What the account owes, negative: credit that it had spent when its payer took the money back."""


class Cause(msgspec.Struct, frozen=True):
    """Why money moves."""

    kind: Kind
    reference: str
    """What the processor calls the event that tells of it."""
    original: int
    """The number of the transaction that credited the payment."""
    reason: str
    """As the account's owner will read it."""
    now_ns: int


async def credit_payment(
    transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int
) -> tuple[Wallet, int]:
    """Credit a payment, once under its reference; gives the number of the transaction that did."""
    wallet, made = await movements.once(transaction, wallet, "top_up", movement, now_ns)
    return wallet, made.sequence


async def take_back(transaction: Transaction, wallet: Wallet, amount: Money, cause: Cause) -> Wallet:
    """Take credit back: what is there, and the rest as a debt."""
    wallet = await credit.expire(transaction, wallet, cause.now_ns)
    there = min(int(amount), _takeable(wallet))
    await _borrow(transaction, amount - there)
    entries = _entries({CUSTOMER: -there, DEBT: there - amount, PROCESSOR: int(amount)})
    return await post(transaction, wallet, _posting(cause, entries), cause.now_ns)


async def give_again(transaction: Transaction, wallet: Wallet, amount: Money, cause: Cause) -> Wallet:
    """Give credit that was taken back: to the debt as far as there is one."""
    repaid = min(int(amount), await owed(transaction))
    await _repay(transaction, repaid)
    entries = _entries({CUSTOMER: amount - repaid, DEBT: repaid, PROCESSOR: -int(amount)})
    return await post(transaction, wallet, _posting(cause, entries), cause.now_ns)


async def collect(transaction: Transaction, wallet: Wallet, cause: Cause) -> Wallet:
    """Take what is owed out of what is there."""
    if not (debt := await owed(transaction)):
        return wallet
    wallet = await credit.expire(transaction, wallet, cause.now_ns)
    if not (paid := min(debt, _takeable(wallet))):
        return wallet
    await _repay(transaction, paid)
    entries = _entries({CUSTOMER: -paid, DEBT: paid})
    return await post(transaction, wallet, _posting(cause, entries), cause.now_ns)


async def owed(transaction: Transaction) -> int:
    """Give what the account owes, in nano-dollars."""
    rows = await transaction.rows("SELECT amount FROM payment_debts WHERE account = ?1")
    return rows[0][0] if rows else 0


async def _borrow(transaction: Transaction, amount: int) -> None:
    if amount:
        await transaction.changed(
            "INSERT INTO payment_debts (account, amount) VALUES (?1, ?2)"
            " ON CONFLICT (account) DO UPDATE SET amount = payment_debts.amount + excluded.amount",
            amount,
        )


async def _repay(transaction: Transaction, amount: int) -> None:
    if amount:
        await transaction.changed("UPDATE payment_debts SET amount = amount - ?2 WHERE account = ?1", amount)


def _takeable(wallet: Wallet) -> int:
    """Give what was paid for and is not held for calls under way."""
    return min(wallet.available, wallet.cash)


def _entries(amounts: dict[str, int]) -> tuple[Entry, ...]:
    return tuple(Entry(name, amount) for name, amount in amounts.items() if amount)


def _posting(cause: Cause, entries: tuple[Entry, ...]) -> Posting:
    return Posting(
        kind=cause.kind,
        entries=entries,
        reference=cause.reference,
        original=cause.original,
        reason=cause.reason,
    )

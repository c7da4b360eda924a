"""Money that comes and goes other than by calls: paid in, granted, given back, put right, taken back.

Each takes a locked wallet and gives what it becomes. Each is known by a reference, and happens once under it:
payment processors tell of the same payment again and again.
"""

from collections.abc import Awaitable, Callable

import msgspec

from brickyard.contract import BadRequest, Conflict, Money
from brickyard.engines.sql import Transaction
from brickyard.platform.billing import credit, ledger
from brickyard.platform.billing.ledger import (
    CHARGEBACKS,
    CUSTOMER,
    PROCESSOR,
    PROMO,
    REFUNDS,
    REVENUE,
    Entry,
    Posting,
    Record,
    post,
)
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.wallet import Wallet


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """Money to be moved."""

    amount: Money
    """How much; only an adjustment may be negative."""
    reference: str = ""
    """By what it is known outside; to ask again under the same one does nothing. Empty: it happens."""
    reason: str = ""
    """Why, as the account's owner will read it."""
    original: int = 0
    """The number of the transaction that it corrects: of a refund and a chargeback always."""
    priority: int = 0
    """Of a grant: those of lower numbers are spent first."""
    expires_ns: int = NEVER_NS
    """Of a grant: when what is left of it is gone."""


Mover = Callable[[Transaction, Wallet, Movement, int], Awaitable[Wallet]]


async def top_up(transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int) -> Wallet:
    """Take in a payment; `reference` is the processor's name for it."""
    if not movement.reference:
        raise BadRequest("A payment needs its processor's reference, so that it is counted once.")
    entries = (Entry(CUSTOMER, movement.amount), Entry(PROCESSOR, -movement.amount))
    return await post(transaction, wallet, _posting("top_up", movement, entries), now_ns)


async def grant(transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int) -> Wallet:
    """Give credit, at the expense of what calls will earn."""
    if movement.expires_ns <= now_ns:
        raise BadRequest("The credit would have expired already.")
    entries = (Entry(f"{PROMO}{wallet.sequence + 1}", movement.amount), Entry(REVENUE, -movement.amount))
    wallet = await post(transaction, wallet, _posting("grant", movement, entries), now_ns)
    return await credit.begin(transaction, wallet, movement.amount, movement.priority, movement.expires_ns)


async def adjust(transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int) -> Wallet:
    """Put a balance right, up or down; `Conflict` if less is there than is to be taken."""
    wallet = await credit.expire(transaction, wallet, now_ns)
    _check_there(wallet, -movement.amount)
    entries = (Entry(CUSTOMER, movement.amount), Entry(REVENUE, -movement.amount))
    return await post(transaction, wallet, _posting("adjust", movement, entries), now_ns)


async def refund(transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int) -> Wallet:
    """Give back what a call cost, to the balance, or what was paid in, to the payer.

    `Conflict` if more is to be given back than is left of it after earlier corrections.
    """
    original = await ledger.get(transaction, movement.original)
    if original.kind == "top_up":
        return await _refund_payment(transaction, wallet, movement, now_ns)
    if original.kind != "capture":
        raise Conflict(
            f"Transaction {original.sequence} is a {original.kind}; only calls and payments are refunded."
        )
    return await _refund_call(transaction, wallet, movement, original.project, now_ns)


async def chargeback(transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int) -> Wallet:
    """Give up a payment that its payer took back: from the balance what is there, the rest is our loss."""
    wallet = await credit.expire(transaction, wallet, now_ns)
    await _check_payment(transaction, movement)
    taken = min(movement.amount, wallet.available, wallet.cash)
    moved = (Entry(CUSTOMER, -taken), Entry(CHARGEBACKS, taken - movement.amount))
    entries = (*(entry for entry in moved if entry.amount), Entry(PROCESSOR, movement.amount))
    return await post(transaction, wallet, _posting("chargeback", movement, entries), now_ns)


async def once(
    transaction: Transaction, wallet: Wallet, kind: ledger.Kind, movement: Movement, now_ns: int
) -> tuple[Wallet, Record]:
    """Make a movement, or find the one made under its reference; `Conflict` if that was another amount."""
    _check_amount(kind, movement)
    if movement.reference and (made := await ledger.find(transaction, kind, movement.reference)):
        await _check_same(transaction, made, movement)
        return wallet, made
    wallet = await MOVERS[kind](transaction, wallet, movement, now_ns)
    reference = movement.reference or f"#{wallet.sequence}"
    made = await ledger.find(transaction, kind, reference)
    assert made is not None
    return wallet, made


MOVERS: dict[ledger.Kind, Mover] = {
    "top_up": top_up,
    "grant": grant,
    "adjust": adjust,
    "refund": refund,
    "chargeback": chargeback,
}


def _posting(kind: ledger.Kind, movement: Movement, entries: tuple[Entry, ...], project: str = "") -> Posting:
    return Posting(
        kind=kind,
        project=project,
        entries=entries,
        reference=movement.reference,
        original=movement.original,
        reason=movement.reason,
    )


def _check_amount(kind: ledger.Kind, movement: Movement) -> None:
    if movement.amount == 0 or (movement.amount < 0 and kind != "adjust"):
        raise BadRequest(f"{movement.amount} dollars are no amount for a {kind}.")
    if movement.reference.startswith("#"):
        raise BadRequest("A reference cannot begin with #: the ledger's own numbers do.")


async def _check_same(transaction: Transaction, made: Record, movement: Movement) -> None:
    entries = await transaction.rows(
        "SELECT amount FROM billing_entries WHERE account = ?1 AND sequence = ?2", made.sequence
    )
    turned = made.kind == "adjust" and made.amount != movement.amount
    if turned or sum(abs(amount) for (amount,) in entries) != 2 * abs(movement.amount):
        raise Conflict(f"{made.reference!r} is the reference of a {made.kind} of another amount.")
    if made.original != movement.original:
        of = f"transaction {made.original}" if made.original else "none"
        raise Conflict(f"{made.reference!r} is the reference of a {made.kind} of {of}.")


def _check_there(wallet: Wallet, amount: int) -> None:
    there = Money(min(wallet.available, wallet.cash))
    if amount > there:
        raise Conflict(
            f"{Money(amount)} dollars are to be taken, and {there} that were paid in are available."
        )


async def _check_payment(transaction: Transaction, movement: Movement) -> None:
    original = await ledger.get(transaction, movement.original)
    if original.kind != "top_up":
        raise Conflict(f"Transaction {original.sequence} is a {original.kind}, not a payment.")
    left = Money(-(await ledger.standing(transaction, original.sequence))[PROCESSOR])
    if movement.amount > left:
        raise Conflict(f"Of that payment {left} dollars are left.")


async def _refund_payment(
    transaction: Transaction, wallet: Wallet, movement: Movement, now_ns: int
) -> Wallet:
    wallet = await credit.expire(transaction, wallet, now_ns)
    await _check_payment(transaction, movement)
    _check_there(wallet, movement.amount)
    entries = (Entry(CUSTOMER, -movement.amount), Entry(PROCESSOR, movement.amount))
    return await post(transaction, wallet, _posting("refund", movement, entries), now_ns)


async def _refund_call(
    transaction: Transaction, wallet: Wallet, movement: Movement, project: str, now_ns: int
) -> Wallet:
    """Give back to where it was taken from, paid money first: a refund makes no money of credit."""
    paid = await ledger.standing(transaction, movement.original)
    owed, entries = int(movement.amount), [Entry(REFUNDS, -movement.amount)]
    for name in sorted(paid, key=lambda name: name != CUSTOMER):
        back = min(owed, -paid[name]) if name == CUSTOMER or name.startswith(PROMO) else 0
        if back > 0:
            entries.append(Entry(name, back))
            owed -= back
            if name != CUSTOMER:
                await credit.move(transaction, int(name.removeprefix(PROMO)), back)
    if owed:
        raise Conflict(
            f"Of that call's price {Money(movement.amount - owed)} dollars are left to be given back."
        )
    posting = _posting("refund", movement, tuple(entries), project)
    wallet = await post(transaction, wallet, posting, now_ns)
    return await credit.reckon(transaction, wallet)

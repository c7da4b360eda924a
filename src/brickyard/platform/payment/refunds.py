"""Gives payers their money back, because an operator says so.

What is asked for is written down first, and its id is the processor's idempotency key: whoever asks again
under the same reference gets the same refund, whatever was cut short. What the processor has given back is a
fact like those that it tells by itself, so the books follow it once, whichever comes first.
"""

from typing import NamedTuple, Protocol

from msgspec.structs import replace
from ulid import ULID

from brickyard.contract import BadRequest, Conflict, Money
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.billing import wallet
from brickyard.platform.billing.books import Books
from brickyard.platform.payment import clearing, rows
from brickyard.platform.payment import refund as refund_rows
from brickyard.platform.payment.currency import shown, units_of
from brickyard.platform.payment.facts import Notice, Return, Stage
from brickyard.platform.payment.payment import Dispute, Payment, status
from brickyard.platform.payment.payments import Payments
from brickyard.platform.payment.processor import Processor, Refunded, RefundOrder
from brickyard.platform.payment.refund import Refund

KIND = "refund"
"""What an event is called that is our own call's answer."""


class Wanted(NamedTuple):
    """What an operator wants."""

    payment: str
    amount: str
    """In the currency that was paid; empty for all that is left."""
    reference: str
    """By what they know it, so that asking twice gives back once."""
    reason: str


class GivenBack(NamedTuple):
    """What came of it, as the books are now."""

    payment: Payment
    refund: Refund
    balance: Money
    owed: Money
    """What the account owes: credit that it had spent before."""


class Hearer(Protocol):
    """Who hears what becomes of a refund, and takes part in the commits that write it down."""

    async def asked(self, transaction: Transaction, payment: Payment, refund: Refund) -> None:
        """Hear, once, that it is going to be asked for."""
        ...

    async def refused(self, transaction: Transaction, payment: Payment, refund: Refund, why: str) -> None:
        """Hear, once, that the processor does not do it."""
        ...

    async def given(self, transaction: Transaction, given: GivenBack, *, first: bool) -> None:
        """Hear that it is done, and whether for the `first` time."""
        ...


class Refunds:
    """Refunds of payments, asked of their processor."""

    def __init__(self, payments: Payments, books: Books, processor: Processor | None, clock: Clock) -> None:
        """Ask `processor`, if there is one, and have `payments` follow what it says."""
        self._payments, self._books, self._processor, self._clock = payments, books, processor, clock

    async def refund(self, account: str, wanted: Wanted, hearer: Hearer) -> GivenBack:
        """Give a part of a payment back, or all that is left; the same reference gives it back once.

        What of the credit was spent is owed, as after any refund. `NotFound` if the account has no such
        payment; `BadRequest` for an amount that is none of its currency; `Conflict` if it is more than is
        left, was never paid, the reference is another refund's or one's that failed since, the processor
        refuses, or there is none; otherwise as `Processor.refund`.
        """
        payment, _ = await self._payments.find(account, wanted.payment)
        processor = self._processor_of(payment)
        with witnessed(None):
            refund = await self._begin(account, wanted, hearer)
        if refund.refund:
            return await self._books.write(account, lambda each: self._given(each, refund, hearer))
        order = RefundOrder(refund.id, payment.id, payment.session, refund.amount)
        try:
            refunded = await processor.refund(order)
        except Conflict as refusal:
            with witnessed(None):
                await self._drop(account, refund, hearer, refusal.detail)
            raise
        return await self._finish(account, refund, refunded, hearer)

    def _processor_of(self, payment: Payment) -> Processor:
        if self._processor is None:
            raise Conflict(
                f"The payment {payment.id} was made through Stripe, which is not set up here any more: set"
                " BRICKYARD_STRIPE_SECRET_KEY and BRICKYARD_STRIPE_WEBHOOK_SECRET (see docs/payments.md)."
            )
        if self._processor.livemode != bool(payment.livemode):
            theirs = "live" if payment.livemode else "test"
            raise Conflict(
                f"The payment {payment.id} was made in Stripe's {theirs} environment, and"
                " BRICKYARD_STRIPE_SECRET_KEY is of the other one."
            )
        return self._processor

    async def _begin(self, account: str, wanted: Wanted, hearer: Hearer) -> Refund:
        """Write down what is wanted, or give what was before under the same reference."""

        async def work(transaction: Transaction) -> Refund:
            await wallet.lock(transaction)
            payment = await rows.get(transaction, wanted.payment)
            known = await refund_rows.find(transaction, payment.id, wanted.reference)
            if known is not None:
                _check_same(payment, known, wanted)
                _check_stands(known, await rows.returns(transaction, payment.id))
                return known
            disputes = await rows.disputes(transaction, payment.id)
            now_ns = self._clock.now_ns()
            refund = Refund(
                payment=payment.id,
                reference=wanted.reference,
                id=f"rfd_{ULID()}".lower(),
                amount=_amount(payment, disputes, wanted, now_ns),
                reason=wanted.reason,
                refunded_before=payment.refunded,
                created_ns=now_ns,
            )
            await refund_rows.insert(transaction, refund)
            await hearer.asked(transaction, payment, refund)
            return refund

        return await self._books.write(account, work)

    async def _drop(self, account: str, refund: Refund, hearer: Hearer, why: str) -> None:
        async def work(transaction: Transaction) -> None:
            await wallet.lock(transaction)
            if await refund_rows.drop(transaction, refund):
                await hearer.refused(transaction, await rows.get(transaction, refund.payment), refund, why)

        await self._books.write(account, work)

    async def _finish(self, account: str, refund: Refund, refunded: Refunded, hearer: Hearer) -> GivenBack:
        notice = Notice(refunded.id, KIND, account, refund.payment, refunded.livemode, refunded.fact)
        done = replace(refund, refund=refunded.id)
        return await self._payments.learn(notice, lambda each: self._given(each, done, hearer))

    async def _given(self, transaction: Transaction, refund: Refund, hearer: Hearer) -> GivenBack:
        purse = await wallet.lock(transaction)
        payment = await rows.get(transaction, refund.payment)
        owed = await clearing.owed(transaction)
        given = GivenBack(payment, refund, Money(purse.balance), Money(owed))
        await hearer.given(transaction, given, first=await refund_rows.name(transaction, refund))
        return given


def _check_same(payment: Payment, known: Refund, wanted: Wanted) -> None:
    if wanted.amount and _units(payment, wanted) != known.amount:
        raise Conflict(
            f"The reference {known.reference!r} is that of another refund of this payment, of"
            f" {shown(known.amount, payment.currency)} {payment.currency}: use a new one."
        )


def _check_stands(known: Refund, returns: list[Return]) -> None:
    if any(each.undone and each.id == known.refund for each in returns):
        raise Conflict(
            f"The refund {known.refund} of the reference {known.reference!r} has failed since, and the credit"
            " was given again: use a new reference to try once more."
        )


def _amount(payment: Payment, disputes: list[Dispute], wanted: Wanted, now_ns: int) -> int:
    """Give what is to be given back, in the currency's smallest unit: at most what is left."""
    if payment.stage != Stage.PAID:
        state = status(payment, disputes, now_ns)
        raise Conflict(f"The payment {payment.id} is {state}: there is nothing to give back.")
    left = payment.left(disputes)
    amount = _units(payment, wanted) if wanted.amount else left
    if amount > left or not left:
        raise Conflict(
            f"Of the payment {payment.id}, {shown(left, payment.currency)} {payment.currency} are left: the"
            " rest was given back, or its payer's bank has it."
        )
    return amount


def _units(payment: Payment, wanted: Wanted) -> int:
    try:
        amount = units_of(wanted.amount, payment.currency)
    except ValueError as error:
        raise BadRequest.at("/amount", f"{wanted.amount!r} cannot be given back: {error}.") from error
    if not amount:
        raise BadRequest.at("/amount", "Give back more than nothing; leave it empty for all that is left.")
    return amount

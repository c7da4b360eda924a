"""All accounts' payments: what was asked for, what the processor tells of it, and the credit that follows.

Each change is one transaction of the account's, under the lock of its wallet. What a processor tells is noted
in the same transaction as the money that moves by it: once, however often it is told and whatever crashes.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
import structlog

from brickyard.contract import Money, TooManyRequests
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.billing import wallet
from brickyard.platform.billing.books import Books, unavailable
from brickyard.platform.billing.ledger import Kind
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.wallet import Wallet
from brickyard.platform.payment import clearing, rows
from brickyard.platform.payment.clearing import Cause
from brickyard.platform.payment.facts import Charged, Disputed, Notice, Progress, Return, Returned, Stage
from brickyard.platform.payment.payment import Dispute, Payment
from brickyard.platform.payment.processor import PayPage

Told = Callable[[Transaction, Payment], Awaitable[None]]
"""What else is done in a commit that changes a payment, and only there."""
Undone = Callable[[Transaction, str, Payment, Return], Awaitable[None]]
"""As above, of an account's payment and a refund of it that is undone: what it is after that."""

T = TypeVar("T")

OPEN_MAX = 20
"""Payments of an account that are waiting to be paid, at most."""
AGAIN_S = 3600.0
"""After how long one who has too many of them should ask again."""


class Payments:
    """Payments over the books. `sql_for` gives the database bound to an account."""

    def __init__(self, sql_for: Callable[[str], Sql], books: Books, clock: Clock, undone: Undone) -> None:
        """Keep payments in what `sql_for` gives, and credit them in `books`.

        `undone` is called, once, in the commit by which a refund is undone.
        """
        self._sql_for, self._books, self._clock, self._undone = sql_for, books, clock, undone

    async def begin(self, account: str, asked: Payment, begun: Told) -> Payment:
        """Write down what is asked for, or give what was asked for by the same request before.

        `begun` is called if there was none, and takes part in the transaction.
        A request without a name takes up one like it that came to no page: it may be the same, made again.
        `TooManyRequests` if too many payments are waiting to be paid.
        """

        async def work(transaction: Transaction) -> Payment:
            await wallet.lock(transaction)
            if asked.request == asked.id and (before := await rows.unfinished(transaction, asked)):
                return before
            payment = await rows.insert(transaction, asked)
            if payment.id != asked.id:
                return payment
            if await rows.count_open(transaction, asked.created_ns) > OPEN_MAX:
                raise TooManyRequests(
                    f"{OPEN_MAX} payments are waiting to be paid: pay one, or wait until they expire.",
                    retry_after_s=AGAIN_S,
                )
            await begun(transaction, payment)
            return payment

        return await self._books.write(account, work)

    async def show(self, account: str, id: str, page: PayPage, shown: Told) -> Payment:
        """Write down where a payment can be paid; gives the payment. `shown` takes part in the commit."""

        async def work(transaction: Transaction) -> Payment:
            await wallet.lock(transaction)
            payment = await rows.get(transaction, id)
            payment = msgspec.structs.replace(payment, session=page.session, url=page.url)
            await rows.save(transaction, payment)
            await shown(transaction, payment)
            return payment

        return await self._books.write(account, work)

    async def hear(self, notice: Notice) -> None:
        """Do what follows from a fact, once. What does not fit is noted, logged, and moves nothing."""
        with unavailable():
            known = await rows.find(self._sql_for(notice.account), notice.payment)
        if known is None:  # whoever shares the processor's account with us
            structlog.get_logger().info("payment unknown", what=_told(notice))
            return
        await self.learn(notice, _no_more)

    async def learn(self, notice: Notice, then: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do what follows from a fact, once; gives what `then` gives, which is done in the same commit."""

        async def work(transaction: Transaction) -> tuple[str, T]:
            return await self._hear(transaction, notice), await then(transaction)

        trouble, result = await self._books.write(notice.account, work)
        if trouble:
            structlog.get_logger().error("payment in trouble", what=_told(notice), trouble=trouble)
        return result

    async def find(self, account: str, id: str) -> tuple[Payment, list[Dispute]]:
        """Give a payment and its disputes; `NotFound` if the account has none of that id."""
        with unavailable():
            sql = self._sql_for(account)
            payment = await rows.find(sql, id)
            if payment is None:
                raise rows.absent(id)
            return payment, (await rows.disputes_of(sql, [payment]))[id]

    async def page(self, account: str, before: str, limit: int) -> list[tuple[Payment, list[Dispute]]]:
        """Give payments and their disputes, newest first: `limit` of those whose id is below `before`."""
        with unavailable():
            sql = self._sql_for(account)
            payments = await rows.page(sql, before, limit)
            disputes = await rows.disputes_of(sql, payments)
        return [(each, disputes[each.id]) for each in payments]

    async def owed(self, account: str) -> int:
        """Give what an account owes, in nano-dollars."""
        with unavailable():
            return await rows.owed(self._sql_for(account))

    async def _hear(self, transaction: Transaction, notice: Notice) -> str:
        """Give what is wrong with a fact; nothing if it fits, or was heard of before."""
        purse = await wallet.lock(transaction)
        now_ns = self._clock.now_ns()
        if not await rows.claim(transaction, notice, now_ns):
            return ""
        payment = await rows.get(transaction, notice.payment)
        if trouble := _trouble(payment, notice):
            await rows.note_trouble(transaction, notice.event, trouble)
            payment = _mismatched(payment, notice)
        else:
            payment = await self._advanced(transaction, payment, notice)
        purse, payment = await _settle(transaction, purse, payment, _Event(notice.event, now_ns))
        await wallet.save(transaction, purse)
        await rows.save(transaction, payment)
        return trouble

    async def _advanced(self, transaction: Transaction, payment: Payment, notice: Notice) -> Payment:
        """Give what a payment is once a fact is known too."""
        match notice.fact:
            case Progress() as fact:
                return payment.progressed(fact)
            case Charged() as fact:
                return payment.charged(fact).returned(await rows.returns(transaction, payment.id))
            case Returned() as fact:
                return await self._returned(transaction, payment, notice.account, fact)
            case Disputed() as fact:
                await rows.advance_dispute(transaction, payment.id, fact)
                return payment

    async def _returned(
        self, transaction: Transaction, payment: Payment, account: str, fact: Returned
    ) -> Payment:
        known = {each.id: each for each in await rows.returns(transaction, payment.id)}
        undone: list[Return] = []
        for told in fact.refunds:
            before = known.get(told.id)
            if before is None or (told.undone and not before.undone):
                known[told.id] = told
                await rows.put_return(transaction, payment.id, told)
                undone += [told] if told.undone else []
        payment = payment.returned(list(known.values()))
        for each in undone:
            await self._undone(transaction, account, payment, each)
        return payment


class _Event(msgspec.Struct, frozen=True):
    """The event by which money moves, and when that is."""

    id: str
    now_ns: int

    def cause(self, kind: Kind, payment: Payment, reason: str, part: str = "") -> Cause:
        return Cause(kind, self.id + part, payment.sequence, f"{reason} {payment.id}", self.now_ns)


async def _no_more(_: Transaction) -> None:
    """Do nothing beside."""


def _told(notice: Notice) -> dict[str, str]:
    return {"event": notice.event, "kind": notice.kind, "payment": notice.payment}


def _trouble(payment: Payment, notice: Notice) -> str:
    """Say in which way a fact does not fit what was asked for; nothing if it fits."""
    fact = notice.fact
    if notice.livemode != bool(payment.livemode):
        return "it is of the processor's other environment (test or live)"
    if fact.currency != payment.currency:
        return f"the currency is {fact.currency!r} in place of {payment.currency!r}"
    if isinstance(fact, Progress) and fact.amount != payment.price:
        return f"the amount is {fact.amount} in place of {payment.price}"
    if isinstance(fact, Progress) and payment.session not in ("", fact.session):
        return f"the page is {fact.session!r} in place of {payment.session!r}"
    return ""


def _mismatched(payment: Payment, notice: Notice) -> Payment:
    """Give a payment for which something else was paid."""
    if not isinstance(notice.fact, Progress) or notice.fact.stage != Stage.PAID:
        return payment
    return msgspec.structs.replace(payment, stage=max(payment.stage, Stage.MISMATCHED))


async def _settle(
    transaction: Transaction, purse: Wallet, payment: Payment, event: _Event
) -> tuple[Wallet, Payment]:
    """Bring the books to where the facts say they should be."""
    if payment.stage == Stage.PAID:
        if not payment.sequence:
            movement = Movement(amount=Money(payment.amount), reference=payment.id, reason="credit bought")
            purse, number = await clearing.credit_payment(transaction, purse, movement, event.now_ns)
            payment = msgspec.structs.replace(payment, sequence=number)
        disputes = await rows.disputes(transaction, payment.id)
        refunded, disputed = payment.back_to_payer(disputes)
        cause = event.cause("refund", payment, "refund of")
        purse = await _adjust(transaction, purse, refunded - payment.taken_refunded, cause)
        cause = event.cause("chargeback", payment, "dispute of")
        purse = await _adjust(transaction, purse, disputed - payment.taken_disputed, cause)
        payment = msgspec.structs.replace(payment, taken_refunded=refunded, taken_disputed=disputed)
    cause = event.cause("adjust", payment, "owed since a refund or dispute; collected with", ":debt")
    return await clearing.collect(transaction, purse, cause), payment


async def _adjust(transaction: Transaction, purse: Wallet, more: int, cause: Cause) -> Wallet:
    """Take `more` of a payment's credit back; give it again if it is negative."""
    if more > 0:
        return await clearing.take_back(transaction, purse, Money(more), cause)
    if more < 0:
        again = msgspec.structs.replace(
            cause, kind="adjust", reference=f"{cause.reference}:again", reason=f"given again: {cause.reason}"
        )
        return await clearing.give_again(transaction, purse, Money(-more), again)
    return purse

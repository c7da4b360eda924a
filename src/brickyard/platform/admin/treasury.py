"""What operators do with other people's money: each time with a reason, and a line in the audit log."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from brickyard.contract import BadRequest, Conflict, Context, Money, NotFound, usd
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.admin import money as m
from brickyard.platform.audit import Audit
from brickyard.platform.billing import movements, wallet
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.ledger import Kind, Record
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.revenue import DAY_NS, Revenue, Sums, revenue_of
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.caller import EPOCH
from brickyard.platform.moment import SECOND_NS, future_ns

DAYS_MAX = 92
YEARS = (1970, 2261)
"""The first and the last of which every day can be said in nanoseconds since 1970."""
KNOWN = "SELECT 1 FROM accounts WHERE project = ?1 AND id = ?2"


class Treasury:
    """Moves money by hand, and adds it up. `sql` is bound to the platform's own project.

    What is moved and its line in the audit log are one commit.
    """

    def __init__(
        self, sql: Sql, books: Books, prices: PriceList, clock: Clock, epochs: Epochs, audit: Audit
    ) -> None:
        """Write into `books`, and into the `audit` log."""
        self._sql, self._books, self._prices = sql, books, prices
        self._clock, self._epochs, self._audit = clock, epochs, audit

    async def grant(self, context: Context, request: m.GrantCreditRequest) -> m.MoneyMovedReply:
        """Give credit."""
        at = request.expires_at
        movement = Movement(
            amount=usd(request.amount),
            reference=request.reference,
            reason=request.reason,
            expires_ns=NEVER_NS if at is None else future_ns(at, "/expires_at", self._clock.now_ns()),
        )
        return await self._moved(context, request.account, "grant", movement)

    async def adjust(self, context: Context, request: m.AdjustBalanceRequest) -> m.MoneyMovedReply:
        """Put a balance right."""
        amount = usd(request.amount.removeprefix("-"))
        signed = Money(-amount) if request.amount.startswith("-") else amount
        movement = Movement(amount=signed, reference=request.reference, reason=request.reason)
        return await self._moved(context, request.account, "adjust", movement)

    async def refund(self, context: Context, request: m.RefundCallsRequest) -> m.MoneyMovedReply:
        """Give back what calls cost."""
        movement = Movement(
            amount=usd(request.amount),
            reference=request.reference,
            reason=request.reason,
            original=request.transaction,
        )
        await self._check_known(request.account)
        found = await self._books.transactions(request.account, request.transaction + 1, 1)
        if found and found[0].sequence == request.transaction and found[0].kind != "capture":
            raise Conflict(
                f"Transaction {request.transaction} is a {found[0].kind}, and took nothing for calls."
            )
        return await self._moved(context, request.account, "refund", movement)

    async def set_tier(self, context: Context, account: str, tier: str) -> None:
        """Make an account one of another tier, which holds from its next call on."""
        await self._check_known(account)
        if tier not in self._prices.tiers:
            known = ", ".join(sorted(self._prices.tiers))
            raise BadRequest.at("/tier", f"There is no tier {tier!r}; there are {known}.")

        async def work(transaction: Transaction) -> None:
            purse = await wallet.lock(transaction)
            await wallet.save(transaction, replace(purse, tier=tier))
            if purse.tier != tier:
                before, after = {"tier": purse.tier}, {"tier": tier}
                await self._audit.note_beside(
                    transaction, context, subject=account, before=before, after=after
                )

        await self._books.write(account, work)
        await self._sql.transact(lambda each: self._epochs.raise_(each, EPOCH))
        await self._epochs.known()

    async def revenue(self, request: m.RevenueRequest) -> m.RevenueReply:
        """Add up what came and went."""
        today = datetime.fromtimestamp(self._clock.now_ns() // SECOND_NS, UTC).date()
        first = _day(request.from_, "/from") or today.replace(day=1)
        last = _day(request.to, "/to") or today
        if not timedelta() <= last - first < timedelta(days=DAYS_MAX):
            raise BadRequest.at("/to", f"From the first to the last are 1 to {DAYS_MAX} days.")
        starts_ns = _number(first) * DAY_NS
        found = await revenue_of(self._books, starts_ns, (_number(last) + 1) * DAY_NS)
        return m.RevenueReply(
            days=[_earned(_name(day), sums) for day, sums in sorted(found.days.items())],
            services=[_earned(name, sums) for name, sums in sorted(found.services.items())],
            total=_earned("total", found.total),
            balances=str(Money(found.balances)),
        )

    async def earned(self, starts_ns: int) -> Revenue:
        """Add up what came and went in all accounts, from a midnight until now."""
        return await revenue_of(self._books, starts_ns, self._clock.now_ns() + 1)

    async def _moved(
        self, context: Context, account: str, kind: Kind, movement: Movement
    ) -> m.MoneyMovedReply:
        await self._check_known(account)

        async def work(transaction: Transaction) -> m.MoneyMovedReply:
            before = await wallet.lock(transaction)
            purse, made = await movements.once(transaction, before, kind, movement, self._clock.now_ns())
            await wallet.save(transaction, purse)
            reply = m.MoneyMovedReply(transaction=made.sequence, balance=str(Money(purse.balance)))
            transaction.answers(reply)
            if made.sequence > before.sequence:  # else it was made before, under the same name
                await self._note(transaction, context, account, made)
            return reply

        return await self._books.write(account, work)

    async def _note(self, transaction: Transaction, context: Context, account: str, made: Record) -> None:
        await self._audit.note_beside(
            transaction,
            context,
            subject=account,
            after={"transaction": made.sequence, "amount": str(Money(made.amount)), "reason": made.reason},
        )

    async def _check_known(self, account: str) -> None:
        if await self._sql.point(KNOWN, account) is None:
            raise NotFound(f"There is no account {account!r}. `admin/SearchAccounts` finds those there are.")


def _day(text: str, pointer: str) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadRequest.at(pointer, f"{text!r} is no day like 2026-11-01.") from error
    if day is not None and not YEARS[0] <= day.year <= YEARS[1]:
        raise BadRequest.at(pointer, f"{text!r} is too far away: give a year from {YEARS[0]} to {YEARS[1]}.")
    return day


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _name(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def _earned(name: str, sums: Sums) -> m.Earned:
    return m.Earned(
        name=name,
        calls=sums.calls,
        spent=str(Money(-sums.spent)),
        refunded=str(Money(sums.refunded)),
        paid_in=str(Money(sums.paid_in)),
        granted=str(Money(sums.granted)),
        adjusted=str(Money(sums.adjusted)),
    )

"""The till: what the gateway asks before a call and tells after it, and all that it knows of money."""

import asyncio

import msgspec

from brickyard.contract import Money, PaymentRequired
from brickyard.engines.clock import Clock
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.holds import Hold, HoldRequest
from brickyard.platform.billing.month import SECOND_NS
from brickyard.platform.billing.prices import PriceList

HOLD_LIMIT_S = 900
"""How long money stays held for a call that nobody ends: longer than any call takes, streams apart."""


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is about to be made."""

    id: str
    """Unique to the call, such as its request id: it is paid for once under this name."""
    account: str
    """Who pays."""
    tier: str
    """The account's, as `Till.tier_of` gave it."""
    project: str
    key_id: str
    endpoint: str
    """As in the catalog: `db.create`."""
    amount_max: Money | None = None
    """The most that a metered call can cost; None for the list's price of one call."""
    max_cost: Money | None = None
    """The most that the caller is willing to spend (`Max-Cost`); None for any amount."""


class OpenHold(msgspec.Struct, frozen=True):
    """Money held for a call that is being made."""

    account: str
    hold: Hold


class Till:
    """Sells calls. A call that costs its caller nothing passes without a row, a wait or a word."""

    def __init__(
        self, books: Books, prices: PriceList, clock: Clock, hold_limit_s: float = HOLD_LIMIT_S
    ) -> None:
        """Sell by `prices`, write into `books`."""
        self._books, self._prices, self._clock = books, prices, clock
        self._hold_limit_ns = int(hold_limit_s * SECOND_NS)

    def price_of(self, endpoint: str, tier: str) -> Money:
        """Give the price of one call of `db.create` for accounts of a tier; a KeyError if there is none."""
        return self._prices.price_of(endpoint, tier)

    async def tier_of(self, account: str) -> str:
        """Give an account's tier; it changes seldom, and may be remembered for a while."""
        return (await self._books.balance(account)).tier

    async def open(self, purchase: Purchase) -> OpenHold | None:
        """Hold what a call may cost; None if it costs its caller nothing.

        Raises `PaymentRequired` if it may not be spent, `Conflict` if the id was used before, `Unavailable`
        if it cannot be known: then the call is not to be made.
        """
        amount_max = self._amount_max(purchase)
        if not amount_max:
            return None
        if purchase.max_cost is not None and amount_max > purchase.max_cost:
            raise PaymentRequired(
                f"The call may cost {amount_max} dollars, and Max-Cost allows {purchase.max_cost}.",
                affordable=purchase.max_cost,
            )
        rate = self._prices.rates[purchase.endpoint]
        request = HoldRequest(
            id=purchase.id,
            project=purchase.project,
            key_id=purchase.key_id,
            endpoint=purchase.endpoint,
            amount_max=amount_max,
            price_version=self._prices.version,
            expires_ns=self._clock.now_ns() + self._hold_limit_ns,
            free_calls=rate.quota,
            calls_max=rate.caps.get(purchase.tier),
        )
        return OpenHold(purchase.account, await self._books.hold(purchase.account, request))

    async def close(self, opened: OpenHold, *, succeeded: bool, actual: Money | None = None) -> Money:
        """End a hold: take what the call has cost (all, if not told), or give it back; gives what was taken.

        To close twice changes nothing. It is carried through even if whoever waits for it is cancelled, as
        when a client goes away. Raises `Unavailable` if it could not be written: close again, or the hold
        ends by itself in the caller's favour.
        """
        account, hold = opened.account, opened.hold
        cost = hold.amount_max if actual is None else actual
        if succeeded:
            ending = self._books.settle(account, hold.id, cost)
        else:
            ending = self._books.release(account, hold.id)
        return (await asyncio.shield(ending)).captured

    def _amount_max(self, purchase: Purchase) -> Money:
        price = self.price_of(purchase.endpoint, purchase.tier)
        return purchase.amount_max if price and purchase.amount_max is not None else price

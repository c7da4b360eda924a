"""The till: what the gateway asks before a call and tells after it, and all that it knows of money."""

import asyncio

import msgspec

from brickyard.contract import Money, PaymentRequired
from brickyard.engines.clock import Clock
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.month import SECOND_NS
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.tab import Draw, Offer, Place, Tab

HOLD_LIMIT_S = 120
"""How long money stays held by a process that does not turn to the books any more."""


class Spender(msgspec.Struct, frozen=True):
    """On whose behalf calls are bought."""

    account: str
    """Who pays."""
    tier: str
    """The account's, as `Till.tier_of` gave it."""
    project: str
    key_id: str
    budget: Money | None = None
    """How much the key may spend a month; None for as much as its project."""
    lineage: str = ""
    """Under which key's id the key's spending is counted; empty for its own."""


class Till:
    """Sells calls."""

    def __init__(
        self, books: Books, prices: PriceList, clock: Clock, hold_limit_s: float = HOLD_LIMIT_S
    ) -> None:
        """Sell by `prices`, write into `books`."""
        self._books, self._prices, self._clock = books, prices, clock
        self._hold_limit_ns = int(hold_limit_s * SECOND_NS)
        self._tabs: dict[Place, Tab] = {}

    def offer(self, spender: Spender, endpoint: str) -> Offer | None:
        """Say what a call of `db.create` costs whoever spends; a KeyError if it has no price.

        None if it costs nothing, and is not counted: then nobody needs to ask before it is made.
        """
        charge = self._prices.charge(endpoint, spender.tier)
        if not charge.price and charge.calls_max is None:
            return None
        return Offer(
            account=spender.account,
            project=spender.project,
            key_id=spender.key_id,
            endpoint=charge.counted_as,
            price=charge.price,
            price_version=self._prices.version,
            free_calls=charge.free_calls,
            calls_max=charge.calls_max,
            lineage=spender.lineage,
            budget=spender.budget,
        )

    async def tier_of(self, account: str) -> str:
        """Give an account's tier; it changes seldom, and may be remembered for a while."""
        return (await self._books.balance(account)).tier

    def open_now(
        self, offer: Offer, max_cost: Money | None = None, amount_max: Money | None = None
    ) -> Draw | None:
        """Do what `open` does, if what is held ahead suffices; None if it does not."""
        tab = self._tabs.get(offer.place)
        if tab is None or max_cost is not None or not tab.takes_draws(offer, self._clock.now_ns()):
            return None
        return tab.draw_now(offer.price if amount_max is None else amount_max)

    async def open(
        self, offer: Offer, max_cost: Money | None = None, amount_max: Money | None = None
    ) -> Draw:
        """Hold what a call may cost: its price, or `amount_max` if that is of one unit of its size.

        Raises `PaymentRequired` if it may not be spent, or is more than the caller is willing to spend
        (`max_cost`); `Unavailable` if that cannot be known: then the call is not to be made.
        """
        amount = offer.price if amount_max is None or not offer.price else amount_max
        if max_cost is not None and amount > max_cost:
            raise PaymentRequired(
                f"The call may cost {amount} dollars, and Max-Cost allows {max_cost}.", affordable=max_cost
            )
        while (draw := await self._tab(offer).draw(amount)) is None:
            pass  # it was over in this moment: the next one is not
        return draw

    async def close(self) -> None:
        """Give back what is held ahead, before the process ends."""
        await asyncio.gather(*[tab.close() for tab in list(self._tabs.values())])

    def _tab(self, offer: Offer) -> Tab:
        tab = self._tabs.get(offer.place)
        if tab is None or not tab.takes_draws(offer, self._clock.now_ns()):
            tab = Tab(self._books, self._clock, offer, self._hold_limit_ns, self._forget)
            self._tabs[offer.place] = tab
        return tab

    def _forget(self, tab: Tab) -> None:
        if self._tabs.get(tab.offer.place) is tab:
            del self._tabs[tab.offer.place]

"""The terms on which a caller may call an endpoint, and one call made on them."""

import time
from contextlib import AbstractContextManager, nullcontext

import msgspec

from brickyard.contract import Money
from brickyard.platform.billing.till import OpenHold, Purchase, Till
from brickyard.platform.limits import Gauge


class Terms(msgspec.Struct, frozen=True):
    """What was found out once, when a caller first called an endpoint."""

    account: str
    """Who pays."""
    tier: str
    project: str
    key_id: str
    endpoint: str
    """As in the catalog: `db.create`."""
    price: Money
    """Of one call; 0 if it costs this caller nothing."""
    gauge: Gauge | None
    """The caller's limits, if there are any."""

    def within_limits(self) -> AbstractContextManager[object]:
        """Count a call that costs nothing, for as long as the context lasts; `TooManyRequests` as `enter`."""
        return nullcontext() if self.gauge is None else self.gauge


class Visit:
    """One call: let in, paid for if it has a price, and over in the end."""

    __slots__ = ("_hold", "_terms", "_till")

    def __init__(self, terms: Terms, till: Till, hold: OpenHold | None) -> None:
        """Begin it, with what is held for it."""
        self._terms, self._till, self._hold = terms, till, hold

    @classmethod
    async def begin(cls, terms: Terms, till: Till, call_id: str, max_cost: Money | None) -> "Visit":
        """Let a call in.

        Raises `TooManyRequests` if it is one too many, and `PaymentRequired` if it may not be spent.
        """
        if terms.gauge is not None:
            terms.gauge.enter(time.monotonic())
        if not terms.price:
            return cls(terms, till, None)
        purchase = Purchase(
            id=call_id,
            account=terms.account,
            tier=terms.tier,
            project=terms.project,
            key_id=terms.key_id,
            endpoint=terms.endpoint,
            max_cost=max_cost,
        )
        try:
            return cls(terms, till, await till.open(purchase))
        except BaseException:
            if terms.gauge is not None:
                terms.gauge.leave()
            raise

    async def end(self, *, succeeded: bool) -> Money:
        """Note that the call is over; gives what it has cost. A call that failed costs nothing."""
        if self._terms.gauge is not None:
            self._terms.gauge.leave()
        if self._hold is None:
            return Money(0)
        return await self._till.close(self._hold, succeeded=succeeded)

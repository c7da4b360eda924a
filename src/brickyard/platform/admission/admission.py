"""Finds the terms for a caller, and lets calls in on them."""

import time

from brickyard.contract import Money
from brickyard.engines.sql.stored import Cap
from brickyard.platform.admission.terms import ONE, Asked, Terms, Visit
from brickyard.platform.billing.payer import ProjectPayer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.till import Spender, Till
from brickyard.platform.caller import Caller
from brickyard.platform.limits import Allotments, Allowance, Limits
from brickyard.platform.switches import Switches

CONCURRENT_MAX = 256
"""Calls of one account under way at once, where its tier is limited at all."""


class Admission:
    """Decides by tier, price and limits."""

    def __init__(
        self,
        payer: ProjectPayer,
        till: Till,
        prices: PriceList,
        allotments: Allotments,
        switches: Switches,
    ) -> None:
        """Find who pays by `payer`, sell by `till`, with the tiers of `prices`; allot what is kept.

        Nobody is let in to what `switches` have off.
        """
        self._payer, self._till, self._prices = payer, till, prices
        self._allotments, self._switches = allotments, switches
        self.limits = Limits()
        """How fast callers may call, to be shared with the other gateways."""

    async def terms(self, caller: Caller, endpoint: str) -> Terms | None:
        """Give the terms for a caller; None if calls cost nothing and are not limited.

        They are kept for as long as the caller is remembered: who changes a tier, or switches something off
        or on, has callers forgotten. `SwitchedOff` if the endpoint is off for the caller.
        """
        await self._switches.check(endpoint, caller.project)
        if not caller.project:
            return None
        account = await self._payer.account_of_project(caller.project)
        tier = await self._till.tier_of(account)
        spender = Spender(account, tier, caller.project, caller.key_id, caller.monthly_budget, caller.lineage)
        offer = self._till.offer(spender, endpoint)
        bounds = self._prices.tiers[tier]
        per_s = bounds.requests_per_second or 0
        allowance = Allowance(
            account=account,
            account_per_s=per_s,
            key_per_s=caller.rate_limit_per_s or 0,
            within=caller.rates_within,
            bytes_per_s=bounds.large_bytes_per_second or 0,
            concurrent=CONCURRENT_MAX if per_s else 0,
        )
        gauge = self.limits.gauge(caller.rate_bucket, allowance)
        allotment = self._allotments.allot(caller.tenant, Cap(bounds.stored_records, bounds.stored_bytes))
        units = self._prices.rates[endpoint].units
        return Terms(offer, gauge, allotment, units) if offer or gauge or allotment else None

    async def begin(self, terms: Terms, max_cost: Money | None, asked: Asked = ONE) -> Visit:
        """Let a call in, for which the price of what it asks for is held.

        Raises `TooManyRequests` if it is one too many, and `PaymentRequired` if it may not be spent.
        """
        gauge, offer = terms.gauge, terms.offer
        if gauge is not None:
            gauge.enter(time.monotonic())
        if offer is None:
            return Visit(gauge, None)
        try:
            amount = offer.price
            if asked is not ONE and amount:
                amount = Money(terms.units.get(asked.kind, amount) * asked.units)
            draw = self._till.open_now(offer, max_cost, amount)
            return Visit(gauge, draw or await self._till.open(offer, max_cost, amount), asked.units)
        except BaseException:
            if gauge is not None:
                gauge.leave()
            raise

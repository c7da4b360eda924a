"""Which tier holds for a project: its account's."""

from brickyard.platform.billing.payer import ProjectPayer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.tiers import Tier
from brickyard.platform.billing.till import Till


class TierFinder:
    """Finds it."""

    def __init__(self, payer: ProjectPayer, till: Till, prices: PriceList) -> None:
        """Ask `payer` for the account, `till` for its tier, and `prices` what that is."""
        self._payer, self._till, self._prices = payer, till, prices

    async def tier_of(self, project: str) -> Tier:
        """Give what a project's account may do."""
        account = await self._payer.account_of_project(project)
        return self._prices.tiers[await self._till.tier_of(account)]

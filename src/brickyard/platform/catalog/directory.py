"""Providers as the catalog shows them: with the cloud's credentials, as this gateway finds them."""

import msgspec

from brickyard.platform.catalog.contract import ProviderInfo
from brickyard.platform.provider.showing import about
from brickyard.providers.folder import Aggregation, Aggregations, Provider
from brickyard.providers.market import Broker
from brickyard.providers.vault import Holdings


class Directory:
    """Shows who does the work behind services."""

    def __init__(self, found: Aggregations, broker: Broker) -> None:
        """Show the providers `found`, as `broker` has seen them."""
        self.found, self._broker = found, broker

    async def by_service(self) -> dict[str, list[ProviderInfo]]:
        """Give the providers of every service that has some."""
        return {each.service: await self._providers(each) for each in self.found}

    async def of(self, service: str) -> list[ProviderInfo]:
        """Give the providers of one service; none if it does its work itself."""
        aggregation = self.found.by_service.get(service)
        return [] if aggregation is None else await self._providers(aggregation)

    async def _providers(self, aggregation: Aggregation) -> list[ProviderInfo]:
        holdings = await self._broker.vault.holdings("", aggregation.service)
        return [self._info(provider, holdings) for provider in aggregation.providers]

    def _info(self, provider: Provider, holdings: Holdings) -> ProviderInfo:
        credential = holdings.platform.get(provider.name)
        is_ready = provider.is_keyless or credential is not None
        health = self._broker.shown(provider, credential.id if credential else "")
        return ProviderInfo(
            **msgspec.structs.asdict(about(provider)),
            state=health.state if is_ready else "not set up",
            last_failure=health.last_failure if is_ready else "",
            median_ms=health.median_ms if is_ready else None,
        )

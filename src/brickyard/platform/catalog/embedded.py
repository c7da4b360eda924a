"""The `catalog` service, over the contracts, the price list, the providers and what is switched off."""

import asyncio
from dataclasses import dataclass

from brickyard.contract import Context, NotFound
from brickyard.platform.catalog import contract as c
from brickyard.platform.catalog.directory import Directory
from brickyard.platform.catalog.listing import Listing
from brickyard.platform.switches import Switches


@dataclass(frozen=True)
class EmbeddedCatalog(c.Catalog):
    """The same for everyone."""

    listing: Listing
    directory: Directory
    switches: Switches

    async def list(self, context: Context, request: c.ListRequest) -> c.ListReply:
        """List services."""
        return c.ListReply(services=self.listing.services(await self.switches.everywhere()))

    async def get(self, context: Context, request: c.GetRequest) -> c.GetReply:
        """Give a service; its schemas are made on a thread, and kept."""
        name = self._known(request.service)
        off = await self.switches.everywhere()
        return c.GetReply(service=await asyncio.to_thread(self.listing.detail, name, off))

    async def providers(self, context: Context, request: c.ProvidersRequest) -> c.ProvidersReply:
        """List providers."""
        if request.service:
            return c.ProvidersReply(providers=await self.directory.of(self._known(request.service)))
        found = await self.directory.by_service()
        return c.ProvidersReply(providers=[each for providers in found.values() for each in providers])

    def _known(self, service: str) -> str:
        name = service.lower()
        if name not in self.listing.catalog:
            raise NotFound(f"There is no service {service!r}. `catalog/List` lists those there are.")
        return name

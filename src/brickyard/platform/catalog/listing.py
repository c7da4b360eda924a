"""Services as people and programs are shown them: `catalog`, `GET /v1`, pages and commands read this."""

from typing import TypeVar

from msgspec.structs import replace

from brickyard.contract import Contract, Endpoint
from brickyard.contract.catalog import Catalog
from brickyard.contract.schema import INT64_GIVEN, INT64_TAKEN, inlined_schema
from brickyard.contract.wire_form import wire_form
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.catalog.contract import (
    AboutService,
    EndpointDetail,
    EndpointInfo,
    ExampleInfo,
    ServiceDetail,
    ServiceInfo,
    TierPrice,
)

Off = frozenset[str]
"""Names of services, and ids of endpoints."""
NOTHING: Off = frozenset()

Shown = TypeVar("Shown", ServiceInfo, ServiceDetail)


class Listing:
    """Shows the services of a catalog, with the prices that hold here."""

    def __init__(self, catalog: Catalog, prices: PriceList) -> None:
        """Show `catalog`; what is made of it once is kept."""
        self.catalog, self._prices = catalog, prices
        self._details: dict[str, ServiceDetail] = {}

    def services(self, off: Off = NOTHING) -> list[ServiceInfo]:
        """Give every service, without what its endpoints take and give; `off` is what is switched off."""
        return [_marked(self._service(contract), off) for contract in self.catalog]

    def details(self, off: Off = NOTHING) -> list[ServiceDetail]:
        """Give every service in full. The first time it takes a while: call it on a thread."""
        return [self.detail(contract.name, off) for contract in self.catalog]

    def detail(self, name: str, off: Off = NOTHING) -> ServiceDetail:
        """Give one service in full; a KeyError if there is none of that name."""
        if name not in self._details:
            self._details[name] = self._detail(self.catalog[name])
        return _marked(self._details[name], off)

    def _service(self, contract: Contract) -> ServiceInfo:
        return ServiceInfo(
            name=contract.name,
            title=contract.title,
            category=contract.category,
            description=contract.doc,
            control_plane=contract.control_plane,
            endpoints=[self._endpoint(each) for each in contract.endpoints],
        )

    def _endpoint(self, each: Endpoint) -> EndpointInfo:
        declared = each.declaration
        return EndpointInfo(
            name=each.name,
            path=f"/v1/{each.service}/{each.name}",
            description=each.doc,
            stream=each.stream,
            browser=declared.browser,
            public=declared.public,
            repeat=declared.repeat,
            price=str(self._prices.rates[each.id].price),
            metered=declared.metered,
            unit=each.unit,
        )

    def _detail(self, contract: Contract) -> ServiceDetail:
        shown = self._service(contract)
        return ServiceDetail(
            **{name: getattr(shown, name) for name in AboutService.__struct_fields__},
            endpoints=[
                self._endpoint_detail(info, each)
                for info, each in zip(shown.endpoints, contract.endpoints, strict=True)
            ],
        )

    def _endpoint_detail(self, info: EndpointInfo, each: Endpoint) -> EndpointDetail:
        return EndpointDetail(
            **{name: getattr(info, name) for name in EndpointInfo.__struct_fields__},
            request=inlined_schema(each.request, INT64_TAKEN),
            reply=inlined_schema(each.reply, INT64_GIVEN),
            examples=[
                ExampleInfo(
                    request=wire_form(example.request),
                    reply=None if example.reply is None else wire_form(example.reply),
                )
                for example in each.declaration.examples
            ],
            units={unit: str(price) for unit, price in self._prices.rates[each.id].units.items()},
            tiers=[self._tier(each.id, tier) for tier in self._prices.tiers],
        )

    def _tier(self, endpoint: str, tier: str) -> TierPrice:
        charge = self._prices.charge(endpoint, tier)
        return TierPrice(
            tier=tier,
            price=str(charge.price),
            free_calls=charge.free_calls,
            calls_max=charge.calls_max,
        )


def _marked(service: Shown, off: Off) -> Shown:
    """Say of a service and its endpoints whether they are off."""
    if not off:
        return service
    all_off = service.name in off
    endpoints = [
        replace(each, switched_off=all_off or f"{service.name}.{each.name.lower()}" in off)
        for each in service.endpoints
    ]
    return replace(service, switched_off=all_off, endpoints=endpoints)

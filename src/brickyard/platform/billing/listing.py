"""The price list as the `billing` service shows it."""

from brickyard.platform.billing.contract import EndpointPrice, TierCap, TierLimits
from brickyard.platform.billing.prices import PriceList, Rate


def prices(price_list: PriceList, service: str) -> list[EndpointPrice]:
    """Give the prices of a service's endpoints, or of all if it is empty."""
    return [
        _shown(rate)
        for name, rate in sorted(price_list.rates.items())
        if service in ("", name.partition(".")[0])
    ]


def tiers(price_list: PriceList) -> list[TierLimits]:
    """Give every tier."""
    return [
        TierLimits(
            name=name,
            monthly_free_calls=tier.monthly_free_calls,
            requests_per_second=tier.requests_per_second,
            large_bytes_per_second=tier.large_bytes_per_second,
            stored_records=tier.stored_records,
            stored_bytes=tier.stored_bytes,
        )
        for name, tier in price_list.tiers.items()
    ]


def _shown(rate: Rate) -> EndpointPrice:
    return EndpointPrice(
        endpoint=rate.endpoint,
        price=str(rate.price),
        free_calls=rate.quota,
        caps=[TierCap(tier=tier, calls=calls) for tier, calls in rate.caps.items()],
        units={unit: str(price) for unit, price in rate.units.items()},
        unit=rate.unit,
    )

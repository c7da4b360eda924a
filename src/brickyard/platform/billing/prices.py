"""The price list: what a call of each endpoint costs, how many are free, and how many a tier has.

Three layers, each over the one before: the prices of the endpoints' contracts, the free calls and tiers of
`prices.toml` beside this file, and the operator's `$BRICKYARD_HOME/prices.toml`. Nothing is free because its
price is missing: a contract cannot leave it out, and an endpoint that is not in the list is an error.
"""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from brickyard.contract import Contract, Endpoint, Money, Tariff, usd
from brickyard.contract.words import INT64_MAX
from brickyard.platform.billing.tiers import OWNER, Tier

PUBLISHED = Path(__file__).with_name("prices.toml")
VERSION_DIGITS = 12

Price = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$")]
Count = Annotated[int, Meta(ge=0, le=INT64_MAX)]


class PriceError(ValueError):
    """A price list that cannot be used; its text is one line that says where and why."""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of one endpoint: only what differs from the layer below."""

    price: Price | None = None
    units: dict[str, Price] | str | None = None
    """Prices of its own, or the name of some that the file has for several endpoints."""
    quota: Count | None = None
    caps: dict[str, Count] | None = None


class PriceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of prices."""

    tiers: dict[str, Tier] = {}
    units: dict[str, dict[str, Price]] = {}
    """Prices of units that several endpoints have, by a name for them."""
    endpoints: dict[str, Terms] = {}
    """By `db/Create`; case does not matter."""


class Rate(msgspec.Struct, frozen=True):
    """What holds for one endpoint."""

    endpoint: str
    """As people write it: `db/Create`."""
    price: Money
    """Of one call, in nano-dollars."""
    quota: int = 0
    """How many calls a month are free, for each account."""
    caps: Mapping[str, int] = {}
    """How many calls a month an account of a tier may make, where that is limited."""
    control_plane: bool = False
    """Whether it manages the cloud: such calls are never counted."""
    metered: bool = False
    """Whether calls cost by their size."""
    units: Mapping[str, Money] = {}
    """What a unit of each kind costs, where calls are metered by size."""
    unit: str = ""
    """What the price is of, if of one unit of a call's size: `segment`; empty if it is of a call."""


class Charge(msgspec.Struct, frozen=True):
    """What a call of one endpoint costs accounts of one tier."""

    price: Money
    counted_as: str
    """By which name its calls are counted: the endpoint's id, or `*` for all free endpoints together."""
    free_calls: int = 0
    """How many calls a month are free."""
    calls_max: int | None = None
    """How many calls a month may be made; None for any number."""


FREE_ENDPOINTS = "*"
"""By what name calls of free endpoints are counted, where an endpoint has no cap of its own."""


class PriceList(msgspec.Struct, frozen=True):
    """What holds for every endpoint of a catalog."""

    rates: Mapping[str, Rate]
    """By the endpoint's id: `db.create`."""
    tiers: Mapping[str, Tier]
    version: str
    """A digest of all of it, kept with every hold."""

    @classmethod
    def of(cls, catalog: Iterable[Contract], own: Path | None = None) -> "PriceList":
        """Make the list for a catalog, with the operator's `own` file if there is one.

        A `PriceError` says what is wrong: a file that cannot be read, an endpoint or tier that is not there,
        an endpoint without a price.
        """
        rates = {each.id: _declared(contract, each) for contract in catalog for each in contract.endpoints}
        published = _published()
        known = {name: terms for name, terms in published.endpoints.items() if _id(name) in rates}
        operators = _read(own) if own is not None and own.exists() else PriceFile()
        own = own or PUBLISHED
        tiers = published.tiers | {
            name: tier.over(published.tiers.get(name, Tier())) for name, tier in operators.tiers.items()
        }
        unknown = operators.units.keys() - published.units.keys()
        used = {each.units for each in operators.endpoints.values() if isinstance(each.units, str)}
        if unused := unknown - used:
            raise PriceError(f"{own}: no endpoint has the units {min(unused)!r}.")
        units = {
            name: {**published.units.get(name, {}), **operators.units.get(name, {})}
            for name in published.units.keys() | operators.units.keys()
        }
        for source, endpoints in ((PUBLISHED, known), (own, operators.endpoints)):
            for name, terms in endpoints.items():
                named = _with_units(source, name, terms, units)
                rates[_id(name)] = _overlaid(source, rates, name, named, tiers)
        for rate in rates.values():
            if rate.metered != bool(rate.units):
                why = "costs by its size, and has no units" if rate.metered else "does not cost by its size"
                raise PriceError(f"{own}: {rate.endpoint} {why}.")
        return cls(rates, tiers, _version(rates, tiers))

    def tariff(self) -> Tariff:
        """Give what services need to know of it that meter by size."""
        metered = {name: rate for name, rate in self.rates.items() if rate.units}
        return Tariff(
            {name: rate.price for name, rate in metered.items()},
            {name: rate.units for name, rate in metered.items()},
        )

    def charge(self, endpoint: str, tier: str) -> Charge:
        """Say what a call of `db.create` costs accounts of a tier; a KeyError if there is no price."""
        rate = self.rates[endpoint]
        if tier == OWNER:
            return Charge(Money(0), endpoint)
        calls_max = rate.caps.get(tier)
        if rate.price or calls_max is not None:
            return Charge(rate.price, endpoint, rate.quota if rate.price else 0, calls_max)
        if rate.control_plane:
            return Charge(Money(0), endpoint)
        return Charge(Money(0), FREE_ENDPOINTS, 0, self.tiers[tier].monthly_free_calls)


def _declared(contract: Contract, endpoint: Endpoint) -> Rate:
    price, name = endpoint.declaration.price, f"{endpoint.service}/{endpoint.name}"
    if price < 0:
        raise PriceError(f"{name} has no price: its contract says {price} dollars.")
    metered = endpoint.declaration.metered
    return Rate(name, price, control_plane=contract.control_plane, metered=metered, unit=endpoint.unit)


def _with_units(source: Path, name: str, terms: Terms, units: Mapping[str, dict[str, Price]]) -> Terms:
    if not isinstance(terms.units, str):
        return terms
    if terms.units not in units:
        raise PriceError(f"{source}: {name} has the units {terms.units!r}, which are not there.")
    return msgspec.structs.replace(terms, units=units[terms.units])


def _overlaid(
    source: Path, rates: Mapping[str, Rate], name: str, terms: Terms, tiers: Mapping[str, Tier]
) -> Rate:
    below = rates.get(_id(name))
    if below is None:
        raise PriceError(f"{source}: there is no endpoint {name!r}.")
    for tier in terms.caps or ():
        if tier not in tiers or tier == OWNER:
            raise PriceError(f"{source}: {name} has a cap for {tier!r}, which is no tier that has caps.")
    return Rate(
        below.endpoint,
        below.price if terms.price is None else usd(terms.price),
        below.quota if terms.quota is None else terms.quota,
        below.caps if terms.caps is None else {**below.caps, **terms.caps},
        below.control_plane,
        below.metered,
        {**below.units, **_priced(terms)},
        below.unit,
    )


def _priced(terms: Terms) -> dict[str, Money]:
    units = terms.units if isinstance(terms.units, dict) else {}
    return {unit: usd(price) for unit, price in units.items()}


@cache
def _published() -> PriceFile:
    return _read(PUBLISHED)


def _read(file: Path) -> PriceFile:
    try:
        content = tomllib.loads(file.read_text())
        found = msgspec.convert(content, PriceFile)
    except (OSError, ValueError) as error:  # a ValidationError and a TOMLDecodeError are ValueErrors
        raise PriceError(f"{file}: {error}") from error
    names = Counter(_id(name) for name in found.endpoints)
    if twice := [name for name in found.endpoints if names[_id(name)] > 1]:
        raise PriceError(f"{file}: {' and '.join(twice[:2])} are the same endpoint: say it once.")
    return found


def _id(name: str) -> str:
    return name.replace("/", ".", 1).lower()


def _version(rates: Mapping[str, Rate], tiers: Mapping[str, Tier]) -> str:
    content: dict[str, Any] = {"rates": dict(sorted(rates.items())), "tiers": dict(sorted(tiers.items()))}
    text = msgspec.json.encode(msgspec.to_builtins(content, enc_hook=int), order="deterministic")
    return hashlib.sha256(text).hexdigest()[:VERSION_DIGITS]

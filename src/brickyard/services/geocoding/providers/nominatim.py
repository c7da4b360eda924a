"""Nominatim: OpenStreetMap's own search, without a key, for little and considerate use."""

from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Failure, Freshness, Received, by_status
from brickyard.services.geocoding.port import Atlas, Found, Precision, Query, Spot

URL = "https://nominatim.openstreetmap.org"
DAY_S = 86_400
FORM: dict[str, str | int | float | None] = {"format": "jsonv2", "addressdetails": 1, "accept-language": "en"}
CITIES = ("city", "town", "village", "municipality", "hamlet")
RANKS: tuple[tuple[int, Precision], ...] = ((28, "house"), (26, "street"), (21, "postcode"), (13, "city"))
"""From which of its address ranks on something is how precise."""


class Result(msgspec.Struct):
    """A place, as it gives it."""

    lat: str
    lon: str
    place_rank: int
    address: dict[str, str]


@dataclass(frozen=True)
class Nominatim(Adapter, Atlas):
    """Addresses all over the world."""

    about = About(
        title="Nominatim (OpenStreetMap)",
        docs="https://nominatim.org/release-docs/latest/api/Overview/",
        source="OpenStreetMap contributors",
        licence="ODbL 1.0, with attribution; its usage policy: one request a second, answers kept, no bulk",
        hosts=(URL,),
        freshness={
            "lookup": Freshness(fresh_s=DAY_S, stale_s=30 * DAY_S),
            "reverse": Freshness(fresh_s=DAY_S, stale_s=30 * DAY_S),
        },
        per_s=1,
        limits="One request a second, for the whole gateway: more is for a server of one's own.",
    )

    async def lookup(self, ask: Query) -> Found:
        """Find an address; see the port."""
        parts: dict[str, str | int | float | None] = (
            {"q": ask.address}
            if ask == Query(address=ask.address)
            else {
                "street": ask.address or None,
                "city": ask.city or None,
                "postalcode": ask.postcode or None,
                "country": ask.country or None,
            }
        )
        results = (await self.http.get(f"{URL}/search", FORM | {"limit": 1} | parts)).read(list[Result])
        if not results:
            raise Failure("not found", "There is no such address.")
        return _found(results[0])

    async def reverse(self, ask: Spot) -> Found:
        """Find what is at coordinates; see the port."""
        at: dict[str, str | int | float | None] = {"lat": ask.latitude, "lon": ask.longitude}
        received = await self.http.get(f"{URL}/reverse", FORM | at)
        if "error" in received.read(dict[str, Any]):
            raise Failure("not found", "Nothing is known there.")
        return _found(received.read(Result))

    async def check(self) -> None:
        """Ask whether it is up."""
        await self.http.get(f"{URL}/status", {"format": "json"})

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure; 403 is how it refuses who asks too much."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["error"]["message"]))


def _found(result: Result) -> Found:
    told = result.address
    street = " ".join(filter(None, (told.get("house_number"), told.get("road"))))
    return Found(
        latitude=float(result.lat),
        longitude=float(result.lon),
        precision=_precision(result),
        line_one=street,
        line_two=told.get("suburb", ""),
        city=next((told[each] for each in CITIES if each in told), ""),
        country=told.get("country", ""),
        postcode=told.get("postcode", ""),
    )


def _precision(result: Result) -> Precision:
    for rank, name in RANKS:
        if result.place_rank >= rank:
            return name
    return "region"

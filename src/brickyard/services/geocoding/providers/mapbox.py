"""Mapbox: geocoding with a token, of the kind whose answers are not kept."""

from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Received, Secret, by_status
from brickyard.services.geocoding.port import Atlas, Found, Precision, Query, Spot

URL = "https://api.mapbox.com"
PRECISIONS: dict[str, Precision] = {
    "secondary_address": "house",  # a flat
    "address": "house",
    "block": "street",  # in Japan
    "street": "street",
    "postcode": "postcode",
    "neighborhood": "city",
    "locality": "city",
    "place": "city",
}
LINES = frozenset({"secondary_address", "address", "block", "street"})
"""What is named as a letter's first line is."""


class MapboxCredentials(Credentials):
    """An account at Mapbox."""

    access_token: Secret
    """An access token, from the account's page."""


class Named(msgspec.Struct):
    """A part of an address."""

    name: str = ""


class Coordinates(msgspec.Struct):
    """Where it is."""

    latitude: float
    longitude: float


class Properties(msgspec.Struct):
    """What is told of a place."""

    name: str
    feature_type: str
    coordinates: Coordinates
    context: dict[str, Named] = msgspec.field(default_factory=dict)


class Feature(msgspec.Struct):
    """A place, in GeoJSON."""

    properties: Properties


class Told(msgspec.Struct):
    """What it answers."""

    features: list[Feature]


@dataclass(frozen=True)
class Mapbox(Adapter, Atlas):
    """Addresses all over the world."""

    about = About(
        title="Mapbox",
        docs="https://docs.mapbox.com/api/search/geocoding/",
        source="Mapbox and its partners, OpenStreetMap among them",
        licence="Mapbox's terms: temporary answers may not be kept",
        hosts=(URL,),
    )

    credentials: MapboxCredentials

    async def lookup(self, ask: Query) -> Found:
        """Find an address; see the port."""
        whole = ", ".join(filter(None, (ask.address, ask.city, ask.postcode, ask.country)))
        return await self._first("forward", {"q": whole})

    async def reverse(self, ask: Spot) -> Found:
        """Find what is at coordinates; see the port."""
        return await self._first("reverse", {"latitude": ask.latitude, "longitude": ask.longitude})

    async def check(self) -> None:
        """Ask for a city."""
        await self._first("forward", {"q": "London"})

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["message"]))

    async def _first(self, way: str, query: dict[str, str | float]) -> Found:
        asked = {**query, "access_token": self.credentials.access_token, "limit": 1, "language": "en"}
        features = (await self.http.get(f"{URL}/search/geocode/v6/{way}", asked)).read(Told).features
        if not features:
            raise Failure("not found", "There is no such place.")
        return _found(features[0].properties)


def _found(told: Properties) -> Found:
    nothing = Named()
    context, kind = told.context, told.feature_type
    return Found(
        latitude=told.coordinates.latitude,
        longitude=told.coordinates.longitude,
        precision=PRECISIONS.get(kind, "region"),
        line_one=told.name if kind in LINES else "",
        line_two=context.get("neighborhood", nothing).name,
        city=told.name if kind == "place" else context.get("place", nothing).name,
        country=context.get("country", nothing).name,
        postcode=told.name if kind == "postcode" else context.get("postcode", nothing).name,
    )

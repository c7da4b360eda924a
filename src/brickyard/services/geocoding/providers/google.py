"""Google Maps: geocoding with a key. Its terms forbid that answers are kept."""

from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Received, Secret, by_status
from brickyard.providers.failure import Kind
from brickyard.services.geocoding.port import Atlas, Found, Precision, Query, Spot

URL = "https://maps.googleapis.com"
KINDS: dict[str, Kind] = {
    "ZERO_RESULTS": "not found",
    "OVER_DAILY_LIMIT": "quota",
    "OVER_QUERY_LIMIT": "rate",
    "REQUEST_DENIED": "auth",
    "INVALID_REQUEST": "bad input",
    "UNKNOWN_ERROR": "down",
}
"""Its statuses, which stand in replies that are 200."""
PRECISIONS: tuple[tuple[str, Precision], ...] = (
    ("street_address", "house"),
    ("premise", "house"),
    ("subpremise", "house"),
    ("route", "street"),
    ("postal_code", "postcode"),
    ("locality", "city"),
    ("postal_town", "city"),
)


class GoogleCredentials(Credentials):
    """A project at Google Cloud in which the Geocoding API is on."""

    key: Secret
    """The API key."""


class Component(msgspec.Struct):
    """A part of an address."""

    long_name: str
    types: list[str]


class LatLng(msgspec.Struct):
    """Coordinates."""

    lat: float
    lng: float


class Geometry(msgspec.Struct):
    """Where it is."""

    location: LatLng


class Result(msgspec.Struct):
    """A place."""

    address_components: list[Component]
    geometry: Geometry
    types: list[str]


class Told(msgspec.Struct):
    """What it answers."""

    status: str
    results: list[Result] = msgspec.field(default_factory=list)
    error_message: str = ""


@dataclass(frozen=True)
class Google(Adapter, Atlas):
    """Addresses all over the world."""

    about = About(
        title="Google Maps",
        docs="https://developers.google.com/maps/documentation/geocoding",
        source="Google",
        licence="Google Maps Platform's terms: answers may not be kept",
        hosts=(URL,),
    )

    credentials: GoogleCredentials

    async def lookup(self, ask: Query) -> Found:
        """Find an address; see the port."""
        whole = ", ".join(filter(None, (ask.address, ask.city, ask.postcode, ask.country)))
        return await self._first({"address": whole})

    async def reverse(self, ask: Spot) -> Found:
        """Find what is at coordinates; see the port."""
        return await self._first({"latlng": f"{ask.latitude},{ask.longitude}"})

    async def check(self) -> None:
        """Ask for a city."""
        await self._first({"address": "London"})

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: it is 200 all the same, but for its front door's own."""
        failure = by_status(received)
        if failure is not None:
            return failure
        told = received.read(Told)
        if told.status == "OK":
            return None
        return Failure(KINDS.get(told.status, "garbage"), f"{told.status}. {told.error_message}".strip())

    async def _first(self, query: dict[str, str]) -> Found:
        asked = {**query, "key": self.credentials.key, "language": "en"}
        received = await self.http.get(f"{URL}/maps/api/geocode/json", asked)
        return _found(received.read(Told).results[0])


def _found(result: Result) -> Found:
    parts: dict[str, Any] = {}
    for component in result.address_components:
        for each in component.types:
            parts.setdefault(each, component.long_name)
    return Found(
        latitude=result.geometry.location.lat,
        longitude=result.geometry.location.lng,
        precision=_precision(result),
        line_one=" ".join(filter(None, (parts.get("street_number"), parts.get("route")))),
        line_two=parts.get("sublocality", ""),
        city=parts.get("locality") or parts.get("postal_town", ""),
        country=parts.get("country", ""),
        postcode=parts.get("postal_code", ""),
    )


def _precision(result: Result) -> Precision:
    for kind, name in PRECISIONS:
        if kind in result.types:
            return name
    return "region"

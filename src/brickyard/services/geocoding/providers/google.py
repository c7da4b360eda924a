"""Google Maps: geocoding with a key, by version 4. Its terms forbid that answers are kept."""

from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Received, Secret, by_status
from brickyard.services.geocoding.port import Atlas, Found, Precision, Query, Spot

URL = "https://geocode.googleapis.com"
FIELDS = "results.addressComponents,results.location,results.types"
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


class Component(msgspec.Struct, rename="camel"):
    """A part of an address."""

    long_text: str
    types: list[str] = []


class LatLng(msgspec.Struct):
    """Coordinates; one that is 0 is left out of the answer."""

    latitude: float = 0.0
    longitude: float = 0.0


class Result(msgspec.Struct, rename="camel"):
    """A place."""

    location: LatLng
    address_components: list[Component] = []
    types: list[str] = []


class Told(msgspec.Struct):
    """What it answers."""

    results: list[Result] = []


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
        return await self._first("address", {"addressQuery": whole})

    async def reverse(self, ask: Spot) -> Found:
        """Find what is at coordinates; see the port."""
        return await self._first("location", {"locationQuery": f"{ask.latitude},{ask.longitude}"})

    async def check(self) -> None:
        """Ask for a city."""
        await self._first("address", {"addressQuery": "London"})

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: a bad key is told as bad input."""
        failure = by_status(received, lambda received: received.read(dict[str, Any])["error"]["message"])
        if failure is not None and b"API_KEY_INVALID" in received.body:
            failure.kind = "auth"
        return failure

    async def _first(self, what: str, query: dict[str, str]) -> Found:
        headers = {"X-Goog-Api-Key": self.credentials.key, "X-Goog-FieldMask": FIELDS}
        asked = {**query, "languageCode": "en"}
        results = (await self.http.get(f"{URL}/v4/geocode/{what}", asked, headers)).read(Told).results
        if not results:
            raise Failure("not found", "There is no such place.")
        return _found(results[0])


def _found(result: Result) -> Found:
    parts: dict[str, str] = {}
    for component in result.address_components:
        for each in component.types:
            parts.setdefault(each, component.long_text)
    return Found(
        latitude=result.location.latitude,
        longitude=result.location.longitude,
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

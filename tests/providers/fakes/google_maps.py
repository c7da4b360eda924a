"""Google Maps' Geocoding API 4, as https://developers.google.com/maps/documentation/geocoding has it."""

import re
from typing import Any

from aiohttp import web

from provider_fake import Fake

KEY = "AIzaSyDouble0fAKey0fGoogleMaps000000000"
COMPONENTS = [
    {"longText": "10", "shortText": "10", "types": ["street_number"]},
    {"longText": "Russell Street", "shortText": "Russell St", "types": ["route"], "languageCode": "en"},
    {"longText": "London", "shortText": "London", "types": ["postal_town"], "languageCode": "en"},
    {"longText": "United Kingdom", "shortText": "GB", "types": ["country", "political"]},
    {"longText": "WC2B 5HZ", "shortText": "WC2B 5HZ", "types": ["postal_code"]},
]
HOUSE: dict[str, Any] = {
    "place": "places/ChIJ1",
    "placeId": "ChIJ1",
    "location": {"latitude": 51.5123064, "longitude": -0.1216235},
    "granularity": "ROOFTOP",
    "formattedAddress": "10 Russell St, London WC2B 5HZ, UK",
    "addressComponents": COMPONENTS,
    "types": ["street_address"],
}
KNOWN = {"languageCode", "regionCode", "types", "granularity", "$alt"}
SPOT = re.compile(r"(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)")
ROOFTOP = 1
"""As a number, of the enumeration's."""


def refusal(status: int, name: str, message: str, reason: str = "") -> web.Response:
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return web.json_response({"error": error}, status=status)


def refused(request: web.Request, name: str) -> web.Response | None:
    key = request.headers.get("X-Goog-Api-Key", "")
    if not key:
        message = "Method doesn't allow unregistered callers (callers without established identity)."
        return refusal(403, "PERMISSION_DENIED", message)
    if key != KEY:
        message = "API key not valid. Please pass a valid API key."
        return refusal(400, "INVALID_ARGUMENT", message, "API_KEY_INVALID")
    if unknown := set(request.query) - KNOWN - {name}:
        message = f'Invalid JSON payload received. Unknown name "{min(unknown)}".'
        return refusal(400, "INVALID_ARGUMENT", message)
    return None


def asked(request: web.Request, name: str) -> str:
    """Give what is asked for: it stands in the path, or in the query."""
    return request.match_info.get("asked") or request.query.get(name, "")


def told(request: web.Request, known: bool) -> web.Response:  # noqa: FBT001 - a fact
    """Answer with the fields that are asked for: all, if nothing is said."""
    mask = request.headers.get("X-Goog-FieldMask", "*").split(",")
    names = [each.removeprefix("results.") for each in mask]
    found = {name: value for name, value in HOUSE.items() if "*" in names or name in names}
    if "granularity" in found and "enum-encoding=int" in request.query.get("$alt", ""):
        found["granularity"] = ROOFTOP
    return web.json_response({"results": [found]} if known else {})


async def address(request: web.Request) -> web.Response:
    query = asked(request, "addressQuery").lower()
    return refused(request, "addressQuery") or told(request, known="russell" in query or "london" in query)


async def location(request: web.Request) -> web.Response:
    spot = SPOT.fullmatch(asked(request, "locationQuery"))
    is_on_earth = spot is not None and abs(float(spot[1])) <= 90
    if refusal_ := refused(request, "locationQuery"):
        return refusal_
    if spot is None or not is_on_earth:
        return refusal(400, "INVALID_ARGUMENT", "Invalid location query.")
    return told(request, known=spot[1].startswith("51.5"))


FAKE = Fake(
    service="geocoding",
    provider="google",
    origin="https://geocode.googleapis.com",
    routes={
        "GET /v4/geocode/address": address,
        "GET /v4/geocode/address/{asked}": address,
        "GET /v4/geocode/location": location,
        "GET /v4/geocode/location/{asked}": location,
    },
    credentials={"key": KEY},
    wrong_credentials={"key": "AIzaSyWrong"},
    documented="https://developers.google.com/maps/documentation/geocoding/reference/rest",
)

"""Nominatim, as https://nominatim.org/release-docs/latest/api/Overview/ and its usage policy describe it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

HOUSE: dict[str, Any] = {
    "place_id": 260281041,
    "licence": "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright",
    "osm_type": "node",
    "lat": "51.5123064",
    "lon": "-0.1216235",
    "category": "building",
    "type": "yes",
    "place_rank": 30,
    "importance": 0.00000999,
    "addresstype": "building",
    "name": "",
    "display_name": "10, Russell Street, Covent Garden, London, WC2B 5HZ, United Kingdom",
    "boundingbox": ["51.5122564", "51.5123564", "-0.1216735", "-0.1215735"],
    "address": {
        "house_number": "10",
        "road": "Russell Street",
        "suburb": "Covent Garden",
        "city": "London",
        "postcode": "WC2B 5HZ",
        "country": "United Kingdom",
        "country_code": "gb",
    },
}
COMMON = {"format", "addressdetails", "accept-language", "extratags", "namedetails", "layer", "email"}
STRUCTURED = {"amenity", "street", "city", "county", "state", "country", "postalcode"}
SEARCH = {"q", "limit", "countrycodes", "viewbox", "bounded", "featureType", "dedupe"} | STRUCTURED
REVERSE = {"lat", "lon", "zoom"}
AGENTS = ("python", "aiohttp", "java", "okhttp")
"""What libraries call themselves: who is behind them is to be said."""


def wrong(message: str) -> web.Response:
    return web.json_response({"error": {"code": 400, "message": message}}, status=400)


def refused(request: web.Request, known: set[str]) -> web.Response | None:
    if request.headers.get("User-Agent", "").lower().startswith(AGENTS):
        return web.Response(status=403, text="<html>Access blocked: identify yourself</html>")
    if "q" in request.query and STRUCTURED & set(request.query):
        return wrong("Structured query parameters (amenity, street, city, ...) cannot be used with 'q'.")
    unknown = set(request.query) - COMMON - known
    return wrong(f"Unknown parameter {min(unknown)}.") if unknown else None


def told(request: web.Request) -> dict[str, Any]:
    """Give the house in the form that is asked for: the older one has another name for its category."""
    if request.query.get("format") == "jsonv2":
        return HOUSE
    return {"class" if name == "category" else name: value for name, value in HOUSE.items()}


async def search(request: web.Request) -> web.Response:
    asked = " ".join(request.query.get(each, "") for each in ("q", *sorted(STRUCTURED))).lower()
    if not asked.strip():
        return wrong("Nothing to search for.")
    known = "russell" in asked or "london" in asked
    return refused(request, SEARCH) or web.json_response([told(request)] if known else [])


async def reverse(request: web.Request) -> web.Response:
    try:
        latitude, longitude = float(request.query["lat"]), float(request.query["lon"])
    except (KeyError, ValueError):
        return wrong("Parameter 'lat' missing or not a number.")
    at_sea = abs(latitude - 51.5) > 1 or abs(longitude) > 1
    return refused(request, REVERSE) or web.json_response(
        {"error": "Unable to geocode"} if at_sea else told(request)
    )


async def status(request: web.Request) -> web.Response:
    return refused(request, set()) or web.json_response({"status": 0, "message": "OK"})


FAKE = Fake(
    service="geocoding",
    provider="nominatim",
    origin="https://nominatim.openstreetmap.org",
    routes={"GET /search": search, "GET /reverse": reverse, "GET /status": status},
    documented="https://nominatim.org/release-docs/latest/api/Search/",
)

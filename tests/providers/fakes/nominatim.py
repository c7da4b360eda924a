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
    "addresstype": "building",
    "display_name": "10, Russell Street, Covent Garden, London, WC2B 5HZ, United Kingdom",
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
COMMON = {"format", "addressdetails", "accept-language", "limit"}
STRUCTURED = {"street", "city", "postalcode", "country"}


def refused(request: web.Request, known: set[str]) -> web.Response | None:
    if request.headers.get("User-Agent", "").startswith(("Python", "aiohttp")):
        return web.Response(status=403, text="<html>Access blocked: identify yourself</html>")
    if "q" in request.query and STRUCTURED & set(request.query):
        message = "Structured query parameters (amenity, street, city, ...) cannot be used with 'q'."
        return web.json_response({"error": {"code": 400, "message": message}}, status=400)
    if set(request.query) - COMMON - known:
        return web.json_response({"error": {"code": 400, "message": "Unknown parameter."}}, status=400)
    return None


async def search(request: web.Request) -> web.Response:
    asked = " ".join(request.query.get(each, "") for each in ("q", *STRUCTURED)).lower()
    known = "russell" in asked or "london" in asked
    return refused(request, {"q"} | STRUCTURED) or web.json_response([HOUSE] if known else [])


async def reverse(request: web.Request) -> web.Response:
    at_sea = abs(float(request.query["lat"]) - 51.5) > 1
    body = {"error": "Unable to geocode"} if at_sea else HOUSE
    return refused(request, {"lat", "lon"}) or web.json_response(body)


async def status(request: web.Request) -> web.Response:
    return refused(request, set()) or web.json_response({"status": 0, "message": "OK"})


FAKE = Fake(
    service="geocoding",
    provider="nominatim",
    origin="https://nominatim.openstreetmap.org",
    routes={"GET /search": search, "GET /reverse": reverse, "GET /status": status},
    documented="https://nominatim.org/release-docs/latest/api/Search/",
)

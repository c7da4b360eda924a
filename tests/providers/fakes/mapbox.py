"""Mapbox's Geocoding v6, as https://docs.mapbox.com/api/search/geocoding/ describes it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

TOKEN = "pk.double-of-a-token"
HOUSE: dict[str, Any] = {
    "type": "Feature",
    "id": "dXJuOm1ieGFkcjox",
    "geometry": {"type": "Point", "coordinates": [-0.1216235, 51.5123064]},
    "properties": {
        "mapbox_id": "dXJuOm1ieGFkcjox",
        "feature_type": "address",
        "name": "10 Russell Street",
        "coordinates": {"longitude": -0.1216235, "latitude": 51.5123064, "accuracy": "rooftop"},
        "place_formatted": "London, WC2B 5HZ, United Kingdom",
        "context": {
            "address": {"name": "10 Russell Street", "address_number": "10", "street_name": "Russell Street"},
            "neighborhood": {"name": "Covent Garden"},
            "postcode": {"name": "WC2B 5HZ"},
            "place": {"name": "London"},
            "country": {"name": "United Kingdom", "country_code": "GB"},
        },
    },
}


FLAT = {
    **HOUSE,
    "properties": {
        **HOUSE["properties"],
        "feature_type": "secondary_address",
        "name": "10 Russell Street Apt 4",
        "context": {
            **HOUSE["properties"]["context"],
            "secondary_address": {"name": "Apt 4", "designator": "Apt", "identifier": "4"},
        },
    },
}


def answer(request: web.Request, known: bool, *needed: str) -> web.Response:  # noqa: FBT001 - a fact
    if request.query.get("access_token") != TOKEN:
        return web.json_response({"message": "Not Authorized - Invalid Token"}, status=401)
    if not all(request.query.get(each) for each in needed):
        return web.json_response({"message": f"{needed[0]} is required"}, status=422)
    found = FLAT if "apt" in request.query.get("q", "").lower() else HOUSE
    return web.json_response({"type": "FeatureCollection", "features": [found] if known else []})


async def forward(request: web.Request) -> web.Response:
    asked = request.query.get("q", "").lower()
    return answer(request, "russell" in asked or "london" in asked, "q")


async def reverse(request: web.Request) -> web.Response:
    known = request.query.get("latitude", "").startswith("51.5")
    return answer(request, known, "longitude", "latitude")


FAKE = Fake(
    service="geocoding",
    provider="mapbox",
    origin="https://api.mapbox.com",
    routes={"GET /search/geocode/v6/forward": forward, "GET /search/geocode/v6/reverse": reverse},
    credentials={"access_token": TOKEN},
    wrong_credentials={"access_token": "pk.wrong"},
    documented="https://docs.mapbox.com/api/search/geocoding/#geocoding-api-errors",
)

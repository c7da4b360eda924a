"""Google Maps, as https://developers.google.com/maps/documentation/geocoding describes it."""

from aiohttp import web

from provider_fake import Fake

KEY = "AIzaSyDouble0fAKey0fGoogleMaps000000000"
COMPONENTS = [
    {"long_name": "10", "short_name": "10", "types": ["street_number"]},
    {"long_name": "Russell Street", "short_name": "Russell St", "types": ["route"]},
    {"long_name": "London", "short_name": "London", "types": ["postal_town"]},
    {"long_name": "United Kingdom", "short_name": "GB", "types": ["country", "political"]},
    {"long_name": "WC2B 5HZ", "short_name": "WC2B 5HZ", "types": ["postal_code"]},
]
HOUSE = {
    "address_components": COMPONENTS,
    "formatted_address": "10 Russell St, London WC2B 5HZ, UK",
    "geometry": {"location": {"lat": 51.5123064, "lng": -0.1216235}, "location_type": "ROOFTOP"},
    "place_id": "ChIJ1",
    "types": ["street_address"],
}


def told(status: str, message: str = "") -> web.Response:
    body: dict[str, object] = {"status": status, "results": [HOUSE] if status == "OK" else []}
    return web.json_response(body | ({"error_message": message} if message else {}))


async def geocode(request: web.Request) -> web.Response:
    query = request.query
    if query.get("key") != KEY:
        return told("REQUEST_DENIED", "The provided API key is invalid. ")
    if not query.get("address") and not query.get("latlng"):
        return told("INVALID_REQUEST", "Invalid request. Missing the 'address' parameter.")
    asked = query.get("address", "").lower()
    known = "russell" in asked or "london" in asked or query.get("latlng", "").startswith("51.5")
    return told("OK" if known else "ZERO_RESULTS")


FAKE = Fake(
    service="geocoding",
    provider="google",
    origin="https://maps.googleapis.com",
    routes={"GET /maps/api/geocode/json": geocode},
    credentials={"key": KEY},
    wrong_credentials={"key": "AIzaSyWrong"},
    documented="https://developers.google.com/maps/documentation/geocoding/requests-geocoding",
)

"""WeatherAPI.com, as https://www.weatherapi.com/docs/ describes it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

KEY = "5a1c7e9b3d2f4860b1c2d3e4f5a6b7c8"
LOCATION = {
    "name": "London",
    "region": "City of London, Greater London",
    "country": "United Kingdom",
    "lat": 51.52,
    "lon": -0.11,
    "tz_id": "Europe/London",
    "localtime_epoch": 1795184100,
    "localtime": "2026-11-20 14:15",
}
CONDITION = {
    "text": "Partly cloudy",
    "icon": "//cdn.weatherapi.com/weather/64x64/day/116.png",
    "code": 1003,
}
CURRENT = {
    "last_updated": "2026-11-20 14:15",
    "temp_c": 9.0,
    "temp_f": 48.2,
    "is_day": 1,
    "condition": CONDITION,
    "wind_mph": 4.3,
    "wind_kph": 6.8,
    "wind_degree": 40,
    "wind_dir": "NE",
    "humidity": 48,
    "cloud": 75,
    "feelslike_c": 7.1,
    "feelslike_f": 44.8,
}
DAY = {
    "maxtemp_c": 11.8,
    "mintemp_c": 6.3,
    "avgtemp_c": 9.0,
    "maxwind_kph": 19.4,
    "daily_will_it_rain": 1,
    "daily_chance_of_rain": 70,
    "condition": CONDITION,
}
FREE_DAYS = 3


def refusal(status: int, code: int, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def checked(request: web.Request) -> web.Response | None:
    query = request.query
    if not query.get("key"):
        return refusal(401, 1002, "API key is invalid or not provided.")
    if query["key"] != KEY:
        return refusal(401, 2006, "API key is invalid.")
    if not query.get("q"):
        return refusal(400, 1003, "Parameter q is missing.")
    if query["q"] == "London, broken":
        return refusal(400, 9999, "Internal application error.")
    known = query["q"].lower().startswith("london") or query["q"][0] in "-0123456789"
    return None if known else refusal(400, 1006, "No matching location found.")


async def current(request: web.Request) -> web.Response:
    return checked(request) or web.json_response({"location": LOCATION, "current": CURRENT})


async def forecast(request: web.Request) -> web.Response:
    if refused := checked(request):
        return refused
    days = min(int(request.query.get("days", 1)), FREE_DAYS)
    told: list[dict[str, Any]] = [
        {
            "date": f"2026-11-{20 + number}",
            "date_epoch": 1795132800 + 86400 * number,
            "day": DAY,
            "astro": {"sunrise": "07:24 AM", "sunset": "04:04 PM"},
            "hour": [],
        }
        for number in range(days)
    ]
    body = {"location": LOCATION, "current": CURRENT, "forecast": {"forecastday": told}}
    return web.json_response(body)


FAKE = Fake(
    service="weather",
    provider="weather_api",
    origin="https://api.weatherapi.com",
    routes={"GET /v1/current.json": current, "GET /v1/forecast.json": forecast},
    credentials={"key": KEY},
    wrong_credentials={"key": "00000000000000000000000000000000"},
    documented="https://www.weatherapi.com/docs/#intro-error-codes",
)

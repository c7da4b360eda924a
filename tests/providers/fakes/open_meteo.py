"""Open-Meteo, as https://open-meteo.com/en/docs and .../geocoding-api describe it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

PLACES = [
    {
        "id": 2643743,
        "name": "London",
        "latitude": 51.50853,
        "longitude": -0.12574,
        "elevation": 25.0,
        "country_code": "GB",
        "timezone": "Europe/London",
        "population": 8961989,
        "country": "United Kingdom",
        "admin1": "England",
    },
    {
        "id": 6058560,
        "name": "London",
        "latitude": 42.98339,
        "longitude": -81.23304,
        "country_code": "CA",
        "timezone": "America/Toronto",
        "country": "Canada",
        "admin1": "Ontario",
    },
]
CURRENT = {
    "temperature_2m": 9.4,
    "relative_humidity_2m": 81,
    "apparent_temperature": 6.8,
    "is_day": 1,
    "weather_code": 2,
    "cloud_cover": 75,
    "wind_speed_10m": 14.0,
    "wind_direction_10m": 250,
}
DAILY: dict[str, Any] = {
    "weather_code": 61,
    "temperature_2m_max": 10.9,
    "temperature_2m_min": 6.2,
    "temperature_2m_mean": 8.4,
    "sunrise": "T07:24",
    "sunset": "T16:04",
    "precipitation_probability_max": 63,
    "wind_speed_10m_max": 19.1,
}
DAYS_MAX = 16


def wrong(reason: str) -> web.Response:
    return web.json_response({"error": True, "reason": reason}, status=400)


async def search(request: web.Request) -> web.Response:
    query = request.query
    if "name" not in query or set(query) - {"name", "count", "language", "format"}:
        return wrong("Parameter 'name' is required")
    found = [each for each in PLACES if str(each["name"]).lower() == query["name"].lower()]
    body: dict[str, Any] = {"generationtime_ms": 0.6}
    return web.json_response(body | {"results": found[: int(query.get("count", 10))]} if found else body)


async def forecast(request: web.Request) -> web.Response:  # noqa: PLR0911 - one for each refusal
    query = request.query
    known = {"latitude", "longitude", "current", "daily", "forecast_days", "timezone"}
    if unknown := set(query) - known:
        return wrong(f"Unknown parameter {min(unknown)}")
    try:
        latitude, longitude = float(query["latitude"]), float(query["longitude"])
        days = int(query.get("forecast_days", 7))
    except (KeyError, ValueError):
        return wrong("Parameter 'latitude' and 'longitude' must have the same number of elements")
    if not -90 <= latitude <= 90:
        return wrong(f"Latitude must be in range of -90 to 90°. Given: {latitude}.")
    if not 0 <= days <= DAYS_MAX:
        return wrong(f"Forecast days is invalid. Allowed range 0 to 16. Given {days}.")
    if "daily" in query and "timezone" not in query:
        return wrong("Timezone is required")
    names = query.get("current", "").split(",")
    if not set(names) <= set(CURRENT):
        return wrong("Data corrupted at path ''. Cannot initialize SurfacePressureAndHeightVariable")
    body: dict[str, Any] = {
        "latitude": latitude,
        "longitude": longitude,
        "generationtime_ms": 0.1,
        "utc_offset_seconds": 0,
        "timezone": "Europe/London",
        "timezone_abbreviation": "GMT",
        "elevation": 23.0,
        "current": {"time": "2026-11-20T14:15", "interval": 900, **{name: CURRENT[name] for name in names}},
    }
    if "daily" in query:
        dates = [f"2026-11-{20 + number}" for number in range(days)]
        daily: dict[str, Any] = {"time": dates}
        for name in query["daily"].split(","):
            value = DAILY[name]
            daily[name] = [date + value if isinstance(value, str) else value for date in dates]
        body["daily"] = daily
    return web.json_response(body)


FAKE = Fake(
    service="weather",
    provider="open_meteo",
    origin="https://api.open-meteo.com",
    more_origins=("https://geocoding-api.open-meteo.com",),
    routes={"GET /v1/forecast": forecast, "GET /v1/search": search},
    documented="https://open-meteo.com/en/docs",
)

"""Open-Meteo, as https://open-meteo.com/en/docs and .../geocoding-api describe it."""

from collections.abc import Mapping
from datetime import date, timedelta
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
        "feature_code": "PPLC",
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
        "feature_code": "PPL",
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
UNITS = {
    "temperature_2m": "°C",
    "relative_humidity_2m": "%",
    "apparent_temperature": "°C",
    "is_day": "",
    "weather_code": "wmo code",
    "cloud_cover": "%",
    "wind_speed_10m": "km/h",
    "wind_direction_10m": "°",
    "temperature_2m_max": "°C",
    "temperature_2m_min": "°C",
    "temperature_2m_mean": "°C",
    "sunrise": "iso8601",
    "sunset": "iso8601",
    "precipitation_probability_max": "%",
    "wind_speed_10m_max": "km/h",
}
FIRST = date(2026, 11, 20)
DAYS_MAX = 16
KNOWN = {"latitude", "longitude", "current", "daily", "forecast_days", "timezone"}
DEFAULTS = {
    "past_days": "0",
    "precipitation_unit": "mm",
    "temperature_unit": "celsius",
    "timeformat": "iso8601",
    "wind_speed_unit": "kmh",
}
"""What may be said as well, and is not done in another way by this double."""


def wrong(reason: str) -> web.Response:
    return web.json_response({"error": True, "reason": reason}, status=400)


async def search(request: web.Request) -> web.Response:
    query = request.query
    if "name" not in query or set(query) - {"name", "count", "language", "format"}:
        return wrong("Parameter 'name' is required")
    found = [each for each in PLACES if str(each["name"]).lower() == query["name"].lower()]
    body: dict[str, Any] = {"generationtime_ms": 0.6}
    return web.json_response(body | {"results": found[: int(query.get("count", 10))]} if found else body)


async def forecast(request: web.Request) -> web.Response:
    query = request.query
    names = query["current"].split(",") if "current" in query else []
    days = query.get("forecast_days", "7")
    if reason := fault(query, names, days):
        return wrong(reason)
    body: dict[str, Any] = {
        "latitude": float(query["latitude"]),
        "longitude": float(query["longitude"]),
        "generationtime_ms": 0.1,
        "utc_offset_seconds": 0,
        "timezone": "Europe/London" if query.get("timezone") == "auto" else "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 23.0,
    }
    if names:
        body["current_units"] = {"time": "iso8601", "interval": "seconds", **{n: UNITS[n] for n in names}}
        values = {name: CURRENT[name] for name in names}
        body["current"] = {"time": "2026-11-20T14:15", "interval": 900, **values}
    if "daily" in query:
        body |= in_days(query["daily"].split(","), int(days))
    return web.json_response(body)


def fault(query: Mapping[str, str], names: list[str], days: str) -> str:  # noqa: PLR0911 - one for each
    """Say what the real one would find wrong; empty if nothing."""
    if unknown := {each for each in set(query) - KNOWN if query[each] != DEFAULTS.get(each)}:
        return f"Unknown parameter {min(unknown)}"
    try:
        latitude, _ = float(query["latitude"]), float(query["longitude"])
    except (KeyError, ValueError):
        return "Parameter 'latitude' and 'longitude' must have the same number of elements"
    if not -90 <= latitude <= 90:
        return f"Latitude must be in range of -90 to 90°. Given: {latitude}."
    if not days.isdecimal() or int(days) > DAYS_MAX:
        return f"Forecast days is invalid. Allowed range 0 to 16. Given {days}."
    if "daily" in query and "timezone" not in query:
        return "Timezone is required"
    if not set(names) <= set(CURRENT):
        return "Data corrupted at path ''. Cannot initialize SurfacePressureAndHeightVariable"
    return ""


def in_days(names: list[str], days: int) -> dict[str, Any]:
    dates = [f"{FIRST + timedelta(days=number)}" for number in range(days)]
    daily: dict[str, Any] = {"time": dates}
    for name in names:
        value = DAILY[name]
        daily[name] = [day + value if isinstance(value, str) else value for day in dates]
    units = {"time": "iso8601", **{name: UNITS[name] for name in names}}
    return {"daily_units": units, "daily": daily}


FAKE = Fake(
    service="weather",
    provider="open_meteo",
    origin="https://api.open-meteo.com",
    more_origins=("https://geocoding-api.open-meteo.com",),
    routes={"GET /v1/forecast": forecast, "GET /v1/search": search},
    documented="https://open-meteo.com/en/docs",
)

"""MET Norway's Locationforecast 2.0, as its page and https://api.met.no/doc/TermsOfService describe it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from aiohttp import web

from provider_fake import Fake

FIRST = datetime(2026, 11, 20, 14, tzinfo=UTC)
HOURS = 72
SIX_HOURS = 32
DECIMALS_MAX = 4
UPDATED = datetime(2026, 11, 20, 13, 22, 11, tzinfo=UTC)
SENT = "Fri, 20 Nov 2026 14:22:11 GMT"
EXPIRES = "Fri, 20 Nov 2026 14:52:11 GMT"
AGENTS = ("python", "aiohttp", "okhttp", "java", "dalvik", "fhttp")
"""What libraries call themselves: who is behind them is to be said."""
UNITS = {
    "air_pressure_at_sea_level": "hPa",
    "air_temperature": "celsius",
    "cloud_area_fraction": "%",
    "precipitation_amount": "mm",
    "probability_of_precipitation": "%",
    "relative_humidity": "%",
    "wind_from_direction": "degrees",
    "wind_speed": "m/s",
}


def step(moment: datetime, period: str) -> dict[str, Any]:
    hours = {
        "summary": {"symbol_code": "lightrainshowers_day"},
        "details": {"probability_of_precipitation": 63.0, "precipitation_amount": 0.4},
    }
    instant = {
        "air_pressure_at_sea_level": 1012.3,
        "air_temperature": 9.4,
        "cloud_area_fraction": 75.0,
        "relative_humidity": 81.2,
        "wind_from_direction": 250.3,
        "wind_speed": 3.9,
    }
    return {"time": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "data": {"instant": {"details": instant}, period: hours}}


async def complete(request: web.Request) -> web.Response:
    agent = request.headers.get("User-Agent", "")
    if not agent or agent.lower().startswith(AGENTS):
        return web.Response(status=403, text="<html>403 Forbidden: identify yourself</html>")
    try:
        latitude, longitude = request.query["lat"], request.query["lon"]
        float(latitude), float(longitude)
    except (KeyError, ValueError):
        return web.Response(status=400, text="400 Bad Request: missing or invalid lat/lon")
    if max(len(each.partition(".")[2]) for each in (latitude, longitude)) > DECIMALS_MAX:
        return web.Response(status=403, text="403 Forbidden: too many decimals")
    headers = {"Date": SENT, "Expires": EXPIRES, "Last-Modified": format_datetime(UPDATED, usegmt=True)}
    since = request.headers.get("If-Modified-Since")
    if since and parsedate_to_datetime(since) >= UPDATED:
        return web.Response(status=304, headers=headers)
    steps = [step(FIRST + timedelta(hours=number), "next_1_hours") for number in range(HOURS)]
    after = FIRST + timedelta(hours=HOURS)
    steps += [step(after + timedelta(hours=6 * number), "next_6_hours") for number in range(SIX_HOURS)]
    body = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [float(longitude), float(latitude), 23]},
        "properties": {
            "meta": {"updated_at": f"{UPDATED:%Y-%m-%dT%H:%M:%SZ}", "units": UNITS},
            "timeseries": steps,
        },
    }
    return web.json_response(body, headers=headers)


FAKE = Fake(
    service="weather",
    provider="met_norway",
    origin="https://api.met.no",
    routes={"GET /weatherapi/locationforecast/2.0/complete": complete},
    documented="https://api.met.no/weatherapi/locationforecast/2.0/documentation",
)

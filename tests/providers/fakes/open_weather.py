"""OpenWeather, as https://openweathermap.org/current, /forecast5 and /api/geocoding-api describe it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

APPID = "9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a"
NOON_S = 1_795_176_000  # 2026-11-20 12:00 UTC
RAIN = {"id": 500, "main": "Rain", "description": "light rain", "icon": "10d"}
MAIN = {"temp": 9.4, "feels_like": 6.8, "temp_min": 8.1, "temp_max": 10.9, "pressure": 1012, "humidity": 81}
WIND = {"speed": 3.9, "deg": 250, "gust": 7.2}
LONDON = {"name": "London", "lat": 51.5073, "lon": -0.1276, "country": "GB", "state": "England"}


def refused(request: web.Request, *needed: str) -> web.Response | None:
    if request.query.get("appid") != APPID:
        message = "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."
        return web.json_response({"cod": 401, "message": message}, status=401)
    if not set(needed) <= set(request.query):
        return web.json_response({"cod": "400", "message": "Nothing to geocode"}, status=400)
    return None


async def direct(request: web.Request) -> web.Response:
    known = request.query.get("q", "").lower().startswith("london")
    return refused(request, "q") or web.json_response([LONDON] if known else [])


async def weather(request: web.Request) -> web.Response:
    body: dict[str, Any] = {
        "coord": {"lon": -0.1276, "lat": 51.5073},
        "weather": [RAIN],
        "main": MAIN,
        "wind": WIND,
        "clouds": {"all": 75},
        "dt": NOON_S,
        "sys": {"country": "GB", "sunrise": NOON_S - 16_560, "sunset": NOON_S + 14_640},
        "timezone": 0,
        "name": "London",
        "cod": 200,
    }
    return refused(request, "lat", "lon", "units") or web.json_response(body)


async def forecast(request: web.Request) -> web.Response:
    hours = [
        {
            "dt": NOON_S + 10_800 * number,
            "main": MAIN | {"temp": 9.4 + number % 3},
            "weather": [RAIN],
            "clouds": {"all": 75},
            "wind": WIND,
            "visibility": 10_000,
            "pop": 0.63,
        }
        for number in range(40)
    ]
    city = {"name": "London", "timezone": 0, "sunrise": NOON_S - 16_560, "sunset": NOON_S + 14_640}
    body = {"cod": "200", "message": 0, "cnt": 40, "list": hours, "city": city}
    return refused(request, "lat", "lon", "units") or web.json_response(body)


FAKE = Fake(
    service="weather",
    provider="open_weather",
    origin="https://api.openweathermap.org",
    routes={
        "GET /geo/1.0/direct": direct,
        "GET /data/2.5/weather": weather,
        "GET /data/2.5/forecast": forecast,
    },
    credentials={"appid": APPID},
    wrong_credentials={"appid": "00000000000000000000000000000000"},
    documented="https://openweathermap.org/api",
)

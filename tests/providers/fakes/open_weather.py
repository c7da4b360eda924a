"""OpenWeather, as https://openweathermap.org/current, /forecast5 and /api/geocoding-api describe it."""

from typing import Any

from aiohttp import web

from provider_fake import Fake

APPID = "9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a"
NOON_S = 1_795_176_000  # 2026-11-20 12:00 UTC
RAIN = {"id": 500, "main": "Rain", "description": "light rain", "icon": "10d"}
TEMPERATURES = {"temp": 9.4, "feels_like": 6.8, "temp_min": 8.1, "temp_max": 10.9}
AIR = {"pressure": 1012, "humidity": 81}
ZERO_K = 273.15
PLACE = {"lon": -0.1276, "lat": 51.5073}
WIND = {"speed": 3.9, "deg": 250, "gust": 7.2}
LONDON = {"name": "London", "lat": 51.5073, "lon": -0.1276, "country": "GB", "state": "England"}


def asked_with(request: web.Request) -> str:
    """Give the key: its parameter's name is taken in any case."""
    return next((value for name, value in request.query.items() if name.lower() == "appid"), "")


def refused(request: web.Request, *needed: str) -> web.Response | None:
    if asked_with(request) != APPID:
        message = "Invalid API key. Please see https://openweathermap.org/faq#error401 for more info."
        return web.json_response({"cod": 401, "message": message}, status=401)
    if not set(needed) <= set(request.query):
        return web.json_response({"cod": "400", "message": "Nothing to geocode"}, status=400)
    return None


def main(request: web.Request, warmer: float = 0.0) -> dict[str, float]:
    """Give the temperatures in the units that are asked for: Kelvin, unless something is said."""
    zero = 0.0 if request.query.get("units") == "metric" else ZERO_K
    temperatures = {name: round(value + zero, 2) for name, value in TEMPERATURES.items()}
    return {**temperatures, **AIR, "temp": round(TEMPERATURES["temp"] + zero + warmer, 2)}


async def direct(request: web.Request) -> web.Response:
    known = request.query.get("q", "").lower().startswith("london")
    return refused(request, "q") or web.json_response([LONDON] if known else [])


async def weather(request: web.Request) -> web.Response:
    body: dict[str, Any] = {
        "coord": PLACE,
        "weather": [RAIN],
        "base": "stations",
        "main": main(request),
        "visibility": 10_000,
        "wind": WIND,
        "clouds": {"all": 75},
        "dt": NOON_S,
        "sys": {"country": "GB", "sunrise": NOON_S - 16_560, "sunset": NOON_S + 14_640},
        "timezone": 0,
        "id": 2643743,
        "name": "London",
        "cod": 200,
    }
    return refused(request, "lat", "lon") or web.json_response(body)


async def forecast(request: web.Request) -> web.Response:
    hours = [
        {
            "dt": NOON_S + 10_800 * number,
            "main": main(request, number % 3),
            "weather": [RAIN],
            "clouds": {"all": 75},
            "wind": WIND,
            "visibility": 10_000,
            "pop": 0.63,
            "rain": {"3h": 0.4},
            "sys": {"pod": "d"},
        }
        for number in range(40)
    ]
    city = {"id": 2643743, "name": "London", "coord": PLACE, "country": "GB", "timezone": 0}
    city |= {"sunrise": NOON_S - 16_560, "sunset": NOON_S + 14_640}
    body = {"cod": "200", "message": 0, "cnt": 40, "list": hours, "city": city}
    return refused(request, "lat", "lon") or web.json_response(body)


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

"""Open-Meteo: forecasts of national weather services, without a key."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from brickyard.providers import About, Adapter, Failure, Freshness, Received, by_status
from brickyard.services.weather.port import Conditions, Day, Observatory, Outlook, Place, Span, Spot
from brickyard.services.weather.wmo import CONDITIONS

FORECAST = "https://api.open-meteo.com/v1/forecast"
SEARCH = "https://geocoding-api.open-meteo.com/v1/search"
CURRENT = (
    "temperature_2m,relative_humidity_2m,apparent_temperature,is_day,weather_code,cloud_cover,"
    "wind_speed_10m,wind_direction_10m"
)
DAILY = (
    "weather_code,temperature_2m_max,temperature_2m_min,temperature_2m_mean,sunrise,sunset,"
    "precipitation_probability_max,wind_speed_10m_max"
)
LIKELY = 50
"""Percent from which rain is more likely than not."""
LONDON = Spot(latitude=51.5, longitude=-0.12)


class Found(msgspec.Struct):
    """A place, as its search gives it."""

    name: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    admin1: str = ""
    country: str = ""


class Search(msgspec.Struct):
    """What its search answers."""

    results: list[Found] = []


class Current(msgspec.Struct):
    """What it answers of the moment."""

    time: str
    """Without seconds, by local time: `2026-11-20T14:15`."""
    temperature_2m: float
    relative_humidity_2m: float
    apparent_temperature: float
    is_day: int
    weather_code: int
    cloud_cover: float
    wind_speed_10m: float
    wind_direction_10m: float


class Daily(msgspec.Struct):
    """What it answers of days: a list for each thing."""

    time: list[str]
    weather_code: list[int]
    temperature_2m_max: list[float]
    temperature_2m_min: list[float]
    temperature_2m_mean: list[float]
    sunrise: list[str]
    sunset: list[str]
    precipitation_probability_max: list[int | None]
    wind_speed_10m_max: list[float]


class Reading(msgspec.Struct):
    """What it answers."""

    timezone: str
    current: Current
    daily: Daily | None = None


@dataclass(frozen=True)
class OpenMeteo(Adapter, Observatory):
    """The weather anywhere, and of 16 days."""

    about = About(
        title="Open-Meteo",
        docs="https://open-meteo.com/en/docs",
        source="models of national weather services; places from GeoNames",
        licence="CC BY 4.0; without a key for use that is not commercial, up to 10 000 requests a day",
        hosts=("https://api.open-meteo.com", "https://geocoding-api.open-meteo.com"),
        freshness={
            "now": Freshness(fresh_s=600, stale_s=3600),
            "forecast": Freshness(fresh_s=600, stale_s=6 * 3600),
        },
        limits="It has no pictures.",
    )

    async def now(self, ask: Spot) -> Conditions:
        """Give the weather now; see the port."""
        found = await self._found(ask)
        reading = await self._reading(found)
        current = reading.current
        return Conditions(
            place=_place(found, reading),
            temp_c=current.temperature_2m,
            feels_like_c=current.apparent_temperature,
            humidity=round(current.relative_humidity_2m),
            cloud=round(current.cloud_cover),
            daytime=bool(current.is_day),
            condition=CONDITIONS[current.weather_code],
            icon_url="",
            wind_kph=current.wind_speed_10m,
            wind_degree=round(current.wind_direction_10m),
        )

    async def forecast(self, ask: Span) -> Outlook:
        """Give the weather of some days; see the port."""
        found = await self._found(ask.spot)
        reading = await self._reading(found, ask.days)
        if reading.daily is None:
            raise Failure("garbage", "It answered without the days asked for.")
        days = [_day(reading.daily, number) for number in range(len(reading.daily.time))]
        return Outlook(place=_place(found, reading), days=days)

    async def check(self) -> None:
        """Ask for the weather of London."""
        await self.now(LONDON)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, str | bool])["reason"]))

    async def _found(self, spot: Spot) -> Found:
        if spot.latitude is not None and spot.longitude is not None:
            return Found(f"{spot.latitude},{spot.longitude}", spot.latitude, spot.longitude)
        name, _, within = spot.name.partition(",")
        query = {"name": name.strip(), "count": 10, "language": "en", "format": "json"}
        results = (await self.http.get(SEARCH, query)).read(Search).results
        fitting = [each for each in results if _is_within(each, within.strip().lower())]
        if not fitting:
            raise Failure("not found", f"There is no place {spot.name!r}.")
        return fitting[0]

    async def _reading(self, found: Found, days: int | None = None) -> Reading:
        query = {
            "latitude": found.latitude,
            "longitude": found.longitude,
            "current": CURRENT,
            "daily": None if days is None else DAILY,
            "forecast_days": days,
            "timezone": "auto",
        }
        return (await self.http.get(FORECAST, query)).read(Reading)


def _is_within(found: Found, region: str) -> bool:
    return not region or region in {found.country.lower(), found.admin1.lower()}


def _place(found: Found, reading: Reading) -> Place:
    return Place(
        name=found.name,
        region=found.admin1,
        country=found.country,
        latitude=found.latitude,
        longitude=found.longitude,
        timezone=reading.timezone,
        local_time=f"{datetime.fromisoformat(reading.current.time):%Y-%m-%d %H:%M}",
    )


def _day(daily: Daily, number: int) -> Day:
    chance = daily.precipitation_probability_max[number] or 0
    return Day(
        date=daily.time[number],
        max_temp_c=daily.temperature_2m_max[number],
        min_temp_c=daily.temperature_2m_min[number],
        avg_temp_c=daily.temperature_2m_mean[number],
        will_it_rain=chance >= LIKELY,
        chance_of_rain=chance,
        condition=CONDITIONS[daily.weather_code[number]],
        icon_url="",
        sunrise=f"{datetime.fromisoformat(daily.sunrise[number]):%I:%M %p}",
        sunset=f"{datetime.fromisoformat(daily.sunset[number]):%I:%M %p}",
        max_wind_kph=daily.wind_speed_10m_max[number],
    )

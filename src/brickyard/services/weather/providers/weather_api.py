"""WeatherAPI.com: the weather and forecasts, with a key; M3O's own source."""

from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Freshness, Received, Secret, by_status
from brickyard.providers.failure import Kind
from brickyard.services.weather.port import Conditions, Day, Observatory, Outlook, Place, Span, Spot

URL = "https://api.weatherapi.com/v1"
KINDS: dict[int, Kind] = {
    1006: "not found",  # no matching location
    1002: "auth",  # no key
    2006: "auth",  # a wrong key
    2007: "quota",  # used up for the month
    2008: "auth",  # a key that was disabled
    2009: "quota",  # not in the plan
    9999: "down",  # a fault of its own, though its status is 400
}


class WeatherApiCredentials(Credentials):
    """An account at WeatherAPI.com."""

    key: Secret
    """The API key, from the account's dashboard."""


class Location(msgspec.Struct):
    """What it took a place for."""

    name: str
    region: str
    country: str
    lat: float
    lon: float
    tz_id: str
    localtime: str


class Condition(msgspec.Struct):
    """The weather in words, and as a picture."""

    text: str
    icon: str


class Current(msgspec.Struct):
    """The weather now."""

    temp_c: float
    feelslike_c: float
    humidity: int
    cloud: int
    is_day: int
    condition: Condition
    wind_kph: float
    wind_degree: int


class DayTold(msgspec.Struct):
    """A day's figures."""

    maxtemp_c: float
    mintemp_c: float
    avgtemp_c: float
    maxwind_kph: float
    daily_will_it_rain: int
    daily_chance_of_rain: int
    condition: Condition


class Astro(msgspec.Struct):
    """The sun's day."""

    sunrise: str
    sunset: str


class ForecastDay(msgspec.Struct):
    """A day."""

    date: str
    day: DayTold
    astro: Astro


class Forecast(msgspec.Struct):
    """Days."""

    forecastday: list[ForecastDay]


class NowTold(msgspec.Struct):
    """What `current.json` answers."""

    location: Location
    current: Current


class ForecastTold(msgspec.Struct):
    """What `forecast.json` answers."""

    location: Location
    forecast: Forecast


@dataclass(frozen=True)
class WeatherApi(Adapter, Observatory):
    """The weather anywhere, and of as many days as the plan has."""

    about = About(
        title="WeatherAPI.com",
        docs="https://www.weatherapi.com/docs/",
        source="its own models, and those of national weather services",
        licence="WeatherAPI.com's terms; a free plan exists, with a link to it where its data is shown",
        hosts=("https://api.weatherapi.com",),
        freshness={
            "now": Freshness(fresh_s=600, stale_s=3600),
            "forecast": Freshness(fresh_s=600, stale_s=6 * 3600),
        },
        limits="A free plan looks three days ahead.",
    )

    credentials: WeatherApiCredentials

    async def now(self, ask: Spot) -> Conditions:
        """Give the weather now; see the port."""
        told = (await self._ask("current.json", ask)).read(NowTold)
        current = told.current
        return Conditions(
            place=_place(told.location),
            temp_c=current.temp_c,
            feels_like_c=current.feelslike_c,
            humidity=current.humidity,
            cloud=current.cloud,
            daytime=bool(current.is_day),
            condition=current.condition.text,
            icon_url=current.condition.icon,
            wind_kph=current.wind_kph,
            wind_degree=current.wind_degree,
        )

    async def forecast(self, ask: Span) -> Outlook:
        """Give the weather of some days; see the port."""
        told = (await self._ask("forecast.json", ask.spot, ask.days)).read(ForecastTold)
        days = told.forecast.forecastday
        if len(days) < ask.days:
            raise Failure("unsupported", f"It looks {len(days)} days ahead with this plan, not {ask.days}.")
        return Outlook(place=_place(told.location), days=[_day(each) for each in days])

    async def check(self) -> None:
        """Ask for the weather of London."""
        await self.now(Spot(name="London"))

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its code says more than the status."""
        failure = by_status(received, lambda received: _error(received)["message"])
        if failure is not None:
            failure.kind = KINDS.get(_code(received), failure.kind)
        return failure

    async def _ask(self, file: str, spot: Spot, days: int | None = None) -> Received:
        query = {
            "key": self.credentials.key,
            "q": spot.name or f"{spot.latitude},{spot.longitude}",
            "days": days,
            "aqi": "no",
        }
        return await self.http.get(f"{URL}/{file}", query)


def _error(received: Received) -> dict[str, Any]:
    return received.read(dict[str, dict[str, Any]])["error"]


def _code(received: Received) -> int:
    try:
        return int(_error(received)["code"])
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError):
        return 0


def _place(location: Location) -> Place:
    return Place(
        name=location.name,
        region=location.region,
        country=location.country,
        latitude=location.lat,
        longitude=location.lon,
        timezone=location.tz_id,
        local_time=location.localtime,
    )


def _day(told: ForecastDay) -> Day:
    day = told.day
    return Day(
        date=told.date,
        max_temp_c=day.maxtemp_c,
        min_temp_c=day.mintemp_c,
        avg_temp_c=day.avgtemp_c,
        will_it_rain=bool(day.daily_will_it_rain),
        chance_of_rain=day.daily_chance_of_rain,
        condition=day.condition.text,
        icon_url=day.condition.icon,
        sunrise=told.astro.sunrise,
        sunset=told.astro.sunset,
        max_wind_kph=day.maxwind_kph,
    )

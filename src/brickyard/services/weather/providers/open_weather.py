"""OpenWeather: the weather, and five days of three hours each, with a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Freshness, Received, Secret, by_status
from brickyard.services.weather.port import Conditions, Day, Observatory, Outlook, Place, Span, Spot

URL = "https://api.openweathermap.org"
DAYS_MAX = 5
KPH_A_MPS = 3.6
LIKELY = 0.5


class OpenWeatherCredentials(Credentials):
    """An account at OpenWeather."""

    appid: Secret
    """The API key, from the account's page "API keys"."""


class Found(msgspec.Struct):
    """A place, as its search gives it."""

    name: str
    lat: float
    lon: float
    country: str = ""
    state: str = ""


class Condition(msgspec.Struct):
    """The weather in words, and the name of a picture."""

    description: str
    icon: str


class Main(msgspec.Struct):
    """Temperatures, and what the air is like."""

    temp: float
    feels_like: float
    temp_min: float
    temp_max: float
    humidity: int


class Wind(msgspec.Struct):
    """The wind, in metres a second."""

    speed: float
    deg: int = 0


class Clouds(msgspec.Struct):
    """The sky."""

    all: int


class Sun(msgspec.Struct):
    """When it rises and sets, in seconds since 1970."""

    sunrise: int = 0
    sunset: int = 0


class Now(msgspec.Struct):
    """What `weather` answers."""

    dt: int
    timezone: int
    """Seconds east of UTC."""
    main: Main
    wind: Wind
    clouds: Clouds
    weather: list[Condition]
    sys: Sun


class Hours(msgspec.Struct):
    """Three hours of a forecast."""

    dt: int
    main: Main
    wind: Wind
    weather: list[Condition]
    pop: float = 0.0


class City(msgspec.Struct):
    """What a forecast says of its place."""

    timezone: int
    sunrise: int
    sunset: int


class Ahead(msgspec.Struct):
    """What `forecast` answers."""

    list: list[Hours]
    city: City


@dataclass(frozen=True)
class OpenWeather(Adapter, Observatory):
    """The weather anywhere, and of five days."""

    about = About(
        title="OpenWeather",
        docs="https://openweathermap.org/api",
        source="its own models, stations and satellites",
        licence="CC BY-SA 4.0 for data of the free plan; OpenWeather's terms otherwise",
        hosts=(URL,),
        freshness={
            "now": Freshness(fresh_s=600, stale_s=3600),
            "forecast": Freshness(fresh_s=600, stale_s=6 * 3600),
        },
        limits="It looks five days ahead, and tells when the sun rises today only.",
    )

    credentials: OpenWeatherCredentials

    async def now(self, ask: Spot) -> Conditions:
        """Give the weather now; see the port."""
        found = await self._found(ask)
        now = (await self._ask("data/2.5/weather", self._at(found))).read(Now)
        return Conditions(
            place=_place(found, now.dt, now.timezone),
            temp_c=now.main.temp,
            feels_like_c=now.main.feels_like,
            humidity=now.main.humidity,
            cloud=now.clouds.all,
            daytime=now.sys.sunrise <= now.dt < now.sys.sunset,
            condition=_words(now.weather[0]),
            icon_url=_icon(now.weather[0]),
            wind_kph=round(now.wind.speed * KPH_A_MPS, 1),
            wind_degree=now.wind.deg,
        )

    async def forecast(self, ask: Span) -> Outlook:
        """Give the weather of some days; see the port."""
        if ask.days > DAYS_MAX:
            raise Failure("unsupported", f"It looks {DAYS_MAX} days ahead, not {ask.days}.")
        found = await self._found(ask.spot)
        ahead = (await self._ask("data/2.5/forecast", self._at(found))).read(Ahead)
        days: dict[str, list[Hours]] = {}
        for hours in ahead.list:
            days.setdefault(f"{_local(hours.dt, ahead.city.timezone):%Y-%m-%d}", []).append(hours)
        first = ahead.list[0].dt
        return Outlook(
            place=_place(found, first, ahead.city.timezone),
            days=[_day(date, each, ahead.city) for date, each in days.items()],
        )

    async def check(self) -> None:
        """Ask for the weather of London."""
        await self._ask("data/2.5/weather", {"lat": 51.5, "lon": -0.12, "units": "metric"})

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["message"]))

    async def _found(self, spot: Spot) -> Found:
        if spot.latitude is not None and spot.longitude is not None:
            return Found(f"{spot.latitude},{spot.longitude}", spot.latitude, spot.longitude)
        found = (await self._ask("geo/1.0/direct", {"q": spot.name, "limit": 1})).read(list[Found])
        if not found:
            raise Failure("not found", f"There is no place {spot.name!r}.")
        return found[0]

    async def _ask(self, path: str, query: dict[str, str | int | float]) -> Received:
        return await self.http.get(f"{URL}/{path}", {**query, "appid": self.credentials.appid})

    @staticmethod
    def _at(found: Found) -> dict[str, str | int | float]:
        return {"lat": found.lat, "lon": found.lon, "units": "metric"}


def _local(moment_s: int, shift_s: int) -> datetime:
    return datetime.fromtimestamp(moment_s, UTC) + timedelta(seconds=shift_s)


def _place(found: Found, moment_s: int, shift_s: int) -> Place:
    hours, minutes = divmod(abs(shift_s) // 60, 60)
    return Place(
        name=found.name,
        region=found.state,
        country=found.country,
        latitude=found.lat,
        longitude=found.lon,
        timezone=f"UTC{'-' if shift_s < 0 else '+'}{hours:02}:{minutes:02}",
        local_time=f"{_local(moment_s, shift_s):%Y-%m-%d %H:%M}",
    )


def _day(date: str, hours: Sequence[Hours], city: City) -> Day:
    """Put a day together of its hours; how likely rain is, is that of the hours in which it is likeliest."""
    chance = max(each.pop for each in hours)
    middle = hours[len(hours) // 2].weather[0]
    sunrise, sunset = _local(city.sunrise, city.timezone), _local(city.sunset, city.timezone)
    is_today = f"{sunrise:%Y-%m-%d}" == date
    return Day(
        date=date,
        max_temp_c=max(each.main.temp_max for each in hours),
        min_temp_c=min(each.main.temp_min for each in hours),
        avg_temp_c=round(sum(each.main.temp for each in hours) / len(hours), 1),
        will_it_rain=chance >= LIKELY,
        chance_of_rain=round(100 * chance),
        condition=_words(middle),
        icon_url=_icon(middle),
        sunrise=f"{sunrise:%I:%M %p}" if is_today else "",
        sunset=f"{sunset:%I:%M %p}" if is_today else "",
        max_wind_kph=round(max(each.wind.speed for each in hours) * KPH_A_MPS, 1),
    )


def _words(condition: Condition) -> str:
    return condition.description[:1].upper() + condition.description[1:]


def _icon(condition: Condition) -> str:
    return f"https://openweathermap.org/img/wn/{condition.icon}@2x.png"

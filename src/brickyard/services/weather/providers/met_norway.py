"""MET Norway: forecasts for anywhere on Earth, without a key, by coordinates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.providers import About, Adapter, Failure, Freshness, Received, by_status
from brickyard.providers.documents import Documents
from brickyard.services.weather.port import Conditions, Day, Observatory, Outlook, Place, Span, Spot

URL = "https://api.met.no/weatherapi/locationforecast/2.0/complete"
DAYS_MAX = 9
DECIMALS = 4
"""Its terms ask for no more: finer coordinates would get by its caches."""
KPH_A_MPS = 3.6
LIKELY = 50
WORDS = {
    "clearsky": "Clear sky",
    "cloudy": "Cloudy",
    "fair": "Fair",
    "fog": "Fog",
    "heavyrain": "Heavy rain",
    "heavysleet": "Heavy sleet",
    "heavysnow": "Heavy snow",
    "lightrain": "Light rain",
    "lightsleet": "Light sleet",
    "lightsnow": "Light snow",
    "partlycloudy": "Partly cloudy",
    "rain": "Rain",
    "sleet": "Sleet",
    "snow": "Snow",
}
"""Its symbols' names in words, as far as they are not put together of these and of showers and thunder."""


class Instant(msgspec.Struct):
    """What the air is like at a moment."""

    air_temperature: float
    relative_humidity: float
    cloud_area_fraction: float
    wind_speed: float
    wind_from_direction: float


class Details(msgspec.Struct, frozen=True):
    """What is likely in some hours."""

    probability_of_precipitation: float = 0.0


class Summary(msgspec.Struct):
    """The weather of some hours, as a symbol."""

    symbol_code: str


class Period(msgspec.Struct):
    """Some hours."""

    summary: Summary
    details: Details = Details()


class Moment(msgspec.Struct):
    """A moment's details."""

    details: Instant


class Data(msgspec.Struct):
    """A moment, and the hours after it."""

    instant: Moment
    next_1_hours: Period | None = None
    next_6_hours: Period | None = None
    next_12_hours: Period | None = None

    @property
    def period(self) -> Period | None:
        """The shortest of the periods that there are."""
        return self.next_1_hours or self.next_6_hours or self.next_12_hours


class Step(msgspec.Struct):
    """A step of the forecast."""

    time: datetime
    data: Data


class Properties(msgspec.Struct):
    """The steps."""

    timeseries: list[Step]


class Told(msgspec.Struct):
    """What it answers: a GeoJSON feature."""

    properties: Properties


@dataclass(frozen=True)
class MetNorway(Adapter, Observatory):
    """The weather at coordinates, and of nine days."""

    about = About(
        title="MET Norway",
        docs="https://api.met.no/weatherapi/locationforecast/2.0/documentation",
        source="MET Norway and ECMWF",
        licence="CC BY 4.0, NLOD 2.0; clients have to say who they are",
        hosts=("https://api.met.no",),
        freshness={
            "now": Freshness(fresh_s=600, stale_s=3600),
            "forecast": Freshness(fresh_s=1800, stale_s=6 * 3600),
        },
        per_s=15,
        limits=(
            "It takes coordinates and no names, gives times in UTC, has no pictures, no sunrise and sunset,"
            " and no felt temperature: that is the air's."
        ),
    )

    documents: Documents
    clock: Clock

    async def now(self, ask: Spot) -> Conditions:
        """Give the weather now; see the port."""
        steps = await self._steps(ask)
        step = steps[0]
        symbol, instant = _symbol(step), step.data.instant.details
        return Conditions(
            place=_place(ask, step),
            temp_c=instant.air_temperature,
            feels_like_c=instant.air_temperature,
            humidity=round(instant.relative_humidity),
            cloud=round(instant.cloud_area_fraction),
            daytime=not symbol.endswith(("_night", "_polartwilight")),
            condition=words(symbol),
            icon_url="",
            wind_kph=round(instant.wind_speed * KPH_A_MPS, 1),
            wind_degree=round(instant.wind_from_direction) % 360,
        )

    async def forecast(self, ask: Span) -> Outlook:
        """Give the weather of some days; see the port."""
        if ask.days > DAYS_MAX:
            raise Failure("unsupported", f"It looks {DAYS_MAX} days ahead, not {ask.days}.")
        steps = await self._steps(ask.spot)
        days: dict[str, list[Step]] = {}
        for step in steps:
            days.setdefault(f"{step.time.astimezone(UTC):%Y-%m-%d}", []).append(step)
        return Outlook(
            place=_place(ask.spot, steps[0]), days=[_day(date, each) for date, each in days.items()]
        )

    async def check(self) -> None:
        """Ask for the weather of London, whether it is kept or not."""
        (await self.http.get(URL, {"lat": 51.5, "lon": -0.12})).read(Told)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: 422 means that nothing is known there."""
        if received.status == HTTPStatus.NOT_MODIFIED:
            return None
        if received.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return Failure("not found", "It knows no weather there.")
        return by_status(received)

    async def _steps(self, spot: Spot) -> list[Step]:
        if spot.latitude is None or spot.longitude is None:
            raise Failure("unsupported", "It takes coordinates and no names of places.")
        query = {"lat": round(spot.latitude, DECIMALS), "lon": round(spot.longitude, DECIMALS)}
        steps = (await self.documents.get(self.http, URL, query)).read(Told).properties.timeseries
        if not steps:
            raise Failure("garbage", "It answered without any weather.")
        return self._from_now_on(steps)

    def _from_now_on(self, steps: list[Step]) -> list[Step]:
        """Leave out what is over: a document is good for longer than the hour that it begins with."""
        now = datetime.fromtimestamp(self.clock.now_ns() / NANOSECONDS, UTC)
        begun = sum(each.time <= now for each in steps)
        return steps[max(0, begun - 1) :]


def words(symbol: str) -> str:
    """Say a symbol in words: `lightrainshowersandthunder_day` is "Light rain showers and thunder"."""
    name = symbol.partition("_")[0]
    kind, thunder, _ = name.partition("andthunder")
    base = kind.removesuffix("showers")
    showers = " showers" if kind != base else ""
    return f"{WORDS[base]}{showers}{' and thunder' if thunder else ''}"


def _symbol(step: Step) -> str:
    period = step.data.period
    if period is None:
        raise Failure("garbage", "It answered without the weather of the next hours.")
    return period.summary.symbol_code


def _place(spot: Spot, step: Step) -> Place:
    return Place(
        name=f"{spot.latitude},{spot.longitude}",
        region="",
        country="",
        latitude=spot.latitude or 0.0,
        longitude=spot.longitude or 0.0,
        timezone="UTC",
        local_time=f"{step.time.astimezone(UTC):%Y-%m-%d %H:%M}",
    )


def _day(date: str, steps: Sequence[Step]) -> Day:
    instants = [each.data.instant.details for each in steps]
    temperatures = [each.air_temperature for each in instants]
    periods = [each.data.period for each in steps if each.data.period is not None]
    chance = round(max((each.details.probability_of_precipitation for each in periods), default=0.0))
    middle = periods[len(periods) // 2].summary.symbol_code if periods else ""
    return Day(
        date=date,
        max_temp_c=max(temperatures),
        min_temp_c=min(temperatures),
        avg_temp_c=round(sum(temperatures) / len(temperatures), 1),
        will_it_rain=chance >= LIKELY,
        chance_of_rain=chance,
        condition=words(middle) if middle else "",
        icon_url="",
        sunrise="",
        sunset="",
        max_wind_kph=round(max(each.wind_speed for each in instants) * KPH_A_MPS, 1),
    )

"""The `weather` service: what a provider measures or foresees, in the units that people want."""

import re
from dataclasses import dataclass

from brickyard.contract import BadRequest, Context
from brickyard.providers import Market
from brickyard.services.weather.contract import (
    Forecast,
    ForecastReply,
    ForecastRequest,
    NowReply,
    NowRequest,
    Weather,
)
from brickyard.services.weather.port import Day, Observatory, Span, Spot

POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
KILOMETRES_A_MILE = 1.609344
LATITUDE_MAX, LONGITUDE_MAX = 90.0, 180.0

_COORDINATES = re.compile(r"\s*([+-]?\d{1,3}(?:\.\d{1,12})?)\s*,\s*([+-]?\d{1,3}(?:\.\d{1,12})?)\s*")


@dataclass(frozen=True)
class EmbeddedWeather(Weather):
    """The weather, by whoever knows it."""

    market: Market[Observatory]

    async def now(self, context: Context, request: NowRequest) -> NowReply:
        """Give the weather now."""
        now = await self.market.by(context).now(_spot(request.location))
        place = now.place
        return NowReply(
            location=place.name,
            region=place.region,
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
            timezone=place.timezone,
            local_time=place.local_time,
            temp_c=now.temp_c,
            temp_f=_fahrenheit(now.temp_c),
            feels_like_c=now.feels_like_c,
            feels_like_f=_fahrenheit(now.feels_like_c),
            humidity=now.humidity,
            cloud=now.cloud,
            daytime=now.daytime,
            condition=now.condition,
            icon_url=now.icon_url,
            wind_mph=_miles(now.wind_kph),
            wind_kph=now.wind_kph,
            wind_direction=point(now.wind_degree),
            wind_degree=now.wind_degree,
        )

    async def forecast(self, context: Context, request: ForecastRequest) -> ForecastReply:
        """Give the weather of the next days."""
        ask = Span(spot=_spot(request.location), days=request.days or 1)
        outlook = await self.market.by(context).forecast(ask)
        place = outlook.place
        return ForecastReply(
            location=place.name,
            region=place.region,
            country=place.country,
            latitude=place.latitude,
            longitude=place.longitude,
            timezone=place.timezone,
            local_time=place.local_time,
            forecast=[_forecast(each) for each in outlook.days[: ask.days]],
        )


def point(degree: int) -> str:
    """Give the nearest of the 16 points of the compass."""
    return POINTS[round(degree / (360 / len(POINTS))) % len(POINTS)]


def _spot(location: str) -> Spot:
    name = " ".join(location.split())
    if not name or not name.isprintable():
        raise BadRequest.at("/location", "Name a place, such as London, or give coordinates: 51.51,-0.13.")
    found = _COORDINATES.fullmatch(name)
    if found is None:
        return Spot(name=name)
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > LATITUDE_MAX or abs(longitude) > LONGITUDE_MAX:
        raise BadRequest.at("/location", "Latitudes go from -90 to 90, longitudes from -180 to 180.")
    return Spot(latitude=latitude, longitude=longitude)


def _forecast(day: Day) -> Forecast:
    return Forecast(
        date=day.date,
        max_temp_c=day.max_temp_c,
        max_temp_f=_fahrenheit(day.max_temp_c),
        min_temp_c=day.min_temp_c,
        min_temp_f=_fahrenheit(day.min_temp_c),
        avg_temp_c=day.avg_temp_c,
        avg_temp_f=_fahrenheit(day.avg_temp_c),
        will_it_rain=day.will_it_rain,
        chance_of_rain=day.chance_of_rain,
        condition=day.condition,
        icon_url=day.icon_url,
        sunrise=day.sunrise,
        sunset=day.sunset,
        max_wind_mph=_miles(day.max_wind_kph),
        max_wind_kph=day.max_wind_kph,
    )


def _fahrenheit(celsius: float) -> float:
    return round(celsius * 9 / 5 + 32, 1)


def _miles(kilometres: float) -> float:
    return round(kilometres / KILOMETRES_A_MILE, 1)

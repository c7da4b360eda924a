"""What the `weather` service promises."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    Int32,
    NoProvider,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
    usd,
)

DAYS_MAX = 10

Location = Annotated[str, Meta(max_length=200)]


class NowRequest(Request):
    """Where."""

    location: Location
    """A place, such as `London` or `Paris, France`, or coordinates: `51.51,-0.13`."""


class NowReply(Reply):
    """The weather at this moment."""

    location: str
    """The place that was found."""
    region: str
    """The region it is in; empty if the provider does not say."""
    country: str
    """The country it is in; empty if the provider does not say."""
    latitude: float
    """In degrees, positive in the north."""
    longitude: float
    """In degrees, positive in the east."""
    timezone: str
    """As IANA names it, such as `Europe/London`, or `UTC+05:30`."""
    local_time: str
    """When the weather was like that, by local time: `2021-06-23 11:18`."""
    temp_c: float
    """Temperature in degrees Celsius."""
    temp_f: float
    """The same in degrees Fahrenheit."""
    feels_like_c: float
    """What it feels like, in degrees Celsius."""
    feels_like_f: float
    """The same in degrees Fahrenheit."""
    humidity: Int32
    """Relative humidity in percent."""
    cloud: Int32
    """How much of the sky is covered, in percent."""
    daytime: bool
    """Whether the sun is up."""
    condition: str
    """The weather in a few words."""
    icon_url: str
    """A picture of it; empty if the provider has none."""
    wind_mph: float
    """Speed of the wind in miles an hour."""
    wind_kph: float
    """The same in kilometres an hour."""
    wind_direction: str
    """Where it comes from, as one of 16 points: `NNE`."""
    wind_degree: Int32
    """The same in degrees, clockwise from the north."""


class ForecastRequest(Request):
    """Where, and for how long."""

    location: Location
    """A place, such as `London` or `Paris, France`, or coordinates: `51.51,-0.13`."""
    days: Annotated[int, Meta(ge=0, le=DAYS_MAX)] = 0
    """How many days, today being the first: up to 10; 0 means 1. Some providers look ahead less far."""


class Forecast(Struct):
    """The weather of a day."""

    date: str
    """The day, as `2021-09-21`."""
    max_temp_c: float
    """Highest temperature in degrees Celsius."""
    max_temp_f: float
    """The same in degrees Fahrenheit."""
    min_temp_c: float
    """Lowest temperature in degrees Celsius."""
    min_temp_f: float
    """The same in degrees Fahrenheit."""
    avg_temp_c: float
    """Mean temperature in degrees Celsius."""
    avg_temp_f: float
    """The same in degrees Fahrenheit."""
    will_it_rain: bool
    """Whether rain is more likely than not."""
    chance_of_rain: Int32
    """How likely rain is, in percent."""
    condition: str
    """The weather in a few words."""
    icon_url: str
    """A picture of it; empty if the provider has none."""
    sunrise: str
    """When the sun rises, as `06:45 AM`; empty if the provider does not say."""
    sunset: str
    """When the sun sets, as `07:01 PM`; empty if the provider does not say."""
    max_wind_mph: float
    """Highest speed of the wind in miles an hour."""
    max_wind_kph: float
    """The same in kilometres an hour."""


class ForecastReply(Reply):
    """The weather of the next days."""

    location: str
    """The place that was found."""
    region: str
    """The region it is in; empty if the provider does not say."""
    country: str
    """The country it is in; empty if the provider does not say."""
    latitude: float
    """In degrees, positive in the north."""
    longitude: float
    """In degrees, positive in the east."""
    timezone: str
    """As IANA names it, such as `Europe/London`, or `UTC+05:30`."""
    local_time: str
    """What time it is there: `2021-06-23 11:18`."""
    forecast: list[Forecast]
    """Day by day, today first."""


NOW = NowReply(
    location="London",
    region="England",
    country="United Kingdom",
    latitude=51.50853,
    longitude=-0.12574,
    timezone="Europe/London",
    local_time="2026-11-20 14:15",
    temp_c=9.4,
    temp_f=48.9,
    feels_like_c=6.8,
    feels_like_f=44.2,
    humidity=81,
    cloud=75,
    daytime=True,
    condition="Partly cloudy",
    icon_url="",
    wind_mph=8.7,
    wind_kph=14.0,
    wind_direction="WSW",
    wind_degree=250,
)
DAY = Forecast(
    date="2026-11-20",
    max_temp_c=10.9,
    max_temp_f=51.6,
    min_temp_c=6.2,
    min_temp_f=43.2,
    avg_temp_c=8.4,
    avg_temp_f=47.1,
    will_it_rain=True,
    chance_of_rain=63,
    condition="Slight rain",
    icon_url="",
    sunrise="07:24 AM",
    sunset="04:04 PM",
    max_wind_mph=11.9,
    max_wind_kph=19.1,
)


class Weather(Service):
    """The weather now and in the next days, anywhere.

    It comes from a provider that measures and computes it: the header `Provider` of a reply says from which.
    None can be part of this cloud, so without a network there is no weather. An answer may be minutes old.
    """

    category = "climate"

    @endpoint(
        price=usd("0.0001"),
        repeat="safe",
        errors=(BadRequest, NotFound, NoProvider),
        examples=(Example(request=NowRequest(location="london"), reply=NOW),),
    )
    async def now(self, context: Context, request: NowRequest) -> NowReply:
        """Give the weather now."""
        ...

    @endpoint(
        price=usd("0.0001"),
        repeat="safe",
        errors=(BadRequest, NotFound, NoProvider),
        examples=(
            Example(
                request=ForecastRequest(location="London", days=1),
                reply=ForecastReply(
                    location="London",
                    region="England",
                    country="United Kingdom",
                    latitude=51.50853,
                    longitude=-0.12574,
                    timezone="Europe/London",
                    local_time="2026-11-20 14:15",
                    forecast=[DAY],
                ),
            ),
        ),
    )
    async def forecast(self, context: Context, request: ForecastRequest) -> ForecastReply:
        """Give the weather of up to ten days, today being the first."""
        ...

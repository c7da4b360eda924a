"""What the `weather` service needs done: the weather somewhere, now and in the next days."""

from typing import ClassVar

from brickyard.contract import Request, Struct
from brickyard.providers import Port, task


class Spot(Request):
    """Where: by a name, or by coordinates."""

    name: str = ""
    """A place as people write it; empty if there are coordinates."""
    latitude: float | None = None
    """In degrees, positive in the north."""
    longitude: float | None = None
    """In degrees, positive in the east."""


class Span(Request):
    """Where, and for how long."""

    spot: Spot
    days: int
    """How many days, today being the first."""


class Place(Struct):
    """What a provider took the spot for."""

    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    """As IANA names it, or `UTC+05:30`; empty if the provider does not say."""
    local_time: str
    """As `2021-06-23 11:18`."""


class Conditions(Struct):
    """The weather at a moment."""

    place: Place
    temp_c: float
    feels_like_c: float
    humidity: int
    """In percent."""
    cloud: int
    """In percent of the sky."""
    daytime: bool
    condition: str
    """In a few words."""
    icon_url: str
    """A picture of it; empty if the provider has none."""
    wind_kph: float
    wind_degree: int
    """Where the wind comes from, clockwise from the north."""


class Day(Struct):
    """The weather of a day."""

    date: str
    max_temp_c: float
    min_temp_c: float
    avg_temp_c: float
    will_it_rain: bool
    chance_of_rain: int
    """In percent."""
    condition: str
    icon_url: str
    sunrise: str
    """As `06:45 AM`; empty if the provider does not say."""
    sunset: str
    max_wind_kph: float


class Outlook(Struct):
    """The weather of some days."""

    place: Place
    days: list[Day]


class Observatory(Port):
    """The weather anywhere on Earth."""

    service: ClassVar[str] = "weather"

    @task(repeat="safe")
    async def now(self, ask: Spot) -> Conditions:
        """Give the weather now; a `Failure` of the kind `not found` if there is no such place."""
        ...

    @task(repeat="safe")
    async def forecast(self, ask: Span) -> Outlook:
        """Give the weather of the days asked for; `unsupported` if the provider looks ahead less far."""
        ...

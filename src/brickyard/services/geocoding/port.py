"""What the `geocoding` service needs done: to find where an address is, and what is at coordinates."""

from typing import ClassVar, Literal

from brickyard.contract import Request, Struct
from brickyard.providers import Port, task

Precision = Literal["house", "street", "postcode", "city", "region"]


class Query(Request):
    """An address, in parts; at least one of them is given."""

    address: str = ""
    """House and street; or a whole address, if nothing else is given."""
    city: str = ""
    postcode: str = ""
    country: str = ""


class Spot(Request):
    """Coordinates, in degrees."""

    latitude: float
    longitude: float


class Found(Struct):
    """A place."""

    latitude: float
    longitude: float
    precision: Precision
    """What it is that was found: coordinates of a city say nothing of a street in it."""
    line_one: str = ""
    """House and street."""
    line_two: str = ""
    """What comes between street and city: a quarter."""
    city: str = ""
    country: str = ""
    postcode: str = ""


class Atlas(Port):
    """Where things are."""

    service: ClassVar[str] = "geocoding"

    @task(repeat="safe")
    async def lookup(self, ask: Query) -> Found:
        """Find an address; a `Failure` of the kind `not found` if it is nowhere."""
        ...

    @task(repeat="safe")
    async def reverse(self, ask: Spot) -> Found:
        """Find what is at coordinates; a `Failure` of the kind `not found` if there is nothing near."""
        ...

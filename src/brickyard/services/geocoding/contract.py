"""What the `geocoding` service promises."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    NoProvider,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
    usd,
)

Text = Annotated[str, Meta(max_length=300)]
Short = Annotated[str, Meta(max_length=100)]
Precision = Literal["house", "street", "postcode", "city", "region"]


class Address(Struct):
    """An address, in parts; what is not known is empty."""

    line_one: str
    """House and street."""
    line_two: str
    """What comes between street and city, such as a quarter."""
    city: str
    """City, town or village."""
    country: str
    """Country, in English."""
    postcode: str
    """Postal code."""


class Location(Struct):
    """A point on Earth."""

    latitude: float
    """In degrees, positive in the north."""
    longitude: float
    """In degrees, positive in the east."""


class LookupRequest(Request):
    """An address to find: at least one part of it."""

    address: Text = ""
    """House and street, such as `10 Russell Street`; or a whole address, if nothing else is given."""
    city: Short = ""
    """City, town or village."""
    postcode: Short = ""
    """Postal code."""
    country: Short = ""
    """Country, by its English name or its two letters."""


class LookupReply(Reply):
    """Where it is."""

    address: Address
    """The address that was found."""
    location: Location
    """Its coordinates."""
    precision: Precision
    """What was found: a `house`, a `street`, a `postcode`, a `city` or a `region`. Coordinates of a city
    say nothing of a street in it: where this cloud's own provider answers, nothing finer is found."""


class ReverseRequest(Request):
    """Coordinates."""

    latitude: float
    """In degrees from -90 to 90, positive in the north."""
    longitude: float
    """In degrees from -180 to 180, positive in the east."""


class ReverseReply(Reply):
    """What is there."""

    address: Address
    """The address that was found."""
    location: Location
    """The coordinates of what was found."""
    precision: Precision
    """What was found: a `house`, a `street`, a `postcode`, a `city` or a `region`."""


LONDON = Address(line_one="", line_two="", city="London", country="United Kingdom", postcode="")
AT = Location(latitude=51.50853, longitude=-0.12574)
VARYING = ("address", "location", "precision")


class Geocoding(Service):
    """Find where an address is, and what is at coordinates.

    By itself it knows the cities of the world, offline. Providers that know streets and houses can be set
    up; the header `Provider` of a reply says who answered, `precision` what was found.
    """

    category = "logistics"

    @endpoint(
        price=usd("0.01"),
        repeat="safe",
        errors=(BadRequest, NotFound, NoProvider),
        examples=(
            Example(
                request=LookupRequest(address="10 russell st", city="london", postcode="wc2b", country="uk"),
                reply=LookupReply(address=LONDON, location=AT, precision="city"),
                varying=VARYING,
            ),
        ),
    )
    async def lookup(self, context: Context, request: LookupRequest) -> LookupReply:
        """Find the coordinates of an address."""
        ...

    @endpoint(
        price=usd("0.01"),
        repeat="safe",
        errors=(BadRequest, NotFound, NoProvider),
        examples=(
            Example(
                request=ReverseRequest(latitude=51.5123064, longitude=-0.1216235),
                reply=ReverseReply(address=LONDON, location=AT, precision="city"),
                varying=VARYING,
            ),
        ),
    )
    async def reverse(self, context: Context, request: ReverseRequest) -> ReverseReply:
        """Find the address at coordinates."""
        ...

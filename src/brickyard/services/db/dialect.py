"""Everything that only SQLite says so: JSON and dates inside records.

A twin for PostgreSQL is this file over again. Expressions are about one record `r` of `db_records`;
paths and values are never written into them, but bound: `?4` is the place of the fourth value.
"""

import msgspec

from brickyard.services.db import sqlite_instant
from brickyard.services.db.order import FALSE, NUMBER, OTHER, SORTED_CHARACTERS, STRING, TRUE
from brickyard.services.db.path import Path

STRINGS = ("text",)
NUMBERS = ("integer", "real")
TRUTHS = {True: ("true",), False: ("false",)}
NULLS = ("null",)
ID_RANK = f"(0 + {STRING})"
"""A record's id is always a string. (A sum, as a bare number in ORDER BY would name a column.)"""


def path_value(path: Path) -> str:
    """Give a path as the value that is bound for it."""
    return "$" + "".join(_step(step) for step in path.steps)


def kind(path: str) -> str:
    """Give the type of the value at a bound path, null if nothing is there."""
    return f"json_type(r.data, {path})"


def value(path: str) -> str:
    """Give the value at a bound path."""
    return f"json_extract(r.data, {path})"


def when(path: str, kinds: tuple[str, ...], test: str) -> str:
    """Say whether the value at a path is of one of `kinds` and passes a test; never unknown."""
    branches = "".join(f" WHEN '{each}' THEN {test}" for each in kinds)
    return f"CASE {kind(path)}{branches} ELSE FALSE END"


def is_kind(path: str, kinds: tuple[str, ...]) -> str:
    """Say whether the value at a path is of one of `kinds`; never unknown."""
    return when(path, kinds, "TRUE")


def is_null(path: str) -> str:
    """Say whether there is null or nothing at a path."""
    return f"COALESCE({kind(path)}, 'null') = 'null'"


def contains_text(text: str, part: str) -> str:
    """Say whether a string has a substring."""
    return f"instr({text}, {part}) > 0"


def has_element(path: str, kinds: tuple[str, ...], test: str) -> str:
    """Say whether a list has an element of one of `kinds` that passes a test (of `each.atom`)."""
    names = ", ".join(f"'{name}'" for name in kinds)
    return (
        f"CASE {kind(path)} WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(r.data, {path}) each"  # noqa: S608 - our own text, and places
        f" WHERE each.type IN ({names}) AND {test}) ELSE FALSE END"
    )


def instant(text: str) -> str:
    """Give a string as milliseconds since 1970, null if it is not a date (see `instant.py`)."""
    return sqlite_instant.instant(text)


def sort_rank(path: str) -> str:
    """Give the rank of the type of the value at a path (see `order.py`)."""
    return (
        f"CASE {kind(path)} WHEN 'false' THEN {FALSE} WHEN 'true' THEN {TRUE}"
        f" WHEN 'integer' THEN {NUMBER} WHEN 'real' THEN {NUMBER} WHEN 'text' THEN {STRING}"
        f" WHEN 'array' THEN {OTHER} WHEN 'object' THEN {OTHER} ELSE 0 END"
    )


def sort_value(path: str) -> str:
    """Give what values of the same rank are put in order by."""
    return (
        f"CASE {kind(path)} WHEN 'integer' THEN {value(path)} WHEN 'real' THEN {value(path)}"
        f" WHEN 'text' THEN {sorted_text(value(path))} END"
    )


def sorted_text(text: str) -> str:
    """Give the part of a string that it is put in order by."""
    return f"substr({text}, 1, {SORTED_CHARACTERS})"


def members(array: str) -> str:
    """Give the elements of a bound JSON list as rows."""
    return f"(SELECT value FROM json_each({array}))"  # noqa: S608 - a place, such as ?4


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else "." + msgspec.json.encode(step).decode()

"""The port's statements in PostgreSQL's words: `$1` for `?1`, each value with the type it has in Python."""

import re
from collections.abc import Sequence
from functools import lru_cache

from brickyard.engines.sql import Value
from brickyard.engines.sql.tenancy import mentions_project

# Given types, a place means the same wherever it stands, as in SQLite; left to itself, PostgreSQL would take
# a place's type from what is around it, and refuse a value of any other.
TYPES: dict[type, str] = {
    str: "text",
    int: "bigint",
    bool: "bigint",
    float: "double precision",
    bytes: "bytea",
}
STATEMENTS_MAX = 10_000

_PLACE = re.compile(r"\?([1-9][0-9]*)")


def translated(statement: str, values: Sequence[Value]) -> str:
    """Give a statement in PostgreSQL's words, for these values; a ValueError if it leaves out the project."""
    return _translated(mentions_project(statement), tuple(map(type, values)))


@lru_cache(maxsize=STATEMENTS_MAX)
def _translated(statement: str, types: tuple[type, ...]) -> str:
    def place(found: re.Match[str]) -> str:
        kind = TYPES.get(types[int(found[1]) - 1])
        return f"${found[1]}" if kind is None else f"CAST(${found[1]} AS {kind})"

    return _PLACE.sub(place, statement)

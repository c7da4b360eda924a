"""What one can take along: each service says which of its tables are told of, and how a row is."""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec

from brickyard.contract.money import Money
from brickyard.contract.rfc3339 import timestamp
from brickyard.contract.words import INT64_MAX, JsonObject

Belongs = Literal["tenant", "project", "account"]
"""Whose rows are: of a project in one environment, of a project whichever the environment, of an account."""
Written = Callable[[JsonObject], Iterable[JsonObject]]


def _as_one(row: JsonObject) -> Iterable[JsonObject]:
    return (row,)


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A table whose rows their owner can take along, in the order of a key.

    No column may hold a secret, nor what is derived from one: no hash, no token, nothing sealed.
    """

    table: str
    key: Mapping[str, type[str] | type[int]]
    """Columns that, together with whose a row is, are unique and have an index: rows come in their order."""
    columns: tuple[str, ...] = ()
    """What is told. A moment's `_ns` becomes `_at`, as RFC 3339 (null for 0, for never); bytes base64."""
    computed: Mapping[str, str] = {}
    """More columns by their names, as SQL."""
    told: Mapping[str, Callable[[Any], Any]] = {}
    """How columns are told that are not told as they are kept; null stays null."""
    belongs: Belongs = "tenant"
    whose: str = ""
    """The column that says whose a row is, in a table of the platform's own; empty in others."""
    bound_by: Literal["project", "account"] = "project"
    """The column that every statement binds."""
    condition: str = ""
    """Which rows; all if empty."""
    name: str = ""
    """What it is called; as the table if empty."""
    written: Written = _as_one
    """What becomes of a row: the rows that are told in its place."""

    @property
    def title(self) -> str:
        """What it is called in an export."""
        return self.name or self.table

    def row(self, values: Mapping[str, Any]) -> JsonObject:
        """Write a row as it is told."""
        return dict(self._column(name, value) for name, value in values.items())

    def _column(self, name: str, value: Any) -> tuple[str, Any]:
        if name in self.told:
            return name, None if value is None else self.told[name](value)
        if name.endswith("_ns"):
            known = value and value < INT64_MAX
            return name.removesuffix("_ns") + "_at", timestamp(value) if known else None
        return name, base64.b64encode(value).decode() if isinstance(value, bytes) else value


def json_text(text: str) -> msgspec.Raw:
    """Tell what is kept as JSON text as what it says, to the digit."""
    return msgspec.Raw(text.encode())


def dollars(nanos: int) -> str:
    """Tell an amount as a decimal string."""
    return str(Money(nanos))

"""The order of records: by which fields, each up or down."""

from typing import Any, Literal

import msgspec

from brickyard.contract import BadRequest, JsonObject
from brickyard.services.db.parser import Parser
from brickyard.services.db.path import MISSING, Path, value_at

FIELDS_MAX = 8
SORTED_CHARACTERS = 128
"""Strings are put in order by this many of their first characters; alike in those, by insertion."""

Direction = Literal["asc", "desc"]
Rank = int
NULL, FALSE, TRUE, NUMBER, STRING, OTHER = range(6)

SortValue = tuple[Rank, str | int | float | None]
"""What a value is put in order by: its type's rank, then the number or the string itself."""


class Term(msgspec.Struct, frozen=True):
    """One field of an order."""

    path: Path
    direction: Direction

    def __str__(self) -> str:
        """Write it as `orderBy` does."""
        return f"{self.path} desc" if self.direction == "desc" else str(self.path)


Order = tuple[Term, ...]


def parse_order(text: str, direction: Direction, pointer: str = "/orderBy") -> Order:
    """Read an order such as `age, name desc`; fields without a direction get `direction`."""
    parser = Parser(text, pointer)
    if parser.at_end:
        return ()
    terms = [_term(parser, direction)]
    while parser.take_sign(","):
        terms.append(_term(parser, direction))
    parser.finish("'asc', 'desc', ',' or the end")
    if len(terms) > FIELDS_MAX:
        raise BadRequest.at(pointer, f"{len(terms)} fields to order by; at most {FIELDS_MAX} are taken.")
    return tuple(terms)


def sort_values(record: JsonObject, row_id: str, order: Order) -> list[SortValue]:
    """Give what a record is put in order by."""
    return [sort_value(field_value(record, row_id, term.path)) for term in order]


def field_value(record: JsonObject, row_id: str, path: Path) -> Any:
    """Give a field's value, the record's id for `id`."""
    return row_id if path.is_id else value_at(record, path)


def sort_value(value: Any) -> SortValue:
    """Give what a value is put in order by."""
    if value is None or value is MISSING:
        return NULL, None
    if isinstance(value, bool):
        return (TRUE if value else FALSE), None
    if isinstance(value, int | float):
        return NUMBER, as_kept(value)
    if isinstance(value, str):
        return STRING, value[:SORTED_CHARACTERS]
    return OTHER, None


def as_kept(number: float) -> int | float:
    """Give a number as SQL sees it: integers beyond 64 bits are floating point there."""
    if isinstance(number, float) or -(2**63) <= number < 2**63:
        return number
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _term(parser: Parser, direction: Direction) -> Term:
    path = parser.path()
    if parser.take_word("desc"):
        return Term(path, "desc")
    if parser.take_word("asc"):
        return Term(path, "asc")
    return Term(path, direction)

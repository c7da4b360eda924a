"""JSON and dates inside records, as SQLite has them; see `dialect.py` for what is promised."""

import msgspec

from brickyard.services.db.dialect import Dialect
from brickyard.services.db.order import FALSE, NUMBER, OTHER, SORTED_CHARACTERS, STRING, TRUE, as_kept
from brickyard.services.db.path import Path
from brickyard.services.db.sqlite_instant import instant

STRINGS = ("text",)
NUMBERS = ("integer", "real")
TRUTHS = {True: ("true",), False: ("false",)}
NULLS = ("null",)


class SqliteDialect(Dialect):
    """SQLite's words. A place is a path, bound."""

    joins_keep_order = True

    def place(self, path: Path) -> str:
        """Bind a path."""
        return self.bind("$" + "".join(_step(step) for step in path.steps))

    def number(self, number: float) -> str:
        """Bind a number."""
        return self.bind(as_kept(number))

    def is_null(self, place: str) -> str:
        """Say whether there is null or nothing."""
        return f"COALESCE({_kind(place)}, 'null') = 'null'"

    def is_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is this truth."""
        return _when(place, TRUTHS[truth], "TRUE")

    def where_text(self, place: str, test: str) -> str:
        """Say whether there is a string that passes a test."""
        return _when(place, STRINGS, test.replace("{}", _value(place)))

    def where_number(self, place: str, test: str) -> str:
        """Say whether there is a number that passes a test."""
        return _when(place, NUMBERS, test.replace("{}", _value(place)))

    def has_text(self, place: str, text: str) -> str:
        """Say whether there is a list with a string."""
        return _has_element(place, STRINGS, f"each.atom = {text}")

    def has_number(self, place: str, number: str) -> str:
        """Say whether there is a list with a number."""
        return _has_element(place, NUMBERS, f"each.atom = {number}")

    def has_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is a list with this truth."""
        return _has_element(place, TRUTHS[truth], "TRUE")

    def has_null(self, place: str) -> str:
        """Say whether there is a list with a null."""
        return _has_element(place, NULLS, "TRUE")

    def contains_text(self, text: str, part: str) -> str:
        """Say whether a string has a substring."""
        return f"instr({text}, {part}) > 0"

    def instant(self, text: str) -> str:
        """Give a string as milliseconds since 1970, null if it is not a date."""
        return instant(text)

    def sort_terms(self, place: str) -> tuple[str, ...]:
        """Give a value's rank, and the value itself if it is a number or a string."""
        rank = (
            f"CASE {_kind(place)} WHEN 'false' THEN {FALSE} WHEN 'true' THEN {TRUE}"
            f" WHEN 'integer' THEN {NUMBER} WHEN 'real' THEN {NUMBER} WHEN 'text' THEN {STRING}"
            f" WHEN 'array' THEN {OTHER} WHEN 'object' THEN {OTHER} ELSE 0 END"
        )
        content = (
            f"CASE {_kind(place)} WHEN 'integer' THEN {_value(place)} WHEN 'real' THEN {_value(place)}"
            f" WHEN 'text' THEN {self.sorted_text(_value(place))} END"
        )
        return rank, content

    def sorted_text(self, text: str) -> str:
        """Give the part of a string that it is put in order by."""
        return f"substr({text}, 1, {SORTED_CHARACTERS})"

    def members(self, array: str) -> str:
        """Give the integers of a bound JSON list as rows."""
        return f"(SELECT value FROM json_each({array}))"  # noqa: S608 - a place, such as ?4


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else "." + msgspec.json.encode(step).decode()


def _kind(place: str) -> str:
    return f"json_type(r.data, {place})"


def _value(place: str) -> str:
    return f"json_extract(r.data, {place})"


def _when(place: str, kinds: tuple[str, ...], test: str) -> str:
    branches = "".join(f" WHEN '{each}' THEN {test}" for each in kinds)
    return f"CASE {_kind(place)}{branches} ELSE FALSE END"


def _has_element(place: str, kinds: tuple[str, ...], test: str) -> str:
    names = ", ".join(f"'{name}'" for name in kinds)
    return (
        f"CASE {_kind(place)} WHEN 'array' THEN EXISTS (SELECT 1 FROM json_each(r.data, {place}) each"  # noqa: S608 - our own text, and places
        f" WHERE each.type IN ({names}) AND {test}) ELSE FALSE END"
    )

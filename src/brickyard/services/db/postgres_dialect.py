"""JSON and dates inside records, as PostgreSQL has them; see `dialect.py` for what is promised.

The type is `json` rather than `jsonb`, which would no longer tell the integer 10 from the float 1e1.
"""

import math

from brickyard.services.db.dialect import Dialect
from brickyard.services.db.order import FALSE, NUMBER, OTHER, SORTED_CHARACTERS, STRING, TRUE, as_kept
from brickyard.services.db.path import Path
from brickyard.services.db.postgres_instant import instant

STEP_MAX = 2**31 - 1
EXACT_INTEGER = 2**53
"""From here on a float is an integer, and its shortest text no longer exactly that integer."""
INTEGERS = 2**63
INFINITE_FROM = "1.797693134862315807937e308"
"""Half a step after the largest float."""
DIGITS_MAX = 400
"""Integers of more digits than this are certainly infinite as floats."""


_INFINITY = (
    "CASE substr(n.t, 1, 1) WHEN '-' THEN CAST('-Infinity' AS numeric) ELSE CAST('Infinity' AS numeric) END"
)


class PostgresDialect(Dialect):
    """PostgreSQL's words. A place is an expression, of type `json`."""

    joins_keep_order = False

    def place(self, path: Path) -> str:
        """Go down step by step: by a text into objects only, by an integer into lists only."""
        return f"(CAST(r.data AS json){''.join(self._step(step) for step in path.steps)})"

    def number(self, number: float) -> str:
        """Bind a number, exactly."""
        return f"CAST({self.bind(_decimal(as_kept(number)))} AS numeric)"

    def _step(self, step: str | int) -> str:
        if isinstance(step, str):
            return f" -> {self.bind(step)}"
        return f" -> CAST({self.bind(min(step, STEP_MAX))} AS integer)"

    def is_null(self, place: str) -> str:
        """Say whether there is null or nothing."""
        return f"COALESCE(json_typeof({place}), 'null') = 'null'"

    def is_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is this truth."""
        return f"COALESCE(CAST({place} AS text) = '{'true' if truth else 'false'}', FALSE)"

    def where_text(self, place: str, test: str) -> str:
        """Say whether there is a string that passes a test."""
        return (
            f"CASE json_typeof({place}) WHEN 'string' THEN {test.replace('{}', _text(place))} ELSE FALSE END"
        )

    def where_number(self, place: str, test: str) -> str:
        """Say whether there is a number that passes a test."""
        return _where(place, "number", test.replace("{}", _number(place)))

    def has_text(self, place: str, text: str) -> str:
        """Say whether there is a list with a string."""
        return _has_element(place, self.where_text("each.element", f"{{}} = {text}"))

    def has_number(self, place: str, number: str) -> str:
        """Say whether there is a list with a number."""
        return _has_element(place, self.where_number("each.element", f"{{}} = {number}"))

    def has_truth(self, place: str, truth: bool) -> str:  # noqa: FBT001 - a value of the query's
        """Say whether there is a list with this truth."""
        return _has_element(place, self.is_truth("each.element", truth))

    def has_null(self, place: str) -> str:
        """Say whether there is a list with a null."""
        return _has_element(place, self.is_null("each.element"))

    def contains_text(self, text: str, part: str) -> str:
        """Say whether a string has a substring."""
        return f"strpos({text}, {part}) > 0"

    def instant(self, text: str) -> str:
        """Give a string as milliseconds since 1970, null if it is not a date."""
        return instant(text)

    def sort_terms(self, place: str) -> tuple[str, ...]:
        """Give a value's rank, the number if it is one, and the string if it is one."""
        kind = f"CASE json_typeof({place})"
        truth = f"CASE CAST({place} AS text) WHEN 'true' THEN {TRUE} ELSE {FALSE} END"
        rank = (
            f"{kind} WHEN 'boolean' THEN {truth} WHEN 'number' THEN {NUMBER} WHEN 'string' THEN {STRING}"
            f" WHEN 'array' THEN {OTHER} WHEN 'object' THEN {OTHER} ELSE 0 END"
        )
        number = f"{kind} WHEN 'number' THEN {_number(place)} END"
        return rank, number, f"{kind} WHEN 'string' THEN {self.sorted_text(_text(place))} END"

    def sorted_text(self, text: str) -> str:
        """Give the part of a string that it is put in order by."""
        return f"substr({text}, 1, {SORTED_CHARACTERS})"

    def members(self, array: str) -> str:
        """Give the integers of a bound JSON list as rows."""
        members = f"json_array_elements_text(CAST({array} AS json)) member"
        return f"(SELECT CAST(member AS bigint) FROM {members})"  # noqa: S608 - a place, such as ?4


def _text(place: str) -> str:
    """Give a scalar as text, in the order of its bytes."""
    return f"""({place} #>> '{{}}') COLLATE "C\""""


def _number(place: str) -> str:
    """Give a number as it counts: an integer of 64 bits as it is, any other as the float next to it.

    A float's shortest text is as good as the float for comparing it with other floats, and with integers
    below 2 to the power of 53.
    """
    exact = "CAST(n.t AS numeric)"
    number = (
        f"CASE WHEN length(n.t) < 16 AND strpos(n.t, 'e') = 0 THEN {exact}"
        f" WHEN length(n.t) > {DIGITS_MAX} OR abs({exact}) >= {INFINITE_FROM} THEN {_INFINITY}"
        f" WHEN n.t !~ '[.e]' AND {exact} >= -{INTEGERS} AND {exact} < {INTEGERS} THEN {exact}"
        f" ELSE {_float('CAST(n.t AS double precision)')} END"
    )
    return f"(SELECT {number} FROM (SELECT {place} #>> '{{}}' AS t OFFSET 0) n)"  # noqa: S608 - our own text


def _float(number: str) -> str:
    return (
        f"CASE WHEN abs({number}) >= {EXACT_INTEGER} AND {number} >= -{INTEGERS} AND {number} < {INTEGERS}"
        f" THEN CAST(CAST({number} AS bigint) AS numeric) ELSE CAST(CAST({number} AS text) AS numeric) END"
    )


def _decimal(number: float) -> str:
    if isinstance(number, float) and math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if abs(number) >= EXACT_INTEGER and -INTEGERS <= number < INTEGERS:
        return str(int(number))
    return repr(number)


def _has_element(place: str, test: str) -> str:
    found = f"SELECT 1 FROM json_array_elements({place}) AS each(element) WHERE {test}"  # noqa: S608 - our own text
    return _where(place, "array", f"EXISTS ({found})")


def _where(place: str, kind: str, test: str) -> str:
    return f"CASE json_typeof({place}) WHEN '{kind}' THEN {test} ELSE FALSE END"

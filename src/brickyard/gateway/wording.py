"""What the decoder finds wrong with a request, in JSON's words and with a pointer that names the field.

msgspec speaks of Python's types (`int`, `array`) and points to the object that lacks a field. It gives its
findings as text alone, so that text is read here; what is not known here is passed on as it is.
"""

import re
from ast import literal_eval
from collections.abc import Callable
from enum import Enum
from typing import Any, Literal, get_args, get_origin

import msgspec

from brickyard.contract import Fault
from brickyard.gateway.accepted import kind_at
from brickyard.gateway.routes import shown

KINDS = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "a boolean",
    "null": "null",
    "array": "a list",
    "object": "an object",
    "bytes": "a string in base64",
    "decimal": "a decimal number",
    "uuid": "a UUID",
    "datetime": "a date-time such as 2027-01-31T12:00:00Z",
    "date": "a date such as 2027-01-31",
    "time": "a time such as 12:00:00Z",
    "duration": "a duration such as PT90S",
}
"""The decoder's names of types, and ours."""
ITEMS = {"str": "character", "array": "item", "object": "field", "bytes": "byte"}
"""What is counted of each type that has a length."""
BOUNDS = {">=": "of at least", "<=": "of at most", ">": "above", "<": "below"}
CHOICES_MAX = 20
"""Values named in one answer, at most."""
SHOWN_MAX = 100
"""Characters of a wrong value that are shown."""

_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`", re.DOTALL)
_NOT_A_CHOICE = re.compile(r"Invalid (?:enum )?value (.+)", re.DOTALL)

Match = re.Match[str]


def fault_of(error: msgspec.ValidationError, struct: type[msgspec.Struct]) -> Fault:
    """Say what is wrong with one field of a request of the type `struct`."""
    finding, _, place = str(error).rpartition(" - at `")
    finding, path = (finding, place.partition("$")[2][:-1]) if finding else (place, "")
    if missing := _MISSING.fullmatch(finding):
        return _fault(f"{path}.{missing[1]}", "this field is required")
    if unknown := _UNKNOWN.fullmatch(finding):
        return _fault(path, f"there is no field {shown(unknown[1])} in it")
    sentence = _choice(finding, struct, path) or _sentence(finding)
    return _fault(path, f"one of its names is wrong: {sentence}" if place.startswith("key`") else sentence)


def pointer_part(name: str) -> str:
    """Write a name as a part of a JSON Pointer (RFC 6901, section 3)."""
    return name[:200].replace("~", "~0").replace("/", "~1")


def _fault(path: str, sentence: str) -> Fault:
    pointer = "".join(f"/{pointer_part(step)}" for step in _steps(path))
    where = path.removeprefix(".")
    return Fault(pointer, f"{where}: {sentence}." if where else f"{sentence}.")


def _steps(path: str) -> list[str]:
    """Take a path (`.a[0].b`) apart, up to `[...]`: some value of an object, it is not said which."""
    known = path.partition("[...]")[0]
    return [name or number for name, number in _STEP.findall(known)]


def _sentence(finding: str) -> str:
    for pattern, say in _RULES:
        if match := pattern.fullmatch(finding):
            return say(match)
    return finding.rstrip(".")


def _choice(finding: str, struct: type[msgspec.Struct], path: str) -> str:
    """Say which values there are, if it is that a value is none of them; else nothing."""
    match = _NOT_A_CHOICE.fullmatch(finding)
    if match is None:
        return ""
    given = match[1] if match[1][0] not in "'\"" else _json(match[1][1:-1][:SHOWN_MAX])
    choices = _choices(kind_at(struct, _steps(path)))[:CHOICES_MAX]
    return f"expected {' or '.join(choices) or 'one of certain values'}, got {given[:SHOWN_MAX]}"


def _choices(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [_json(each) for each in get_args(kind)]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [_json(each.value) for each in kind]
    return []


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _kinds(names: str) -> str:
    """Say `int | str | null` as "an integer, a string or null"."""
    *others, last = [KINDS.get(name, name) for name in names.split(" | ")]
    return f"{', '.join(others)} or {last}" if others else last


def _type(match: Match) -> str:
    return f"expected {_kinds(match[1])}, got {_kinds(match[2])}"


def _bound(match: Match) -> str:
    return f"expected {KINDS[match[1]]} {BOUNDS[match[2]]} {match[3].removesuffix('.0')}"


def _multiple(match: Match) -> str:
    return f"expected {KINDS[match[1]]} that is a multiple of {match[2].removesuffix('.0')}"


def _length(match: Match) -> str:
    return f"expected {KINDS[match[1]]} {BOUNDS[match[2]]} {_counted(match[3], ITEMS[match[1]])}"


def _list_length(match: Match) -> str:
    bound = match[1].replace("length ", "")
    return f"expected a list of {_counted(bound, 'item')}, got {match[2]}"


def _counted(count: str, item: str) -> str:
    return f"{count} {item}" if count.rpartition(" ")[2] == "1" else f"{count} {item}s"


def _pattern(match: Match) -> str:
    pattern = literal_eval(match[1])
    return (
        "expected a string that is not blank"
        if pattern == r"\S"
        else f"expected a string that matches {pattern}"
    )


def _zone(match: Match) -> str:
    return f"expected {KINDS[match[1]]}, {'with' if match[2] == 'a' else 'without'} a time zone"


def _text(match: Match) -> str:
    return f"expected {_kinds(match[1].lower())}"


def _base64(_: Match) -> str:
    return f"expected {KINDS['bytes']}"


def _moment(_: Match) -> str:
    return f"expected {KINDS['datetime']}"


def _range(match: Match) -> str:
    return f"the {match[1].lower()} is out of range"


_RULES: tuple[tuple[re.Pattern[str], Callable[[Match], str]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"Expected `([^`]+)`, got `([^`]+)`", _type),
        (r"Expected `(int|float)` ([<>]=?) (.+)", _bound),
        (r"Expected `(int|float)` that's a multiple of (.+)", _multiple),
        (r"Expected `(str|bytes|array|object)` of length ([<>]=) (\d+)", _length),
        (r"Expected `array` of ((?:at least |at most )?length \d+(?: to \d+)?), got (\d+)", _list_length),
        (r"Expected `str` matching regex (.+)", _pattern),
        (r"Expected `(datetime|time)` with (a|no) timezone component", _zone),
        (r"Expected `([^`]+)`", _text),
        (r"Invalid RFC3339 encoded (datetime|date|time)", _text),
        (r"Invalid ISO8601 (duration)", _text),
        (r"Invalid (UUID)", _text),
        (r"Invalid (decimal) string", _text),
        (r"Invalid base64 encoded string", _base64),
        (r"Invalid epoch timestamp", _moment),
        (r"(Integer|Number|Duration|Timestamp)(?: value)?(?: is)? out of range\s*", _range),
    )
)

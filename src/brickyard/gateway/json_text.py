"""What must hold of JSON text beyond its syntax: no name twice in an object, and a bounded depth."""

import json
import re
from itertools import accumulate
from typing import Any, cast

import msgspec

from brickyard.contract import BadRequest

DEPTH_MAX = 64
"""Objects and lists inside each other, at most."""

CONTAINERS_MAX = 100_000
"""Objects and lists in one body, at most."""
EXPONENTS_MAX = 5_000
"""Numbers like 1e-300 in one body, at most: to read one exactly takes up to 30 microseconds."""
DEAR_BYTES = 16 * 1024
"""Below this size, there cannot be so many of them that it matters."""
SHORT_BYTES = 4_096
"""Up to this size a body is read once more to count its names; beyond, its text is looked through."""

CONTAINERS = frozenset((dict, list))

_decode = msgspec.json.Decoder().decode
_STRINGS = re.compile(rb'"([^"]*)"(\s*:)?')
# Possessive, and content with an end that is missing: else quotes without end take quadratic time.
_ESCAPED_STRINGS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_EXPONENTS = re.compile(rb"\d[eE][+-]?\d{2}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def check(body: bytes) -> None:
    """Refuse JSON that repeats a name within an object, or that nests too deeply.

    Cheap tests first, so that ordinary bodies cost a few counts of bytes.
    """
    containers = body.count(b"{") + body.count(b"[")
    if containers > CONTAINERS_MAX:
        raise BadRequest(f"The JSON has more than {CONTAINERS_MAX} objects and lists; send it in parts.")
    if len(body) > DEAR_BYTES and sum(1 for _ in _EXPONENTS.finditer(body)) > EXPONENTS_MAX:
        raise BadRequest(f"The JSON has more than {EXPONENTS_MAX} numbers with large exponents.")
    if containers > DEPTH_MAX and depth(body) > DEPTH_MAX:
        raise BadRequest(f"The JSON is nested more than {DEPTH_MAX} levels deep.")
    colons = body.count(b":")
    if colons > 1 and _may_repeat(body, colons):
        _refuse_repeats(body)


def depth(body: bytes) -> int:
    """Count how deeply objects and lists are nested, without building them."""
    brackets = _ESCAPED_STRINGS.sub(b"", body).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets), initial=0))


def _may_repeat(body: bytes, colons: int) -> bool:
    if b"\\" in body:  # an escape can spell a name in two ways
        return True
    if len(body) < SHORT_BYTES and _names(body) == colons:
        return False
    names = [name for name, colon in _STRINGS.findall(body) if colon]
    return len(set(names)) != len(names)


def _names(body: bytes) -> int:
    """Count the names that are left when a reader has dropped repeated ones; -1 if it cannot be read.

    Where there are as many as colons, none was dropped, and no string holds a colon.
    """
    try:
        return _count(_decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return -1


def _count(value: Any) -> int:
    if type(value) is dict:
        members = cast("dict[str, Any]", value)
        return len(members) + sum([_count(each) for each in members.values() if type(each) in CONTAINERS])
    return sum([_count(each) for each in value if type(each) in CONTAINERS])


def _refuse_repeats(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_distinct, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return  # not JSON at all: the decoder says what is wrong with it


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    names = {name for name, _ in pairs}
    if len(names) == len(pairs):
        return
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise BadRequest(
                f"The JSON has {name[:100]!r} twice in one object; which is meant cannot be told."
            )
        seen.add(name)

"""What must hold of JSON text beyond its syntax: no name twice in an object, and a bounded depth."""

import json
import re
from itertools import accumulate
from typing import Any

import msgspec

from brickyard.contract import BadRequest

DEPTH_MAX = 64
"""Objects and lists inside each other, at most."""

CONTAINERS_MAX = 100_000
"""Objects and lists in one body, at most."""
NAMES_MAX = 100_000
"""Names of fields in one body, at most."""
VALUES_MAX = 200_000
"""Values in one body, at most, as far as commas part them."""
EXPONENTS_MAX = 5_000
"""Numbers like 1e-300 in one body, at most: to read one exactly takes up to 30 microseconds."""
LONG_DIGITS = 300
LONG_NUMBERS_MAX = 1_000
"""Numbers of `LONG_DIGITS` digits in one body, at most; a longer one counts as several. To read and write
an integer takes time that grows with the square of its length."""
DEAR_BYTES = 16 * 1024
"""Below this size, there cannot be so many of anything that it matters."""

_decode, _encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
_EXPONENTS = re.compile(rb"[eE][+-]?\d{2}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def check(body: bytes) -> None:
    """Refuse JSON that repeats a name within an object, nests too deeply, or is dear to read.

    Cheap tests first, so that ordinary bodies cost a few counts of bytes. All others make a few passes
    over the text at the speed of memory, whatever it holds; none of them is in Python, byte by byte.
    """
    structure = body
    if len(body) > DEAR_BYTES:
        structure = outside_strings(body)
        _refuse_dear(structure)
    containers = structure.count(b"{") + structure.count(b"[")
    if containers > DEPTH_MAX and depth(structure) > DEPTH_MAX:
        raise BadRequest(f"The JSON is nested more than {DEPTH_MAX} levels deep.")
    if structure.count(b":") > 1 and _may_repeat(body):
        _refuse_repeats(body)


def depth(body: bytes) -> int:
    """Count how deeply objects and lists are nested, without building them."""
    brackets = outside_strings(body).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets), initial=0))


def outside_strings(body: bytes) -> bytes:
    """Leave out all strings, and with them every bracket, colon and comma that is mere text.

    What escapes stand for is of no interest once a quote that ends no string is told from one that does;
    from left to right, each pair of backslashes is one escape.
    """
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if unescaped.count(b'"') > 2 * (NAMES_MAX + VALUES_MAX):
        raise BadRequest(f"The JSON has more than {NAMES_MAX + VALUES_MAX} strings; send it in parts.")
    return b"".join(unescaped.split(b'"')[::2])


def _refuse_dear(structure: bytes) -> None:
    """Refuse what costs far more to read than its size tells, by what stands outside of strings."""
    many = ""
    if structure.count(b"{") + structure.count(b"[") > CONTAINERS_MAX:
        many = f"{CONTAINERS_MAX} objects and lists"
    elif structure.count(b":") > NAMES_MAX:
        many = f"{NAMES_MAX} names"
    elif structure.count(b",") > VALUES_MAX:
        many = f"{VALUES_MAX} values"
    elif _exponents(structure) > EXPONENTS_MAX:
        many = f"{EXPONENTS_MAX} numbers with large exponents"
    elif structure.translate(_DIGITS).count(b"0" * LONG_DIGITS) > LONG_NUMBERS_MAX:
        many = f"{LONG_NUMBERS_MAX} numbers of {LONG_DIGITS} digits"
    if many:
        raise BadRequest(f"The JSON has more than {many}; send it in parts.")


def _exponents(structure: bytes) -> int:
    if structure.count(b"e") + structure.count(b"E") <= EXPONENTS_MAX:
        return 0  # or so few that it does not matter
    return sum(1 for _ in _EXPONENTS.finditer(structure))


def _may_repeat(body: bytes) -> bool:
    """Say whether a reader drops names, and colons with them; False of what cannot be read."""
    if b"\\u003" in body:  # \u003a is a colon, though it is not seen as one
        return True
    try:
        return _encode(_decode(body)).count(b":") < body.count(b":")
    except OverflowError:  # an integer that is read and not written
        return True
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


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

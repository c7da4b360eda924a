"""Words for fields: types whose bounds and wire form are the same wherever they stand."""

import re
from typing import Annotated, Any

from msgspec import Meta

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

_DECIMAL = re.compile(r"-?[0-9]{1,19}")


class Int64(int):
    """A 64-bit integer of M3O's wire: a JSON string in replies, a string or a number in requests.

    JavaScript and Dart lose digits of a bare one; Go's client refuses it.
    """


Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""A 32-bit integer of M3O's wire: a JSON number."""

JsonObject = dict[str, Any]
"""Any JSON object, the caller's own: kept and given back as it came."""

Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""A moment as RFC 3339 text in UTC."""


def decode_word(kind: type, value: object) -> object:
    """Read a value of a type that JSON has no form of; msgspec's `dec_hook`."""
    if kind is Int64:
        return _int64(value)
    raise NotImplementedError(kind)


def encode_word(value: object) -> object:
    """Write a value of a type that JSON has no form of; msgspec's `enc_hook`."""
    if isinstance(value, Int64):
        return str(int(value))
    raise NotImplementedError(type(value))


def _int64(value: object) -> Int64:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("expected a 64-bit integer, as a number or as a string of digits")  # noqa: TRY004 - msgspec turns a ValueError into a validation error
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):  # `int` would take " 1", "1_0" and "१"
        raise ValueError("expected a 64-bit integer in decimal digits")
    number = int(value)
    if not INT64_MIN <= number <= INT64_MAX:
        raise ValueError("expected an integer of at most 64 bits")
    return Int64(number)

"""Index keys: values as bytes, whose order as bytes is the order of the values.

A key is the index's fields, one after the other. Each begins with a byte for its type; a number goes on
with its float (sign and bits turned so that they sort) and what the float lacks of the integer; a string
with its first characters in UTF-8 (whose byte order is that of the characters) and a zero byte, which no
kept string contains. No field's bytes begin another's, so fields simply follow each other, and for `desc`
every bit is turned around.
"""

import hashlib
import math
import struct
from typing import Any

import msgspec

from brickyard.contract import JsonObject
from brickyard.services.db.order import (
    FALSE,
    NULL,
    NUMBER,
    OTHER,
    STRING,
    TRUE,
    Direction,
    Order,
    SortValue,
    as_kept,
    field_value,
    sort_value,
)

TAGS = {NULL: b"\x10", FALSE: b"\x20", TRUE: b"\x21", NUMBER: b"\x30", STRING: b"\x40", OTHER: b"\x50"}
UNIQUE_KEY_MAX_BYTES = 512
HASHED = b"\xf0"

_FLOAT = struct.Struct(">d")
_BITS = struct.Struct(">Q")
_REST = struct.Struct(">H")
_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_TURNED = bytes(255 - byte for byte in range(256))


def index_key(record: JsonObject, row_id: str, fields: Order) -> bytes:
    """Give the key that a record has in an index."""
    return b"".join(
        directed(component(sort_value(field_value(record, row_id, term.path))), term.direction)
        for term in fields
    )


def unique_key(record: JsonObject, row_id: str, fields: Order) -> bytes | None:
    """Give the key that only one record may have; None if a field is missing or null: then any may.

    Unlike an index's key it tells apart strings and lists of any length.
    """
    parts: list[bytes] = []
    for term in fields:
        value = field_value(record, row_id, term.path)
        rank, content = sort_value(value)
        if rank == NULL:
            return None
        parts.append(_exactly(rank, content, value))
    key = b"".join(parts)
    return key if len(key) <= UNIQUE_KEY_MAX_BYTES else HASHED + hashlib.sha256(key).digest()


def component(value: SortValue) -> bytes:
    """Give one ascending field of a key."""
    rank, content = value
    if isinstance(content, str):
        return TAGS[STRING] + content.encode() + b"\0"
    if content is not None:
        return TAGS[NUMBER] + number_bytes(content)
    return TAGS[rank]


def number_bytes(number: float) -> bytes:
    """Give a 64-bit integer or a float as ten bytes that sort by its exact value."""
    floor = float(number)
    if isinstance(number, int) and floor > number:
        floor = math.nextafter(floor, -math.inf)
    rest = number - int(floor) if isinstance(number, int) else 0
    (bits,) = _BITS.unpack(_FLOAT.pack(floor + 0.0))  # adding 0.0 makes of -0.0 the one zero there is
    return _BITS.pack(bits ^ (_ALL if bits & _SIGN else _SIGN)) + _REST.pack(rest)


def directed(ascending: bytes, direction: Direction) -> bytes:
    """Turn the bits around for `desc`."""
    return ascending.translate(_TURNED) if direction == "desc" else ascending


def after(prefix: bytes) -> bytes:
    """Give the first bytes after all that begin with `prefix`, which begins with a type's byte."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,))


def _exactly(rank: int, content: str | float | None, value: Any) -> bytes:
    if rank == STRING:
        return component((STRING, value))
    if rank == OTHER:
        text = msgspec.json.encode(value, order="deterministic")
        return TAGS[OTHER] + hashlib.sha256(text).digest()
    return component((rank, as_kept(content) if isinstance(content, int | float) else None))

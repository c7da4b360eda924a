"""Cursors: where a page ended, as opaque text that the next call brings back.

A cursor holds what the last record was put in order by, and its place in the order of insertion. So it
stays good when records come and go, that one included, and when indexes are made or dropped. It gives no
access to anything, and is therefore checked rather than signed.
"""

import base64
import binascii
import hashlib

import msgspec

from brickyard.contract import BadRequest
from brickyard.services.db.order import NUMBER, OTHER, STRING, Direction, Order, SortValue

SEQ_MAX = 2**63 - 1
DIGEST_BYTES = 8


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place between two records of one query's result."""

    digest: bytes
    """Which query's: see `digest`."""
    values: tuple[tuple[int, str | int | float | None], ...]
    """What the record before it was put in order by."""
    seq: int
    """That record's place in the order of insertion."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Position)


def digest(table: str, query: str, order: Order, direction: Direction) -> bytes:
    """Tell queries apart: a cursor is good for the one that it came from."""
    text = "\0".join((table, query, direction, *(f"{term.path} {term.direction}" for term in order)))
    return hashlib.sha256(text.encode()).digest()[:DIGEST_BYTES]


def encode_cursor(position: Position) -> str:
    """Write a position as a cursor."""
    return base64.urlsafe_b64encode(_encoder.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str, expected: bytes, order: Order) -> Position:
    """Read a cursor; `BadRequest` if it is not one, or not one of this query."""
    position = _decoded(cursor)
    if position is None:
        raise BadRequest.at("/cursor", "This is no cursor: send the `next_cursor` of a reply, unchanged.")
    if position.digest != expected:
        raise BadRequest.at(
            "/cursor", "The cursor belongs to another table, query or order: send these unchanged too."
        )
    if len(position.values) != len(order) or not all(_sound(value) for value in position.values):
        raise BadRequest.at("/cursor", "This is no cursor: send the `next_cursor` of a reply, unchanged.")
    return position


def _decoded(cursor: str) -> Position | None:
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = _decoder.decode(packed)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    return position if 0 <= position.seq <= SEQ_MAX else None


def _sound(value: SortValue) -> bool:
    rank, content = value
    if rank == NUMBER:
        return isinstance(content, float) or (isinstance(content, int) and -(2**63) <= content < 2**63)
    if rank == STRING:
        return isinstance(content, str)
    return 0 <= rank <= OTHER and content is None

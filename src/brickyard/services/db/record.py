"""A record as it is kept: JSON text that already bears its id, so that a read hands it on untouched."""

import re
from collections.abc import Set as AbstractSet
from typing import cast

import msgspec

from brickyard.contract import BadRequest, JsonObject
from brickyard.services.db.names import record_id
from brickyard.services.db.new_id import new_id

SIZE_MAX_BYTES = 1024 * 1024
DEPTH_MAX = 64
"""Objects and lists inside each other, the record itself included."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_OUTSIDE_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')

_encoder = msgspec.json.Encoder()
# Both read numbers exactly; of those near the ends of the range msgspec reads one while `float` reads
# twenty, and records by the hundred are read to be put into an index, or taken out of it.
_decoder = msgspec.json.Decoder(dict, float_hook=float)
_value_decoder = msgspec.json.Decoder(float_hook=float)
_shell_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


def id_of(record: JsonObject, requested: str) -> str:
    """Give a new record's id: the one requested, else the string `id` in it, else a new UUID."""
    if requested:
        return record_id(requested)
    own = record.get("id")
    if isinstance(own, str) and own:
        return record_id(own, "/record/id")
    return new_id()


def with_id(record: JsonObject, row_id: str) -> JsonObject:
    """Give the record bearing its id: as `id`, or as `_id` if it has another `id` of its own."""
    own = record.get("id")
    if own == row_id:
        return record
    if own is None:
        return {**record, "id": row_id} if "id" in record else {"id": row_id, **record}
    if record.get("_id", row_id) != row_id:
        raise BadRequest.at(
            "/record/_id",
            f"The record has an `id` and an `_id` of its own; `_id` is where its id {row_id!r} has to go.",
        )
    return {**record, "_id": row_id}


def without_id(record: JsonObject, row_id: str) -> JsonObject:
    """Undo the `_id` that `with_id` put in; an `id` may stay."""
    if record.get("id") != row_id and record.get("_id") == row_id:
        return {name: value for name, value in record.items() if name != "_id"}
    return record


def encode(record: JsonObject, pointer: str = "/record") -> str:
    """Write a record as the text that is kept; `BadRequest` if it is too large, too deep or has a NUL."""
    text = _encoder.encode(record)
    if len(text) > SIZE_MAX_BYTES:
        raise BadRequest.at(
            pointer, f"The record is {len(text)} bytes of JSON; at most {SIZE_MAX_BYTES} are kept."
        )
    if text.count(b"{") + text.count(b"[") > DEPTH_MAX and depth(text) > DEPTH_MAX:
        raise BadRequest.at(pointer, f"The record is nested more than {DEPTH_MAX} levels deep.")
    if b"\\u0000" in text and _NUL.search(text):
        raise BadRequest.at(
            pointer, "The record contains the character U+0000, which is not kept: leave it out."
        )
    return text.decode()


def decode(text: str) -> JsonObject:
    """Read a kept record."""
    return cast("JsonObject", _decoder.decode(text))


def decode_fields(text: str, names: AbstractSet[str]) -> JsonObject:
    """Read no more of a kept record than these fields: the others, however large, are passed over."""
    shell = _shell_decoder.decode(text)
    return {name: _value_decoder.decode(shell[name]) for name in names & shell.keys()}


def depth(text: bytes) -> int:
    """Count how deeply the objects and lists of JSON text are nested."""
    level = deepest = 0
    for match in _OUTSIDE_STRINGS.finditer(text):
        if match[1]:
            level += 1
            deepest = max(deepest, level)
        elif match[2]:
            level -= 1
    return deepest

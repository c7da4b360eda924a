"""A call's body as it is sent: JSON, or an error that names what JSON has no form for.

The encoder writes NaN and the infinities as null, and of anything else that it cannot write it does not say
where it is. Both are looked for here, and only when there is reason to: ordinary bodies are not walked.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, cast

import msgspec

from brickyard.contract import Fault, JsonObject
from brickyard.contract.words import encode_word
from brickyard.sdk.errors import NotJsonError

UNWRITABLE = (TypeError, ValueError, NotImplementedError, OverflowError, RecursionError)
"""What the encoder raises of values that it cannot write."""

_encode = msgspec.json.Encoder(enc_hook=encode_word).encode


def content_of(body: JsonObject) -> bytes:
    """Write a call's body; `NotJsonError` names every value in it that JSON has no form for."""
    try:
        content = _encode(body)
    except UNWRITABLE as error:
        raise not_json(body, error) from None
    if b"null" in content and (found := tuple(_faults(body, ""))):
        raise NotJsonError(found)
    return content


def not_json(body: Mapping[str, Any], error: Exception) -> NotJsonError:
    """Say of a body that could not be written where that is, by looking at every value in it."""
    try:
        found = tuple(_faults(body, ""))
    except RecursionError:
        found = (Fault("", "It is nested too deeply, or in itself."),)
    return NotJsonError(found or (Fault("", str(error)),))


def _faults(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, Mapping):
        for name, each in cast("Mapping[Any, Any]", value).items():
            at = f"{pointer}/{_part(name)}"
            yield from _faults_of_one(name, at)
            yield from _faults(each, at)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, each in enumerate(cast("list[Any]", value)):
            yield from _faults(each, f"{pointer}/{number}")
    else:
        yield from _faults_of_one(value, pointer)


def _faults_of_one(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, float) and not isfinite(value):
        yield Fault(pointer, f"{value} is no number that JSON has.")
        return
    try:
        _encode(value)
        plain = msgspec.to_builtins(value, enc_hook=encode_word)
    except UnicodeEncodeError:
        yield Fault(pointer, "The text has half of a surrogate pair, which is no character.")
    except UNWRITABLE:
        yield Fault(pointer, f"A value of the type {type(value).__name__} is nothing that JSON has.")
    else:
        if isinstance(plain, dict | list):  # a struct or a dataclass, which may hold anything
            yield from _faults(plain, pointer)


def _part(name: object) -> str:
    """Write a name as a part of a JSON Pointer (RFC 6901, section 3), fit to be printed."""
    text = str(name).encode(errors="backslashreplace").decode()
    return text[:200].replace("~", "~0").replace("/", "~1")

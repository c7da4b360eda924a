"""From what was sent to the typed request: strictly first, and only then by the wire's looser rules.

The looser rules are M3O's: `null` means the field's default, `userId` is `user_id`, and what comes as
text (a query string, a form) is read as the type that the field has.
"""

import re
from math import isfinite
from typing import Any, cast

import msgspec

from brickyard.contract import BadRequest, Fault, JsonObject, Request
from brickyard.contract.words import decode_word, encode_word
from brickyard.gateway import json_text
from brickyard.gateway.accepted import Accepted, accepted
from brickyard.gateway.operation import Operation
from brickyard.gateway.routes import nearest, shown
from brickyard.gateway.wording import fault_of, pointer_part

SHORT_BYTES = 2 * json_text.DEPTH_MAX
"""A body as short as this cannot be nested too deeply; with one colon it cannot repeat a name."""

_ENDS_IN_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}[^\\]{1,5}$", re.DOTALL)
"""Half a pair so near the end that the decoder takes it for the end of what came."""

FAULTS_MAX = 20
"""Unknown fields named in one answer, at most: to look for what is near each takes a while."""


def read(operation: Operation, body: bytes) -> Request:
    """Read a JSON body; `BadRequest` with a pointer to each fault."""
    if len(body) > SHORT_BYTES or body.count(b":") > 1:
        json_text.check(body)
    try:
        return operation.decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return convert(operation, _parsed(body))


def parse(body: bytes) -> JsonObject:
    """Read a body as a JSON object of any content; nothing at all is the empty object."""
    json_text.check(body)
    return _parsed(body)


def convert(operation: Operation, value: JsonObject) -> Request:
    """Make the request of parsed JSON."""
    return _checked(operation, _tidied(value, operation.endpoint.request, ""), strict=True)


def convert_text(operation: Operation, *texts: JsonObject, body: JsonObject | None = None) -> Request:
    """Make the request of values that came as text, where `"5"` is 5 if a number is asked for.

    What comes later wins, and a JSON `body` over all: its own texts stay texts.
    """
    struct = operation.endpoint.request
    names = accepted(struct)
    typed: JsonObject = {}
    for text in texts:
        typed |= {name: names[name].from_text(each) for name, each in _tidied(text, struct, "").items()}
    request = _checked(operation, typed | _tidied(body or {}, struct, ""), strict=False)
    _refuse_boundless(msgspec.to_builtins(request, enc_hook=encode_word), "")
    return request


def _parsed(body: bytes) -> JsonObject:
    if not body.strip():
        return {}
    try:
        value = msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        raise BadRequest("The body is not UTF-8 text.") from error
    except RecursionError as error:
        raise BadRequest(f"The JSON is nested more than {json_text.DEPTH_MAX} levels deep.") from error
    except msgspec.DecodeError as error:
        half = "surrogate" in str(error) or _ENDS_IN_HALF.search(body)
        reason = "a string has half of a surrogate pair, which is no character" if half else error
        raise BadRequest(f"The body is not valid JSON: {reason}.") from error
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object, such as {}.")
    return cast("JsonObject", value)


def _checked(operation: Operation, value: JsonObject, *, strict: bool) -> Request:
    try:
        return msgspec.convert(value, operation.endpoint.request, strict=strict, dec_hook=decode_word)
    except msgspec.ValidationError as error:
        fault = fault_of(error, operation.endpoint.request)
        raise BadRequest(fault.detail, faults=(fault,)) from error


def _tidied(value: JsonObject, struct: type[msgspec.Struct], pointer: str) -> JsonObject:
    """Leave out nulls and give every field its declared name; refuse those that are not declared."""
    names = accepted(struct)
    unknown = [name for name in value if name not in names]
    if unknown and struct.__struct_config__.forbid_unknown_fields:
        declared = {field.name.lower(): field.name for field in names.values()}
        faults = tuple(
            Fault(
                f"{pointer}/{pointer_part(name)}",
                f"Unknown field {shown(name)}.{nearest(name.lower(), declared)}",
            )
            for name in unknown[:FAULTS_MAX]
        )
        raise BadRequest(faults[0].detail, faults=faults)
    tidy: JsonObject = {}
    for name, each in value.items():
        if each is not None and name in names:
            declared_name = names[name].name
            if declared_name in tidy:
                raise BadRequest.at(
                    f"{pointer}/{name}", f"{name} and {declared_name} are one field; give one."
                )
            tidy[declared_name] = _tidied_field(each, names[name], f"{pointer}/{declared_name}")
    return tidy


def _refuse_boundless(value: Any, pointer: str) -> None:
    """Refuse what text can say and JSON cannot: `NaN` and `inf` where a number is asked for."""
    if isinstance(value, float) and not isfinite(value):
        raise BadRequest.at(pointer, f"{pointer[1:]}: {value} is no number that JSON has.")
    if isinstance(value, dict):
        for name, each in cast("JsonObject", value).items():
            _refuse_boundless(each, f"{pointer}/{pointer_part(name)}")
    elif isinstance(value, list):
        for number, each in enumerate(cast("list[Any]", value)):
            _refuse_boundless(each, f"{pointer}/{number}")


def _tidied_field(value: Any, field: Accepted, pointer: str) -> Any:
    if field.struct is None:
        return value
    if isinstance(value, dict):
        return _tidied(cast("JsonObject", value), field.struct, pointer)
    if isinstance(value, list):
        return [
            _tidied_field(each, field, f"{pointer}/{number}")
            for number, each in enumerate(cast("list[Any]", value))
        ]
    return value

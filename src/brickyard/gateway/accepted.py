"""The names and types under which a request's fields are accepted."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin

import msgspec
from msgspec.structs import fields

from brickyard.contract.service import lower_camel
from brickyard.gateway import json_text


class Accepted(msgspec.Struct, frozen=True):
    """One field of a request."""

    name: str
    """As declared, which is as it is written on the wire."""
    kind: Any
    """Its type, bare: without annotations and without null."""
    struct: type[msgspec.Struct] | None
    """The struct inside, if it is one or a list of them."""

    def from_text(self, value: Any) -> Any:
        """Read a value that came as text, as far as the field's type does not do so itself."""
        container = get_origin(self.kind) or self.kind
        if container is dict or self.struct is not None:
            return _recognised(value)
        if container is list and isinstance(value, str):
            return _recognised(value) if str(value).startswith("[") else [value]
        return value


@cache
def accepted(struct: type[msgspec.Struct]) -> dict[str, Accepted]:
    """Give the fields of a struct by every name they may be sent under."""
    names: dict[str, Accepted] = {}
    for field in fields(struct):
        kind = _bare(field.type)
        inside: Any = _bare(get_args(kind)[0]) if get_origin(kind) is list else kind
        entry = Accepted(field.encode_name, kind, _struct(inside))
        names.setdefault(lower_camel(entry.name), entry)
        names[entry.name] = entry
    return names


def kind_at(struct: type[msgspec.Struct], steps: list[str]) -> Any:
    """Give the bare type of what is so many names and numbers inside a struct; None if that is not known."""
    kind: Any = struct
    for step in steps:
        if get_origin(kind) is list and step.isdigit():
            kind = _bare(get_args(kind)[0])
        elif (inside := _struct(kind)) is not None and step in accepted(inside):
            kind = accepted(inside)[step].kind
        else:
            return None
    return kind


def _struct(kind: Any) -> type[msgspec.Struct] | None:
    return kind if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else None


def _bare(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        members = [each for each in get_args(kind) if each not in (type(None), msgspec.UnsetType)]
        return _bare(members[0]) if len(members) == 1 else kind
    return kind


def _recognised(value: Any) -> Any:
    """Read numbers, booleans, null, objects and lists out of text; other text stays what it is."""
    if isinstance(value, dict):
        return {name: _recognised(each) for name, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_recognised(each) for each in cast("list[Any]", value)]
    text = value.encode()
    json_text.check(text)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return value

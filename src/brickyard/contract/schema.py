"""JSON Schemas (2020-12) of requests and replies, with the fields' prose as their descriptions.

msgspec writes such schemas too, but not the defaults of types of our own (`Int64`), nor the prose.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from msgspec import inspect as read

from brickyard.contract.prose import field_prose
from brickyard.contract.wire_form import wire_form
from brickyard.contract.words import INT64_MAX, INT64_MIN, Int64

Schema = dict[str, Any]
Refer = Callable[[type[msgspec.Struct]], Schema]
"""How a struct inside another is written: in place, or as a reference."""

INT64_TAKEN: Schema = {
    "type": ["string", "integer"],
    "format": "int64",
    "pattern": r"^-?([0-9]{1,18}|[1-8][0-9]{18})$",
    "minimum": INT64_MIN,
    "maximum": INT64_MAX,
}
"""A 64-bit integer in a request. The pattern leaves out the last few that a string could hold, so that
whatever matches it is taken."""
INT64_GIVEN: Schema = {"type": "string", "format": "int64", "pattern": r"^-?[0-9]{1,19}$"}
"""A 64-bit integer in a reply: always text, or JavaScript would round it."""

_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_TEXT = {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"}
_ITEMS = {"min_length": "minItems", "max_length": "maxItems"}
_MEMBERS = {"min_length": "minProperties", "max_length": "maxProperties"}
_SIMPLE: Mapping[type[read.Type], tuple[str, Mapping[str, str]]] = {
    read.NoneType: ("null", {}),
    read.BoolType: ("boolean", {}),
    read.IntType: ("integer", _BOUNDS),
    read.FloatType: ("number", _BOUNDS),
    read.StrType: ("string", _TEXT),
}


def inlined_schema(struct: type[msgspec.Struct], int64: Schema) -> Schema:
    """Give one struct's schema with nothing to look up elsewhere."""
    return struct_schema(struct, lambda inner: inlined_schema(inner, int64), int64)


def struct_schema(struct: type[msgspec.Struct], refer: Refer, int64: Schema) -> Schema:
    """Give one struct's schema; a TypeError if a field has a type that no wire form is known of."""
    kind = read.type_info(struct)
    assert isinstance(kind, read.StructType), "a struct reads as one"
    prose = field_prose(struct)
    schema: Schema = {
        "title": struct.__name__,
        "type": "object",
        "properties": {
            field.encode_name: _field(field, _Writer(refer, int64), prose.get(field.name))
            for field in kind.fields
        },
    }
    if struct.__doc__:
        schema["description"] = inspect.cleandoc(struct.__doc__)
    if required := [field.encode_name for field in kind.fields if field.required]:
        schema["required"] = required
    if kind.forbid_unknown_fields:
        schema["additionalProperties"] = False
    return schema


def _field(field: read.Field, writer: "_Writer", prose: str | None) -> Schema:
    schema = dict(writer.write(field.type))
    if prose:
        schema["description"] = prose
    default = _default(field)
    if default is not msgspec.UNSET:
        schema["default"] = default
    return schema


def _default(field: read.Field) -> Any:
    if field.default is not msgspec.NODEFAULT:
        return field.default if field.default is msgspec.UNSET else wire_form(field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return wire_form(field.default_factory())
    return msgspec.UNSET


class _Writer:
    """Writes the schema of a type, whatever it is made of."""

    def __init__(self, refer: Refer, int64: Schema) -> None:
        self._refer, self._int64 = refer, int64

    def write(self, kind: read.Type) -> Schema:
        if type(kind) in _SIMPLE:
            name, limits = _SIMPLE[type(kind)]
            return {"type": name, **_limits(kind, limits)}
        match kind:
            case read.Metadata():
                return {**self.write(kind.type), **cast("Schema", kind.extra_json_schema)}  # type: ignore[reportUnknownMemberType]  # msgspec leaves the dict open
            case read.AnyType():
                return {}
            case read.CustomType() if kind.cls is Int64:
                return self._int64
            case read.LiteralType():
                return {"type": "string", "enum": list(kind.values)}
            case _:
                return self._composed(kind)

    def _composed(self, kind: read.Type) -> Schema:
        match kind:
            case read.StructType():
                return self._refer(kind.cls)
            case read.CollectionType():
                return {"type": "array", "items": self.write(kind.item_type), **_limits(kind, _ITEMS)}
            case read.DictType():
                return {"type": "object", **self._values(kind.value_type), **_limits(kind, _MEMBERS)}
            case read.UnionType():
                return self._union([self.write(each) for each in kind.types])
            case _:
                raise TypeError(f"{kind} has no wire form that is known of. Use one of contract/words.py.")

    def _values(self, kind: read.Type) -> Schema:
        return {} if isinstance(kind, read.AnyType) else {"additionalProperties": self.write(kind)}

    def _union(self, members: list[Schema]) -> Schema:
        """Write `T | None` as one schema of two types, where T is simple; else `anyOf`."""
        null: Schema = {"type": "null"}
        others = [each for each in members if each != null]
        if len(others) == len(members):
            return others[0] if len(others) == 1 else {"anyOf": members}
        first = others[0]
        if len(others) == 1 and isinstance(first.get("type"), str) and "enum" not in first:
            return {**first, "type": [first["type"], "null"]}
        return {"anyOf": [*others, null]}


def _limits(kind: read.Type, names: Mapping[str, str]) -> Schema:
    found: Schema = {written: getattr(kind, name) for name, written in names.items()}
    return {written: limit for written, limit in found.items() if limit is not None}

"""JSON Schemas (2020-12) of requests and replies, with the fields' prose as their descriptions."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from brickyard.contract.words import Int64
from brickyard.faces.prose import field_prose

Schema = dict[str, Any]

INT64: Schema = {
    "type": ["string", "integer"],
    "format": "int64",
    "pattern": r"^-?[0-9]{1,19}$",
    "minimum": -(2**63),
    "maximum": 2**63 - 1,
    "description": "A 64-bit integer: always a string in replies; a string or a number in requests.",
}


def components(structs: Iterable[type[msgspec.Struct]], template: str) -> tuple[list[Schema], dict[str, Schema]]:
    """Give each struct's schema, and the schemas they refer to as `template` names them, by name."""
    kinds = list(structs)
    schemas, shared = msgspec.json.schema_components(kinds, schema_hook=_hook, ref_template=template)
    described = {kind.__name__: kind for kind in _with_inner(kinds)}
    for name, schema in shared.items():
        _describe(schema, described.get(name))
    return list(schemas), shared


def inlined_schema(struct: type[msgspec.Struct]) -> Schema:
    """Give one struct's schema with nothing to look up elsewhere."""
    (schema,), shared = components([struct], "{name}")
    return cast("Schema", _inlined(schema, shared))


def _hook(kind: type) -> Schema:
    if kind is Int64:
        return dict(INT64)
    raise NotImplementedError(kind)


def _with_inner(structs: Iterable[type[msgspec.Struct]]) -> Iterable[type[msgspec.Struct]]:
    pending, seen = list(structs), set[type]()
    while pending:
        kind = pending.pop()
        if kind in seen:
            continue
        seen.add(kind)
        yield kind
        pending += [each for field in msgspec.structs.fields(kind) for each in _structs_in(field.type)]


def _structs_in(kind: Any) -> list[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [each for argument in getattr(kind, "__args__", ()) for each in _structs_in(argument)]


def _describe(schema: Schema, struct: type[msgspec.Struct] | None) -> None:
    if struct is None:
        return
    for name, text in field_prose(struct).items():
        properties = schema.get("properties", {})
        if name in properties:
            properties[name] = {**properties[name], "description": text}


def _inlined(value: Any, shared: dict[str, Schema]) -> Any:
    if isinstance(value, list):
        return [_inlined(each, shared) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    schema = cast("Schema", value)
    if "$ref" in schema:
        rest = {key: each for key, each in schema.items() if key != "$ref"}
        return _inlined({**shared[schema["$ref"]], **rest}, shared)
    return {key: _inlined(each, shared) for key, each in schema.items()}

"""A schema in a few words, for people."""

from typing import Any, cast

from brickyard.contract.schema import Schema

_BOUNDS = {
    "minimum": "from {}",
    "maximum": "to {}",
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


def type_text(schema: Schema) -> str:
    """Say what a schema takes: `integer, from 0, to 100`; `list of KeyInfo`."""
    if schema.get("format") == "int64":
        return "64-bit integer"
    if "anyOf" in schema:
        return " or ".join(type_text(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"“{each}”" if each else "empty" for each in schema["enum"])
    bounds = [
        text.format(f"{schema[name]:,}".replace(",", " ")) for name, text in _BOUNDS.items() if name in schema
    ]
    return ", ".join([_name(schema), *bounds])


def _name(schema: Schema) -> str:
    kind: Any = schema.get("type", "any JSON")
    if isinstance(kind, list):
        return " or ".join(_name({**schema, "type": each}) for each in cast("list[str]", kind))
    if kind == "array":
        return f"list of {type_text(schema['items'])}"
    if kind == "object":
        return _object(schema)
    return str(schema.get("format", kind)) if kind == "string" else str(kind)


def _object(schema: Schema) -> str:
    values: Any = schema.get("additionalProperties")
    if isinstance(values, dict):
        return f"object of {type_text(cast('Schema', values))}"
    if "properties" in schema:
        return f"{schema['title']} ({', '.join(schema['properties'])})"
    return "object"

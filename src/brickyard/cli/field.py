"""A field of a request as an option of a command, made from the field's JSON Schema."""

from typing import Any, Literal, cast

import click
import msgspec

from brickyard.cli.argument import BASE64, JSON, JSON_OR_TEXT, TEXT
from brickyard.cli.catalog import dashed

Schema = dict[str, Any]
Kind = Literal["text", "base64", "integer", "number", "flag", "choice", "json", "any"]

INT32_MAX, INT64_MAX = 2**31 - 1, 2**63 - 1

_KINDS: dict[str, Kind] = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "flag",
    "object": "json",
    "array": "json",
}
_TYPES: dict[Kind, click.ParamType[Any]] = {
    "text": TEXT,
    "base64": BASE64,
    "integer": click.INT,
    "number": click.FLOAT,
    "json": JSON,
    "any": JSON_OR_TEXT,
}


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a request or reply."""

    name: str
    """As on the wire."""
    kind: Kind
    many: bool
    """Whether it is a list of such values."""
    required: bool
    schema: Schema

    @property
    def option(self) -> str:
        """Its name as an option."""
        return f"--{dashed(self.name)}"

    @property
    def description(self) -> str:
        """Its prose."""
        return " ".join(str(self.schema.get("description", "")).split())

    @property
    def choices(self) -> list[str]:
        """The words it can be; empty if it can be others too."""
        inner = _inner(self.schema)
        each_one = _inner(inner.get("items", {})) if self.many else inner
        return [str(each) for each in each_one.get("enum", ()) if each]

    @property
    def kind_text(self) -> str:
        """Its type, for people."""
        word = "|".join(self.choices) if self.kind == "choice" else _WORDS[self.kind]
        return f"list of {word}" if self.many else word

    @property
    def default(self) -> Any:
        """What it is if it is not sent; None if nothing, or empty."""
        return self.schema.get("default") or None

    def is_default(self, value: Any) -> bool:
        """Whether to send `value` is to send nothing."""
        return "default" in self.schema and self.schema["default"] == value

    @property
    def bounds(self) -> str:
        """The least and the most it can be; empty if any number of its size will do."""
        schema = _inner(self.schema)
        least, most = schema.get("minimum"), schema.get("maximum")
        least = None if least in {-INT32_MAX - 1, -INT64_MAX - 1} else least
        most = None if most in {INT32_MAX, INT64_MAX} else most
        if least is not None and most is not None:
            return f"{least} to {most}"
        if most is not None:
            return f"at most {most}"
        return "" if least is None else f"at least {least}"

    @property
    def type(self) -> click.ParamType[Any]:
        """What reads its value from the command line."""
        return click.Choice(self.choices) if self.kind == "choice" else _TYPES[self.kind]


_WORDS: dict[Kind, str] = {
    "text": "text",
    "base64": "base64",
    "integer": "integer",
    "number": "number",
    "flag": "true or false",
    "json": "JSON",
    "any": "any JSON",
}


def fields_of(schema: Schema) -> list[Field]:
    """Read the fields of a request's or reply's schema."""
    properties = cast("dict[str, Schema]", schema.get("properties", {}))
    required = set(schema.get("required", ()))
    return [_field(name, each, required=name in required) for name, each in properties.items()]


def _field(name: str, schema: Schema, *, required: bool) -> Field:
    inner = _inner(schema)
    if _type_of(inner) == "array":
        kind = _kind(_inner(inner.get("items", {})))
        if kind in {"text", "integer", "number", "choice", "base64"}:
            return Field(name=name, kind=kind, many=True, required=required, schema=schema)
    return Field(name=name, kind=_kind(inner), many=False, required=required, schema=schema)


def _kind(schema: Schema) -> Kind:
    if schema.get("format") == "int64":
        return "integer"
    if all(isinstance(each, str) for each in schema.get("enum", (None,))):
        return "choice"
    kind = _KINDS.get(_type_of(schema), "any")
    return "base64" if kind == "text" and schema.get("contentEncoding") == "base64" else kind


def _inner(schema: Schema) -> Schema:
    """Give what a value is when it is not null; of a list of words, what a word is."""
    options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def _type_of(schema: Schema) -> str:
    """Give the one type that values other than null have; empty if there are several, or none is said."""
    types = schema.get("type", "")
    names = [types] if isinstance(types, str) else [each for each in types if each != "null"]
    return names[0] if len(names) == 1 else ""

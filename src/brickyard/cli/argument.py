"""Values on the command line: JSON as it is, from standard input (`-`) or from a file (`@notes.json`)."""

import base64
import binascii
import json
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

SHOWN_MAX = 60
"""Characters of a wrong value that its error shows."""


class Json(click.ParamType[Any]):
    """Any JSON value."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the JSON; fails with the place where it is wrong."""
        try:
            return _decoded(_content(value))
        except (OSError, ValueError) as error:
            raise click.BadParameter(_complaint(value, error), ctx, param) from error


class JsonObject(Json):
    """A JSON object: the request of a call."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the object; nothing at all is the empty one."""
        if isinstance(value, dict):
            return value  # type: ignore[return-value]  # the default, read already
        found = super().convert(value, param, ctx)
        if not isinstance(found, dict):
            self.fail(f"A request is a JSON object such as {{}}, not {_shown(value)}.", param, ctx)
        return found  # type: ignore[return-value]  # any object will do


class Text(click.ParamType[str]):
    """Text, as it is."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the text; fails if what was typed is no UTF-8."""
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise click.BadParameter(f"{_shown(value)} is no UTF-8 text.", ctx, param) from error
        return value


class JsonOrText(click.ParamType[Any]):
    """JSON, or text where it is none."""

    name = "json or text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it as JSON if it is."""
        text = TEXT.convert(value, param, ctx)
        try:
            return _decoded(text.encode())
        except msgspec.DecodeError:
            return text
        except ValueError as error:
            raise click.BadParameter(_complaint(value, error), ctx, param) from error


class Base64(click.ParamType[str]):
    """Bytes: as base64, or the content of a file (`@photo.png`, `-`)."""

    name = "base64 or @file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the base64 of the bytes."""
        try:
            if value == "-" or value.startswith("@"):
                return base64.b64encode(_content(value)).decode()
            base64.b64decode(value, validate=True)
        except (OSError, binascii.Error) as error:
            raise click.BadParameter(_complaint(value, error), ctx, param) from error
        return value


TEXT, BASE64 = Text(), Base64()
JSON, JSON_OBJECT, JSON_OR_TEXT = Json(), JsonObject(), JsonOrText()


def _content(value: str) -> bytes:
    if value == "-":
        return sys.stdin.buffer.read()
    if value.startswith("@"):
        return Path(value[1:]).expanduser().read_bytes()
    return value.encode()


def _decoded(text: bytes) -> Any:
    """Read JSON; a ValueError if an object has a name twice, of which a reader would drop one unsaid."""
    value = msgspec.json.decode(text)
    json.loads(text, object_pairs_hook=_distinct, parse_int=str, parse_float=str)
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise ValueError(f"{_shown(name)} stands twice in one object; which is meant cannot be told")
        seen.add(name)


def _complaint(value: str, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{_shown(value)} cannot be read: {error.strerror}."
    return f"{_shown(value)} cannot be read: {error}."


def _shown(value: str) -> str:
    return repr(value if len(value) <= SHOWN_MAX else f"{value[:SHOWN_MAX]}…")

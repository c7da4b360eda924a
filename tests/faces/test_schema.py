from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta

from brickyard.contract import Int64, JsonObject, Request, Struct, Timestamp
from brickyard.contract.schema import INT64_TAKEN, inlined_schema
from brickyard.faces.schema_text import type_text


class Inner(Struct):
    """Something inside."""

    size: int = 3
    """How large."""


class Everything(Request):
    """Every kind of field."""

    name: Annotated[str, Meta(min_length=1, max_length=1_000, pattern="^a")]
    """A text."""
    number: Annotated[int, Meta(ge=0, le=10)] = 2
    """A number."""
    big: Int64 = Int64(7)
    """A big number."""
    share: float = 0.5
    """A share."""
    kind: Literal["", "a", "b"] = ""
    """A choice."""
    inner: Inner | None = None
    """A struct, or nothing."""
    many: list[Inner] = msgspec.field(default_factory=list)
    """Structs."""
    pair: tuple[str, ...] = ("x",)
    """Texts."""
    own: JsonObject = msgspec.field(default_factory=dict)
    """An object."""
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    """Numbers by name."""
    when: Timestamp | None = None
    """A time, or nothing."""
    from_: str | msgspec.UnsetType = msgspec.field(name="from", default=msgspec.UNSET)
    """A field whose name Python does not allow."""


class Impossible(Request):
    """A field that no wire form is known of."""

    wrong: complex = 0j
    """Not JSON."""


SCHEMA = inlined_schema(Everything, INT64_TAKEN)
FIELDS = SCHEMA["properties"]


def test_constraints_and_descriptions_are_kept():
    assert FIELDS["name"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 1000,
        "pattern": "^a",
        "description": "A text.",
    }
    assert (FIELDS["number"]["minimum"], FIELDS["number"]["maximum"]) == (0, 10)
    assert FIELDS["from"]["description"] == "A field whose name Python does not allow."


def test_defaults_are_as_on_the_wire():
    defaults = {name: schema["default"] for name, schema in FIELDS.items() if "default" in schema}
    assert defaults == {
        "number": 2,
        "big": "7",
        "share": 0.5,
        "kind": "",
        "inner": None,
        "many": [],
        "pair": ["x"],
        "own": {},
        "counts": {},
        "when": None,
    }
    assert SCHEMA["required"] == ["name"]


def test_a_struct_inside_is_written_in_its_place():
    assert FIELDS["many"]["items"]["properties"]["size"]["default"] == 3
    assert FIELDS["inner"]["type"] == ["object", "null"]
    assert list(FIELDS["inner"]["properties"]) == ["size"]


def test_a_simple_type_or_null_is_one_schema():
    assert FIELDS["when"]["type"] == ["string", "null"]
    assert FIELDS["when"]["format"] == "date-time"


def test_a_type_that_has_no_wire_form_is_refused():
    with pytest.raises(TypeError, match="no wire form"):
        inlined_schema(Impossible, INT64_TAKEN)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("name", "string, at least 1 characters, at most 1 000 characters"),
        ("number", "integer, from 0, to 10"),
        ("big", "64-bit integer"),
        ("kind", "empty or “a” or “b”"),
        ("inner", "Inner (size) or null"),
        ("many", "list of Inner (size)"),
        ("own", "object"),
        ("counts", "object of integer"),
        ("when", "date-time or null"),
    ],
)
def test_a_schema_can_be_said_in_words(field: str, words: str):
    assert type_text(FIELDS[field]) == words

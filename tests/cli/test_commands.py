"""Every endpoint as a command: its fields as options, typed, whatever the catalog holds."""

import shlex
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest
from brick import Brick
from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.cli.catalog import Catalog, EndpointEntry, ExampleEntry, ServiceEntry, dashed
from brickyard.cli.endpoint import EndpointCommand
from brickyard.cli.example import example_lines
from brickyard.cli.root import brick as root
from brickyard.cli.session import local_catalog

CATALOG: Catalog = local_catalog()
ENDPOINTS = [
    pytest.param(service, endpoint, id=f"{service.name}.{endpoint.name}")
    for service in CATALOG.services
    for endpoint in service.endpoints
]


def typed(service: ServiceEntry, endpoint: EndpointEntry, words: list[str]) -> dict[str, Any]:
    """Give the request that a command line makes."""
    with (
        patch("brickyard.cli.endpoint.reply.answer") as answer,
        root.make_context("brick", [], resilient_parsing=True) as parent,
        EndpointCommand(service, endpoint).make_context(endpoint.command, words, parent) as context,
    ):
        context.command.invoke(context)
    return answer.call_args.args[-1]


def plain(value: Any) -> Any:
    """Give a request without what is empty, and with 64-bit integers as numbers."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each not in ([], {})}
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else value


@pytest.mark.parametrize(("service", "endpoint"), ENDPOINTS)
def test_help_names_every_field_the_price_and_the_prose(service: ServiceEntry, endpoint: EndpointEntry):
    command = EndpointCommand(service, endpoint)
    text = command.get_help(click.Context(command, max_content_width=110))
    for field in endpoint.request.get("properties", {}):
        assert f"--{dashed(field)}" in text
    assert endpoint.price_text in text
    assert endpoint.description.split()[0] in text


@pytest.mark.parametrize(("service", "endpoint"), [each for each in ENDPOINTS if each.values[1].examples])
def test_an_example_can_be_typed_as_help_shows_it(service: ServiceEntry, endpoint: EndpointEntry):
    words = shlex.split(example_lines(service, endpoint)[0])
    assert words[:4] == ["$", "brick", service.name, endpoint.command]
    assert plain(typed(service, endpoint, words[4:])) == plain(endpoint.examples[0].request)


FIELDS = EndpointEntry(
    name="Try",
    request={
        "properties": {
            "words": {"type": "string"},
            "wholeNumber": {"type": "integer"},
            "long": {"type": ["string", "integer"], "format": "int64"},
            "part": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "yes": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "numbers": {"type": "array", "items": {"type": "integer"}},
            "record": {"type": "object"},
            "rows": {"type": "array", "items": {"type": "object"}},
            "order": {"enum": ["", "asc", "desc"]},
            "any": {},
        },
        "required": ["words", "record"],
    },
)
TRY = ServiceEntry(name="try", endpoints=(FIELDS,))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
INT64 = st.integers(-(2**63), 2**63 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | INT64 | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=2)
REQUESTS = st.fixed_dictionaries(
    {"words": TEXTS, "record": OBJECTS},
    optional={
        "wholeNumber": INT64,
        "long": INT64,
        "part": st.floats(allow_nan=False, allow_infinity=False),
        "yes": st.booleans(),
        "tags": st.lists(TEXTS, min_size=1),
        "rows": st.lists(OBJECTS),
        "order": st.sampled_from(["asc", "desc"]),
        "numbers": st.lists(INT64, min_size=1),
        "any": TEXTS | INT64 | st.booleans() | OBJECTS,
    },
)


@settings(max_examples=40)
@given(REQUESTS)
def test_any_request_can_be_typed(request_sent: dict[str, Any]):
    endpoint = EndpointEntry(name="Try", request=FIELDS.request, examples=(ExampleEntry(request_sent),))
    words = shlex.split(example_lines(TRY, endpoint)[0])[4:]
    assert typed(TRY, FIELDS, words) == request_sent


def test_required_fields_may_be_given_without_their_names():
    assert typed(TRY, FIELDS, ["hello", '{"a": 1}']) == {"words": "hello", "record": {"a": 1}}
    assert typed(TRY, FIELDS, ["--words=hello", '{"a": 1}']) == {"words": "hello", "record": {"a": 1}}


def test_options_are_taken_in_any_spelling():
    for spelling in ("--wholeNumber", "--whole-number", "--whole_number"):
        assert typed(TRY, FIELDS, ["a", "{}", spelling, "5"])["wholeNumber"] == 5


def test_lists_are_options_that_repeat():
    words = ["a", "{}", "--tags", "x", "--tags", "y", "--numbers", "1", "--numbers=2"]
    sent = typed(TRY, FIELDS, words)
    assert (sent["tags"], sent["numbers"]) == (["x", "y"], [1, 2])


def test_a_value_of_any_kind_is_text_where_it_is_no_json():
    assert typed(TRY, FIELDS, ["a", "{}", "--any", "plain words"])["any"] == "plain words"
    assert typed(TRY, FIELDS, ["a", "{}", "--any", "[1]"])["any"] == [1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "Missing --record"),
        ([], "Missing --words, --record"),
        (["a", "{}", "b"], "Unexpected argument 'b'. Only required fields"),
        (["a", "{}", "b"], "--whole-number"),
        (["a", "{"], "cannot be read"),
        (["a", '{"b":1,"\\u0062":2}'], "'b' stands twice"),
        (["a", '{"b":[{"c":1,"c":2}]}'], "'c' stands twice"),
        (["a", "{}", "--any", '{"b":1,"b":2}'], "'b' stands twice"),
        (["a", "{}", "--whole-number", "x"], "not a valid integer"),
        (["a\udcff", "{}"], "no UTF-8"),
        (["a", "{}", "--any", "\udcff"], "no UTF-8"),
        (["a", "{}", "--order", "up"], "'asc', 'desc'"),
        (["a", "{}", "--wrods", "x"], "--words"),
    ],
)
def test_what_cannot_be_a_request_is_wrong_usage(words: list[str], said: str):
    with pytest.raises(click.UsageError) as refused:
        typed(TRY, FIELDS, words)
    assert said in refused.value.format_message()


def test_bytes_are_read_from_a_file_or_given_as_base64(tmp_path: Path):
    photo = tmp_path / "photo"
    photo.write_bytes(b"\x89PNG")
    schema = {"properties": {"photo": {"type": "string", "contentEncoding": "base64"}}}
    endpoint = EndpointEntry(name="Put", request=schema)
    assert typed(TRY, endpoint, [f"--photo=@{photo}"]) == {"photo": "iVBORw=="}
    assert typed(TRY, endpoint, ["--photo=iVBORw=="]) == {"photo": "iVBORw=="}
    with pytest.raises(click.UsageError, match="cannot be read"):
        typed(TRY, endpoint, ["--photo=%%"])


def test_a_field_named_as_one_of_our_options_is_the_field():
    schema = {
        "properties": {"json": {"type": "string"}, "help": {"type": "string"}, "key": {"type": "string"}}
    }
    endpoint = EndpointEntry(name="Say", request=schema)
    words = ["--json", "a", "--help", "b", "--key", "c"]
    assert typed(TRY, endpoint, words) == {"json": "a", "help": "b", "key": "c"}


def test_options_reach_the_server_as_their_fields(brick: Brick):
    for number in range(3):
        assert brick("db", "create", "--table=typed", f'{{"id": "{number}", "n": {number}}}').code == 0
    words = ["--table=typed", "--query=n >= 1", "--order-by=n desc", "--limit", "1", "--with-meta"]
    reply = brick("db", "read", *words).reply
    assert reply["records"] == [{"id": "2", "n": 2}]
    assert reply["meta"][0]["version"] == 1
    assert "meta" not in brick("db", "read", *words[:-1], "--no-with-meta").reply


def test_a_streaming_endpoint_is_a_command_too(brick: Brick):
    assert len(brick("helloworld", "stream", "--messages=4").lines) == 4

"""What is wrong with a field is said in JSON's words, and the pointer names the field."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cloud import ProcessCloud

SHAPES = Path(__file__).with_name("shapes")
PYTHONS = re.compile(r"\b(int|str|bool|float|array|dict|bytes|datetime|regex|NoneType)\b")
MOMENT = "a date-time such as 2027-01-31T12:00:00Z"


@pytest.fixture(scope="module")
def shape_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessCloud]:
    """A cloud with the service `shape`, which has every type of field."""
    with ProcessCloud(tmp_path_factory.mktemp("shapes"), BRICKYARD_SERVICES=str(SHAPES)) as cloud:
        yield cloud


def fault(cloud: ProcessCloud, path: str, body: Any, **options: Any) -> tuple[str, str]:
    """Make a call that is refused for one fault; gives its pointer and detail."""
    response = cloud.post(path, body, **options)
    assert response.status_code == 400, response.text
    problem = response.json()
    (found,) = problem["errors"]
    assert found["detail"] == problem["detail"]
    assert not PYTHONS.search(found["detail"]), found["detail"]
    return found["pointer"], found["detail"]


WRONG: list[tuple[str, Any, str]] = [
    ("integer", "5", "expected an integer, got a string"),
    ("integer", 1.5, "expected an integer, got a number"),
    ("integer", True, "expected an integer, got a boolean"),
    ("integer", [], "expected an integer, got a list"),
    ("integer", {}, "expected an integer, got an object"),
    ("number", "x", "expected a number, got a string"),
    ("number", 10**400, "the number is out of range"),
    ("text", 1, "expected a string, got an integer"),
    ("flag", 1, "expected a boolean, got an integer"),
    ("big", [], "expected a 64-bit integer, as a number or as a string of digits"),
    ("big", "1e3", "expected a 64-bit integer in decimal digits"),
    ("big", 2**63, "expected an integer of at most 64 bits"),
    ("nothing", 1, "expected null, got an integer"),
    ("maybe", [], "expected an integer, a string or null, got a list"),
    ("items", {}, "expected a list, got an object"),
    ("either", 1, "expected a string or a list, got an integer"),
    ("counts", [], "expected an object, got a list"),
    ("inner", [], "expected an object, got a list"),
    ("low", 1, "expected an integer of at least 2"),
    ("high", 3, "expected an integer of at most 2"),
    ("even", 3, "expected an integer that is a multiple of 2"),
    ("least", 1, "expected a number of at least 2"),
    ("above", 2, "expected a number above 2"),
    ("most", 3, "expected a number of at most 2.5"),
    ("below", 2, "expected a number below 2"),
    ("halves", 0.3, "expected a number that is a multiple of 0.5"),
    ("short", "abc", "expected a string of at most 2 characters"),
    ("filled", "", "expected a string of at least 1 character"),
    ("said", " \n", "expected a string that is not blank"),
    ("digits", "x", r"expected a string that matches ^'\d+$"),
    ("some", [], "expected a list of at least 1 item"),
    ("few", [1, 2, 3], "expected a list of at most 2 items"),
    ("members", {}, "expected an object of at least 2 fields"),
    ("member", {"a": 1, "b": 2}, "expected an object of at most 1 field"),
    ("data", 1, "expected a string in base64, got an integer"),
    ("data", "***", "expected a string in base64"),
    ("tiny", "YWJj", "expected a string in base64 of at most 1 byte"),
    ("pair", [1], "expected a list of 2 items, got 1"),
    ("row", [1], "expected a list of at least 2 items, got 1"),
    ("exact", [], "expected a list of at least 1 item, got 0"),
    ("exact", [1, 2, 3], "expected a list of at most 2 items, got 3"),
    ("colour", "pink", 'expected "red" or "blue", got "pink"'),
    ("colour", 1, "expected a string, got an integer"),
    ("level", 3, "expected 1 or 2, got 3"),
    ("choice", "c", 'expected "a" or "b", got "c"'),
    ("choice", "c" * 90_000, f'expected "a" or "b", got "{"c" * 99}'),
    ("choice", "' - at `$.text`", """expected "a" or "b", got "' - at `$.text`\""""),
    ("uuid", "x", "expected a UUID"),
    ("uuid", 1, "expected a UUID, got an integer"),
    ("decimal", "x", "expected a decimal number"),
    ("decimal", [], "expected a decimal number, got a list"),
    ("moment", "x", f"expected {MOMENT}"),
    ("moment", [], f"expected {MOMENT}, got a list"),
    ("zoned", "2027-01-31T12:00:00", f"expected {MOMENT}, with a time zone"),
    ("local", "2027-01-31T12:00:00Z", f"expected {MOMENT}, without a time zone"),
    ("day", "x", "expected a date such as 2027-01-31"),
    ("hour", "x", "expected a time such as 12:00:00Z"),
    ("pause", "x", "expected a duration such as PT90S"),
    ("pause", "P99999999999999D", "the duration is out of range"),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_a_wrong_value_is_told_in_jsons_words(
    shape_cloud: ProcessCloud, field: str, value: Any, sentence: str
):
    pointer, detail = fault(shape_cloud, "shape/Take", {field: value})
    assert (pointer, detail) == (f"/{field}", f"{field}: {sentence}.")


DEEP: list[tuple[dict[str, Any], str, str]] = [
    ({"items": [1, "x"]}, "/items/1", "items[1]: expected an integer, got a string."),
    ({"counts": {"a": "x"}}, "/counts", "counts[...]: expected an integer, got a string."),
    (
        {"named": {"a": [{"table": 1}]}},
        "/named",
        "named[...][0].table: expected a string, got an integer.",
    ),
    ({"named": {"a": [{}]}}, "/named", "named[...][0].table: this field is required."),
    ({"closed": {"a": {"b": 1}}}, "/closed", "closed[...]: there is no field 'b' in it."),
    (
        {"numbered": {"a": 1}},
        "/numbered",
        "numbered: one of its names is wrong: expected an integer, got a string.",
    ),
    (
        {"inner": {"table": "t", "sort": "up"}},
        "/inner/sort",
        'inner.sort: expected "asc" or "desc", got "up".',
    ),
    (
        {"figure": {"type": "cube"}},
        "/figure/type",
        'figure.type: expected one of certain values, got "cube".',
    ),
    ({"figure": {}}, "/figure/type", "figure.type: this field is required."),
    ({"inner": {}}, "/inner/table", "inner.table: this field is required."),
    ({"inners": [{"table": ""}, {}]}, "/inners/1/table", "inners[1].table: this field is required."),
    (
        {"inners": [{"table": "", "sort": ""}]},
        "/inners/0/sort",
        'inners[0].sort: expected "asc" or "desc", got "".',
    ),
]


@pytest.mark.parametrize(("body", "pointer", "detail"), DEEP)
def test_what_is_wrong_deep_inside_is_pointed_at(
    shape_cloud: ProcessCloud, body: dict[str, Any], pointer: str, detail: str
):
    assert fault(shape_cloud, "shape/Take", body) == (pointer, detail)


@pytest.mark.parametrize("body", [{}, {"table": None}, {"inners": []}])
def test_a_field_that_is_missing_is_named(shape_cloud: ProcessCloud, body: dict[str, Any]):
    assert fault(shape_cloud, "shape/Need", body) == ("/table", "table: this field is required.")


def test_text_in_a_query_is_told_in_the_same_words(shape_cloud: ProcessCloud):
    found = fault(shape_cloud, "shape/Take?integer=five", {})
    assert found == ("/integer", "integer: expected an integer, got a string.")
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert fault(shape_cloud, "shape/Need", {}, headers=form)[0] == "/table"


def test_our_own_services_say_so_too(shared_cloud: ProcessCloud):
    assert fault(shared_cloud, "db/Create", {"table": 5, "record": {}}) == (
        "/table",
        "table: expected a string, got an integer.",
    )
    assert fault(shared_cloud, "cache/Get", {})[0] == "/key"

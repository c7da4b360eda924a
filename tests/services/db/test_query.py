import time
from collections.abc import Callable
from typing import Any

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import BadRequest, Fault
from brickyard.services.db.order import parse_order
from brickyard.services.db.parser import parse_path, parse_query
from brickyard.services.db.query import written

WORDS = [
    "a", "b.c", "and", "or", "not", "in", "is", "null", "contains", "startswith", "date", "(", ")", "[", "]",
    ",", ".", "==", "!=", "<", ">=", "1", "-2.5e3", '"x"', "'y''z'", "`w`", "true", "FALSE", "=", ";", "--",
    "é", "\0", "9" * 400, " ", "\n",
]  # fmt: skip


def result_of(function: Callable[..., Any], *arguments: object) -> Any:
    try:
        return function(*arguments)
    except BadRequest as refusal:
        return refusal


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
def test_any_text_is_a_query_or_refused_where_it_stands(text: str):
    condition = result_of(parse_query, text)
    if isinstance(condition, BadRequest):
        assert condition.faults == (Fault("/query", condition.detail),)
    else:
        assert condition is None or parse_query(written(condition)) == condition


@given(st.text(max_size=40))
def test_any_text_is_an_order_or_refused(text: str):
    order = result_of(parse_order, text, "asc")
    if isinstance(order, BadRequest):
        assert order.faults[0].pointer == "/orderBy"
    else:
        assert parse_order(", ".join(str(term) for term in order), "asc") == order


@given(
    st.lists(st.text(min_size=1, max_size=5).filter(lambda each: "\0" not in each), min_size=1, max_size=4)
)
def test_any_name_can_be_a_step_of_a_path(names: list[str]):
    text = "".join('["' + name.replace('"', '""') + '"]' for name in names)
    assert parse_path(text, "/x").steps == tuple(names)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("age = 1", "position 4: found '='"),
        ("age == ", "position 7: expected a value, found the end"),
        ("age", "expected a comparison"),
        ("age == Jane", "text is written in quotes"),
        ('name == "Jane', "is not ended"),
        ("(age == 1", "expected ')'"),
        ("age == 1 age == 2", "position 9: expected 'and', 'or' or the end"),
        ("age == 12a", "no number"),
        ("age == 1e999", "larger than any"),
        ("a in ()", "expected a value"),
        ("a in 1", "a list such as"),
        ("a in (1]", "expected ')'"),
        ("a is 1", "'null' or 'not null'"),
        ("a < true", "only with == and !="),
        ("a >= null", "only with == and !="),
        ("a startswith 1", "startswith takes a string"),
        ('a contains date("2024-01-01")', "contains takes"),
        ('a > date("yesterday")', "no date"),
        ('a > date("2024-02-30")', "no date"),
        ("a > date(2024)", "a date in quotes"),
        ("a[99999999999] == 1", "list element"),
        ("a # b", "'#' has no meaning"),
        ("a == '\0'", "U+0000"),
        ("1 == a", "expected a field"),
    ],
)
def test_a_mistake_is_named_with_its_place(query: str, said: str):
    with pytest.raises(BadRequest) as caught:
        parse_query(query)
    assert said in caught.value.detail
    assert caught.value.detail.startswith("At position ")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a == 1" + " " * 4_091, "4097 characters"),
        ("(" * 33 + "a == 1" + ")" * 33, "32 deep"),
        ("not " * 33 + "a == 1", "32 deep"),
        (" or ".join(["a == 1"] * 65), "at most 64 comparisons"),
        (f"a in ({', '.join(['1'] * 257)})", "at most 256 values"),
        ("a" + ".b" * 32 + " == 1", "at most 32 steps"),
    ],
)
def test_what_is_past_a_bound_is_refused_with_the_bound(query: str, said: str):
    with pytest.raises(BadRequest, match=said):
        parse_query(query)


@pytest.mark.parametrize(
    "query",
    [
        "a == 1" + " " * 4_090,
        "(" * 32 + "a == 1" + ")" * 32,
        "not " * 32 + "a == 1",
        " or ".join(["a == 1"] * 64),
        f"a in ({', '.join(['1'] * 256)})",
        "a" + ".b" * 31 + " == 1",
        " and ".join(["a.b.c.d.e.f.g == 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'"] * 64),
    ],
)
async def test_what_is_within_all_bounds_is_answered(desk: Desk, query: str):
    await desk.create("t", {"a": 1})
    assert await desk.call("count", table="t", query=query[:4_096]) is not None


@pytest.mark.parametrize("piece", ["(", "not ", "a==1 and ", "a.", '"', "[", "1", "a in (1,", "''"])
def test_reading_the_longest_query_takes_no_time(piece: str):
    began = time.process_time()
    with pytest.raises(BadRequest):
        parse_query((piece * 4_096)[:4_096])
    assert time.process_time() - began < 0.5


RECORDS: list[dict[str, Any]] = [
    {"id": "jane", "name": "Jane", "age": 42, "tags": ["a", "b"], "address": {"city": "Oslo"}, "on": True},
    {
        "id": "john",
        "name": 'John "Jo" D\'Arc',
        "age": -3.5,
        "tags": "abc",
        "seen": "2024-01-01T00:30:00+01:00",
    },
    {"id": "none", "age": None, "and": 1, "android": 2, "truely": 3, "list": [[1, 2], {"x": 5}], "on": False},
    {"id": "text", "age": "42", "seen": "2024-01-01", "first name": "x"},
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "jane john none text"),
        ("age == 42", "jane"),
        ('age == "42"', "text"),
        ("age != 42", "john"),
        ("not age == 42", "john none text"),
        ("age >= -3.5 and age < 42.5", "jane john"),
        ("age == -35e-1", "john"),
        ("age is null", "none"),
        ("age is not null", "jane john text"),
        ("name is null", "none text"),
        ("name == null", "none text"),
        ("name != null", "jane john"),
        ("on == true", "jane"),
        ("on != true", "none"),
        ("not on", None),
        ("name == 'John \"Jo\" D''Arc'", "john"),
        ('name == "John ""Jo"" D\'Arc"', "john"),
        ("name == `Jane`", "jane"),
        ('name < "Jb"', "jane"),
        ('name startswith "J"', "jane john"),
        ('name STARTSWITH ""', "jane john"),
        ('name contains "an"', "jane"),
        ('tags contains "a"', "jane john"),
        ("list contains null", ""),
        ("list[0] contains 2", "none"),
        ("list.1.x == 5", "none"),
        ("list[1].x in [4, 5]", "none"),
        ("tags[0] == 'a'", "jane"),
        ("tags.1 == 'b'", "jane"),
        ("address.city == 'Oslo'", "jane"),
        ('address["city"] == "Oslo"', "jane"),
        ('["first name"] == "x"', "text"),
        ("age in (42, '42', null)", "jane none text"),
        ("AGE == 42", ""),
        ("age == 42 OR name contains 'Jo' AND age < 0", "jane john"),
        ("(age == 42 or name contains 'Jo') and age < 0", "john"),
        ("NOT (age == 42 or name contains 'Jo')", "none text"),
        ("and == 1 and android == 2 and truely == 3", "none"),
        ("id == 'jane' or id startswith 'te'", "jane text"),
        ("id in ('jane', 'text', 1)", "jane text"),
        ("id is null or id > 5 or id == true", ""),
        ("id contains 'o'", "john none"),
        ('seen == date("2023-12-31T23:30:00Z")', "john"),
        ('seen < date("2024-01-01")', "john"),
        ('seen >= date("2024-01-01")', "text"),
        ('seen in (date("2024-01-01"), 5)', "text"),
        ('seen > "2024-01-01"', "john"),
        ('name > date("2024-01-01")', ""),
    ],
)
async def test_what_a_query_finds(desk: Desk, query: str, found: str | None):
    await desk.create("t", *RECORDS)
    if found is None:
        await desk.refused(BadRequest, "read", table="t", query=query)
    else:
        assert await desk.ids("t", query=query) == found.split()


async def test_with_an_id_the_query_is_not_looked_at(desk: Desk):
    await desk.create("t", {"id": "1"})
    assert await desk.ids("t", id="1", query="((") == ["1"]


@pytest.mark.parametrize(
    "text",
    ["x' OR 1=1 --", '"; DROP TABLE db_records; --', "') OR ('1'='1", "$", "?1", "{}", "%s", "\\'", "a\\"],
)
async def test_text_made_to_inject_is_only_text(desk: Desk, text: str):
    await desk.create("t", {"id": "it", text: text, "nested": {text: 1}}, {"id": "other", "a": 1})
    quoted = '"' + text.replace('"', '""') + '"'
    for query in (
        f"[{quoted}] == {quoted}",
        f"[{quoted}] contains {quoted}",
        f"[{quoted}] startswith {quoted}",
        f"[{quoted}] in ({quoted})",
        f"nested[{quoted}] == 1",
    ):
        assert await desk.ids("t", query=query) == ["it"], query
    assert await desk.ids("t", orderBy=f"[{quoted}] desc") == ["it", "other"]
    name = (await desk.call("create_index", table="t", fields=[f"[{quoted}]"], name="i"))["name"]
    assert await desk.ids("t", query=f"[{quoted}] == {quoted}") == ["it"]
    assert name == "i"
    for fields in ({"query": text}, {"orderBy": text}):
        await desk.refused(BadRequest, "read", table="t", **fields)
    await desk.refused(BadRequest, "create_index", table="t", fields=[text])
    assert await desk.call("count", table="t") == {"count": 2}

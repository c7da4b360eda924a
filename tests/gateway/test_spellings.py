from typing import Any

import httpx2 as httpx
import msgspec
import pytest

from cloud import ProcessCloud

FORM = "application/x-www-form-urlencoded"


def sent(cloud: ProcessCloud, method: str, path: str, body: bytes = b"", kind: str = "") -> httpx.Response:
    headers = {"content-type": kind} if kind else {}
    return cloud.client.request(method, f"/v1/{path}", content=body, headers=headers)


def reply(cloud: ProcessCloud, method: str, path: str, body: bytes = b"", kind: str = "") -> Any:
    response = sent(cloud, method, path, body, kind)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    "path",
    [
        "helloworld/Call",
        "helloworld/call",
        "helloworld/CALL",
        "Helloworld/Call",
        "HELLOWORLD/cAlL",
        "helloworld/helloworld/call",
        "helloworld/Helloworld/Call",
        "hello/world/call",
        "Hello/World/Call",
        "helloworld/call/",
    ],
)
def test_an_endpoint_is_called_by_any_spelling(probe_cloud: ProcessCloud, path: str):
    for _ in range(2):  # found anew, then remembered
        assert reply(probe_cloud, "POST", path, b'{"name": "John"}') == {"message": "Hello John"}


def test_words_of_an_endpoint_are_joined_in_any_case(probe_cloud: ProcessCloud):
    for path in ("cache/ListKeys", "cache/listKeys", "cache/listkeys", "cache/Cache/listKeys"):
        assert "keys" in reply(probe_cloud, "POST", path)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("name=John", "name", "John"),
        ("name=John%20Doe", "name", "John Doe"),
        ("name=John+Doe", "name", "John Doe"),
        ("name=%F0%9F%98%80", "name", "\U0001f600"),
        ("name=", "name", ""),
        ("name", "name", ""),
        ("name=5", "name", "5"),
        ("name=true", "name", "true"),
        ("name=null", "name", "null"),
        ("name=a=b", "name", "a=b"),
        ("name=%26", "name", "&"),
        ("count=5", "count", 5),
        ("count=-5", "count", -5),
        ("big=9223372036854775807", "big", "9223372036854775807"),
        ("ratio=0.5", "ratio", 0.5),
        ("ratio=5", "ratio", 5.0),
        ("flag=true", "flag", True),
        ("flag=false", "flag", False),
        ("flag=1", "flag", True),
        ("user_id=u1", "user_id", "u1"),
        ("userId=u1", "user_id", "u1"),
        ("userId=5", "user_id", "5"),
        ("tags=a", "tags", ["a"]),
        ("tags=a&tags=b", "tags", ["a", "b"]),
        ('tags=["a","b"]', "tags", ["a", "b"]),
        ("record.name=x", "record", {"name": "x"}),
        ("record[name]=x", "record", {"name": "x"}),
        ("record.age=5&record.ok=true&record.none=null", "record", {"age": 5, "ok": True, "none": None}),
        ("record.a.b.c=1.5", "record", {"a": {"b": {"c": 1.5}}}),
        ("record[a][b]=x&record[a][c]=y", "record", {"a": {"b": "x", "c": "y"}}),
        ("record.a=1&record.a=2", "record", {"a": [1, 2]}),
        ('record={"a":[1,"2"]}', "record", {"a": [1, "2"]}),
        ("record.a=05", "record", {"a": "05"}),
        ("record.a=1e400", "record", {"a": "1e400"}),
        ("record.a=NaN", "record", {"a": "NaN"}),
        ("record.userId=x", "record", {"userId": "x"}),
        ("point.x=1&point.y=2.5", "point", {"x": 1.0, "y": 2.5}),
        ('point={"x":1}', "point", {"x": 1.0, "y": 0.0}),
        ('points=[{"x":1}]', "points", [{"x": 1.0, "y": 0.0}]),
    ],
)
def test_a_query_is_read_as_the_fields_types_ask(
    probe_cloud: ProcessCloud, query: str, field: str, value: object
):
    assert reply(probe_cloud, "GET", f"probe/Echo?{query}")[field] == value
    assert reply(probe_cloud, "POST", f"probe/Echo?{query}")[field] == value
    assert reply(probe_cloud, "POST", "probe/Echo", query.encode(), FORM)[field] == value


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("count=five", "/count"),
        ("count=1.5", "/count"),
        ("count=", "/count"),
        ("count=1&count=2", "/count"),
        ("big=x", "/big"),
        ("big=9223372036854775808", "/big"),
        ("ratio=NaN", "/ratio"),
        ("ratio=inf", "/ratio"),
        ("ratio=1e999", "/ratio"),
        ("flag=maybe", "/flag"),
        ("point.x=one", "/point/x"),
        ("point=5", "/point"),
        ("record=5", "/record"),
        ("nmae=John", "/nmae"),
        ("name.first=John", "/name"),
        ("name=a&name=b", "/name"),
        ("=x", "/"),
        ("a%00b=1", "/a\x00b"),
    ],
)
def test_a_query_that_does_not_fit_is_pointed_at(probe_cloud: ProcessCloud, query: str, pointer: str):
    response = sent(probe_cloud, "GET", f"probe/Echo?{query}")
    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "query",
    [
        "name=%ff",
        "name=%ed%a0%80",
        "record.a=1&record.a.b=2",
        "record.a.b=2&record.a=1",
        "record" + ".a" * 100 + "=1",
        "record" + "[a]" * 100 + "=1",
        "&".join(f"record.f{number}=1" for number in range(1_001)),
        'record={"a":1,"a":2}',
        "record=" + '{"a":' * 70 + "1" + "}" * 70,
        "record.a=" + "[" * 70 + "]" * 70,
    ],
    ids=lambda query: query[:30],
)
def test_a_query_that_cannot_be_read_is_refused(probe_cloud: ProcessCloud, query: str):
    for response in (
        sent(probe_cloud, "GET", f"probe/Echo?{query}"),
        sent(probe_cloud, "POST", "probe/Echo", query.encode(), FORM),
    ):
        assert response.status_code == 400
        assert response.json()["detail"]


def test_the_body_wins_over_the_query(probe_cloud: ProcessCloud):
    got = reply(probe_cloud, "POST", "probe/Echo?name=query&count=5&record.a=1", b'{"name": "body"}')
    assert (got["name"], got["count"], got["record"]) == ("body", 5, {"a": 1})


def test_the_body_wins_in_another_spelling_too(probe_cloud: ProcessCloud):
    for query, body in (("userId=query", b'{"user_id": "body"}'), ("user_id=query", b'{"userId": "body"}')):
        assert reply(probe_cloud, "POST", f"probe/Echo?{query}", body)["user_id"] == "body"


def test_texts_of_a_json_body_stay_texts_beside_a_query(probe_cloud: ProcessCloud):
    record = {"zip": "12345", "yes": "true", "nothing": "null", "list": "[1]"}
    body = msgspec.json.encode({"record": record})
    assert reply(probe_cloud, "POST", "probe/Echo?count=5", body)["record"] == record


def test_a_get_may_have_a_body(probe_cloud: ProcessCloud):
    assert reply(probe_cloud, "GET", "probe/Echo?count=5", b'{"name": "body"}')["name"] == "body"


def test_a_form_wins_over_the_query(probe_cloud: ProcessCloud):
    assert reply(probe_cloud, "POST", "probe/Echo?name=query", b"name=form", FORM)["name"] == "form"


@pytest.mark.parametrize(
    "kind",
    [
        FORM,
        f"{FORM}; charset=utf-8",
        FORM.upper(),
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "text/plain",
        "text/plain;charset=UTF-8",
        "application/vnd.api+json",
        "*/*",
        "nonsense",
    ],
)
def test_json_is_read_whatever_kind_it_is_said_to_be(probe_cloud: ProcessCloud, kind: str):
    assert reply(probe_cloud, "POST", "probe/Echo", b' {"name": "John", "count": 5}', kind)["count"] == 5


def test_what_curl_sends_is_read(probe_cloud: ProcessCloud):
    """`curl -d '{…}'` labels JSON a form; `curl -d a=b` is one."""
    assert reply(probe_cloud, "POST", "probe/Echo", b'{"record": {"a": "b=c&d"}}', FORM)["record"] == {
        "a": "b=c&d"
    }
    assert reply(probe_cloud, "POST", "probe/Echo", b"record.a=b", FORM)["record"] == {"a": "b"}


def test_null_is_the_default_of_any_field(probe_cloud: ProcessCloud):
    fields = [
        "name",
        "count",
        "big",
        "ratio",
        "flag",
        "user_id",
        "userId",
        "tags",
        "record",
        "point",
        "points",
    ]
    assert probe_cloud.call("probe/Echo", dict.fromkeys(fields)) == probe_cloud.call("probe/Echo")
    assert probe_cloud.call("probe/Echo", {"point": {"x": None, "y": 1}})["point"] == {"x": 0.0, "y": 1.0}


def test_null_inside_a_free_field_stays(probe_cloud: ProcessCloud):
    assert probe_cloud.call("probe/Echo", {"name": None, "record": {"a": None}})["record"] == {"a": None}


def test_names_are_taken_in_lower_camel_case(probe_cloud: ProcessCloud):
    assert probe_cloud.call("probe/Echo", {"userId": "u1"})["user_id"] == "u1"


def test_names_inside_a_free_field_keep_their_case(probe_cloud: ProcessCloud):
    record = {"userId": 1, "user_id": 2, "USER": {"aB": 3}}
    assert probe_cloud.call("probe/Echo", {"userId": "u", "record": record})["record"] == record


def test_a_field_given_in_both_spellings_is_refused(probe_cloud: ProcessCloud):
    response = probe_cloud.post("probe/Echo", {"user_id": "a", "userId": "b"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/userId"


def test_a_field_given_in_one_spelling_and_null_in_the_other_is_taken(probe_cloud: ProcessCloud):
    for body in ({"user_id": "a", "userId": None}, {"user_id": None, "userId": "a"}):
        assert probe_cloud.call("probe/Echo", body)["user_id"] == "a"


@pytest.mark.parametrize("number", [0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_a_64_bit_integer_is_taken_either_way_and_leaves_as_text(probe_cloud: ProcessCloud, number: int):
    assert probe_cloud.call("probe/Echo", {"big": number})["big"] == str(number)
    assert probe_cloud.call("probe/Echo", {"big": str(number)})["big"] == str(number)


def test_a_32_bit_integer_leaves_as_a_number(probe_cloud: ProcessCloud):
    assert probe_cloud.call("probe/Echo", {"count": 5})["count"] == 5


def test_every_field_is_in_the_reply_even_when_empty(probe_cloud: ProcessCloud):
    assert probe_cloud.call("probe/Echo") == {
        "name": "",
        "count": 0,
        "big": "0",
        "ratio": 0.0,
        "flag": False,
        "user_id": "",
        "tags": [],
        "record": {},
        "point": {"x": 0.0, "y": 0.0},
        "points": [],
    }

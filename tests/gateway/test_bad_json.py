import httpx2 as httpx
import msgspec
import pytest

from cloud import ProcessCloud

DEEP = 100_000
NOT_JSON = {
    "words": b"hello",
    "truncated object": b'{"name": "Jo',
    "truncated after a comma": b'{"name": "John",',
    "two values": b'{"name": "a"} {"name": "b"}',
    "trailing comma": b'{"name": "a",}',
    "single quotes": b"{'name': 'a'}",
    "comment": b'{"name": "a" /* b */}',
    "bare name": b"{name: 1}",
    "NaN": b'{"ratio": NaN}',
    "Infinity": b'{"ratio": Infinity}',
    "minus Infinity": b'{"record": {"a": -Infinity}}',
    "leading zero": b'{"count": 01}',
    "plus sign": b'{"count": +1}',
    "bare point": b'{"ratio": .5}',
    "hex": b'{"count": 0x10}',
    "control character in text": b'{"name": "a\x01b"}',
    "line break in text": b'{"name": "a\nb"}',
    "unknown escape": rb'{"name": "\q"}',
    "half an escape": rb'{"name": "\u12"}',
    "backslash at the end": b'{"name": "\\',
    "NUL byte": b"\x00",
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "UTF-32": '{"name": "a"}'.encode("utf-32"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "a surrogate as UTF-8": b'{"name": "\xed\xa0\x80"}',
    "not UTF-8, free field": b'{"record": {"a": "\xff"}}',
    "not UTF-8, name": b'{"record": {"\xff": 1}}',
    "not UTF-8, unknown name": b'{"\xff": 1}',
    "lone high surrogate": rb'{"name": "\ud800"}',
    "lone low surrogate": rb'{"name": "\udc00"}',
    "lone surrogate in free field": rb'{"record": {"a": "\ud800x"}}',
    "lone surrogate in free name": rb'{"record": {"\ud800": 1}}',
    "lone surrogate in unknown name": rb'{"\ud800": 1}',
    "1e400": b'{"ratio": 1e400}',
    "1e400 in a free field": b'{"record": {"a": 1e400}}',
    "-1e400": b'{"record": {"a": -1e400}}',
}
NOT_AN_OBJECT = [b"[]", b"[{}]", b'"text"', b"1", b"1.5", b"true", b"null", b'  "x" ']


def echo(cloud: ProcessCloud, body: bytes) -> httpx.Response:
    return cloud.client.post("/v1/probe/Echo", content=body)


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_not_json_is_refused(probe_cloud: ProcessCloud, body: bytes):
    response = echo(probe_cloud, body)
    assert response.status_code == 400
    assert response.json()["code"] == 400
    assert "Traceback" not in response.text


@pytest.mark.parametrize("name", [each for each in NOT_JSON if each.startswith("lone")])
def test_half_a_surrogate_pair_is_named(probe_cloud: ProcessCloud, name: str):
    assert "half of a surrogate pair" in echo(probe_cloud, NOT_JSON[name]).json()["detail"]


@pytest.mark.parametrize("body", NOT_AN_OBJECT)
def test_a_body_that_is_no_object_is_refused(probe_cloud: ProcessCloud, body: bytes):
    response = echo(probe_cloud, body)
    assert response.status_code == 400
    assert "object" in response.json()["detail"]


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t", b"{}", b" {} "])
def test_nothing_is_the_empty_object(probe_cloud: ProcessCloud, body: bytes):
    response = probe_cloud.client.post("/v1/helloworld/Call", content=body)
    assert (response.status_code, response.json()) == (200, {"message": "Hello"})


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (DEEP // 2),
        b"[" * (DEEP // 2) + b"]" * (DEEP // 2),
        b'{"a":' * (DEEP // 6) + b"1" + b"}" * (DEEP // 6),
        b'{"record": ' + b'{"a":[' * 5000 + b"]}" * 5000 + b"}",
        b'{"record": ' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"record": {"a": "[[[["}, "tags": ' + b"[" * 64 + b"]" * 64 + b"}",
    ],
    ids=["open lists", "lists", "objects", "both", "one too many", "after brackets in text"],
)
def test_json_nested_too_deeply_is_refused(probe_cloud: ProcessCloud, body: bytes):
    response = echo(probe_cloud, body)
    assert response.status_code == 400
    assert "64 levels" in response.json()["detail"]


def test_json_nested_as_deeply_as_allowed_comes_back(probe_cloud: ProcessCloud):
    record = b'{"a":' * 62 + b"[]" + b"}" * 62
    reply = echo(probe_cloud, b'{"record":' + record + b"}")
    assert reply.status_code == 200
    assert msgspec.json.decode(reply.content)["record"] == msgspec.json.decode(record)


def test_brackets_in_text_are_no_nesting(probe_cloud: ProcessCloud):
    text = '[{"' * 500
    assert probe_cloud.call("probe/Echo", {"name": text})["name"] == text


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "name": "b"}',
        b'{"name": "a", "name": "a"}',
        rb'{"name": "a", "n\u0061me": "b"}',
        b'{"record": {"a": 1, "a": 2}}',
        b'{"record": {"a": [{"b": 1, "c": 2, "b": 3}]}}',
        b'{"point": {"x": 1, "x": 2}}',
        b'{"name" : "a" , "name"\n: "b"}',
        b'{"record": {"": 1, "": 2}}',
    ],
)
def test_a_name_given_twice_in_one_object_is_refused(probe_cloud: ProcessCloud, body: bytes):
    response = echo(probe_cloud, body)
    assert response.status_code == 400
    assert "twice" in response.json()["detail"]


@pytest.mark.parametrize(
    "record",
    [
        {"a": {"a": {"a": 1}}},
        {"a": [{"b": 1}, {"b": 2}]},
        {"a": 'x":1,"a":2'},
        {"a": "\\", "b": '\\"'},
        {"name": 1, "record": 2},
    ],
)
def test_a_name_given_once_in_each_of_several_objects_is_fine(probe_cloud: ProcessCloud, record: dict):
    assert probe_cloud.call("probe/Echo", {"name": "n", "record": record})["record"] == record


@pytest.mark.parametrize("field", ["count", "big", "ratio", "name", "flag", "user_id", "tags", "point"])
@pytest.mark.parametrize("digits", [20, 400, 5_000, 50_000])
def test_whole_numbers_of_any_length_are_answered(probe_cloud: ProcessCloud, field: str, digits: int):
    number = b"9" * digits
    response = echo(probe_cloud, b'{"%s": %s}' % (field.encode(), number))
    fits = field == "ratio" and digits == 20
    assert response.status_code == (200 if fits else 400), response.text[:300]


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 400, "9" * 5_000, "1" + "0" * 50_000])
def test_a_huge_number_in_a_free_field_comes_back_whole_or_is_refused(probe_cloud: ProcessCloud, number: str):
    body = f'{{"record":{{"a":{number}}}}}'.encode()
    response = echo(probe_cloud, body)
    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert number in response.text


@pytest.mark.parametrize(
    "number", ["1e-400", "0.1", "-0.0", "1E5", "123456789012345678", "18446744073709551615"]
)
def test_ordinary_numbers_in_a_free_field_come_back_equal(probe_cloud: ProcessCloud, number: str):
    response = echo(probe_cloud, f'{{"record":{{"a":{number}}}}}'.encode())
    assert response.json()["record"]["a"] == float(number) or response.json()["record"]["a"] == int(number)


@pytest.mark.parametrize("text", ["\U0001f600", "\u0000", "\u2028", "é", "\ufeff", "\uffff"])
def test_any_unicode_text_comes_back(probe_cloud: ProcessCloud, text: str):
    reply = probe_cloud.call("probe/Echo", {"name": text, "record": {text: text}})
    assert (reply["name"], reply["record"]) == (text, {text: text})


def test_a_surrogate_pair_is_one_character(probe_cloud: ProcessCloud):
    response = echo(probe_cloud, rb'{"name": "\ud83d\ude00"}')
    assert response.json()["name"] == "\U0001f600"

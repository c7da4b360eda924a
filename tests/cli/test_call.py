"""`brick call`: any endpoint, with a request as JSON."""

import json
from pathlib import Path

import pytest
from brick import Brick

from cloud import ProcessCloud


def test_a_reply_is_one_line_of_json(brick: Brick):
    assert brick("call", "helloworld/Call", '{"name": "John"}').out == '{"message":"Hello John"}\n'


def test_a_request_left_out_is_the_empty_one(brick: Brick):
    assert brick("call", "helloworld/Call").reply == {"message": "Hello"}


def test_a_request_can_come_from_standard_input(brick: Brick):
    assert brick("call", "helloworld/Call", "-", stdin='{"name": "Ada"}').reply == {"message": "Hello Ada"}


def test_a_request_can_come_from_a_file(brick: Brick, tmp_path: Path):
    request = tmp_path / "request.json"
    request.write_text('{"name": "Bob"}')
    assert brick("call", "helloworld/Call", f"@{request}").reply == {"message": "Hello Bob"}


def test_a_stream_is_a_line_for_each_message(brick: Brick):
    ran = brick("call", "helloworld/Stream", '{"name": "you", "messages": 3}')
    assert ran.lines == [{"message": "Hello you"}] * 3


@pytest.mark.parametrize(
    "name", ["db/ListTables", "db/list-tables", "DB/listtables", "db.list_tables", "Db.ListTables"]
)
def test_an_endpoint_is_found_in_any_spelling(brick: Brick, name: str):
    assert "tables" in brick("call", name).reply


def test_what_a_record_holds_comes_back_exactly(brick: Brick):
    record = {"id": "exact", "text": "ü\u0001 ☂", "big": 2**53 + 1, "part": 0.1, "none": None, "list": [{}]}
    brick("db", "create", "--table=exact", "-", stdin=json.dumps(record))
    assert brick("db", "read", "--table=exact", "--id=exact").reply["records"] == [record]


@pytest.mark.parametrize(
    ("request_text", "said"),
    [
        ('{"name": "Jo', "cannot be read"),
        ("{name: 1}", "byte 1"),
        ('{"name": "\udcff"}', "cannot be read"),
        ("[1]", "A request is a JSON object"),
        ('{"name": "a", "name": "b"}', "'name' stands twice"),
        ("@/nowhere/at-all.json", "No such file"),
    ],
)
def test_a_request_that_is_none_is_wrong_usage(brick: Brick, request_text: str, said: str):
    ran = brick("call", "helloworld/Call", request_text)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["helloworld", "/", "db/", "../metrics", "db/Create?x=1", "db/Cr\udcffeate"])
def test_a_name_that_is_no_endpoint_is_wrong_usage(brick: Brick, name: str):
    ran = brick("call", name)
    assert ran.code == 2
    assert "SERVICE/ENDPOINT" in ran.err


@pytest.mark.parametrize("name", ["/v1/helloworld/Call", "v1/helloworld/Call", "/v1/helloworld/nothing"])
def test_the_path_of_a_call_names_it_too(brick: Brick, name: str):
    ran = brick("call", name, "{}")
    if name.endswith("Call"):
        assert ran.reply == {"message": "Hello"}
    else:
        assert "no endpoint 'nothing'" in ran.problem["detail"]


def test_an_unknown_endpoint_is_refused_by_the_server_with_the_nearest(brick: Brick):
    ran = brick("call", "db/Creat")
    assert ran.code == 1
    assert "Did you mean Create?" in ran.problem["detail"]


def test_a_refused_request_is_told_as_the_error_object(brick: Brick):
    ran = brick("call", "helloworld/Stream", '{"messages": 5000}')
    assert ran.code == 1
    problem = ran.problem
    assert problem["code"] == 400
    assert problem["id"] == "helloworld.stream"
    assert problem["request_id"].startswith("req_")
    assert [fault["pointer"] for fault in problem["errors"]] == ["/messages"]


def test_a_wrong_key_is_refused_and_not_repeated(brick: Brick, shared_cloud: ProcessCloud):
    wrong = shared_cloud.key[:-1] + ("A" if shared_cloud.key[-1] != "A" else "B")
    ran = brick("call", "helloworld/Call", BRICKYARD_KEY=wrong)
    assert ran.code == 1
    assert ran.problem["code"] == 401
    assert wrong not in ran.err


def test_a_key_with_characters_that_keys_do_not_have_is_wrong_usage(brick: Brick):
    ran = brick("--key", "schlüssel", "call", "helloworld/Call")
    assert ran.code == 2
    assert "Was it copied whole?" in ran.err
    assert "schl" not in ran.err
    assert "Traceback" not in ran.err


def test_the_key_given_goes_before_that_of_the_home(brick: Brick):
    narrow = brick("key", "create", "--scopes=cache").out.strip()
    ran = brick("--key", narrow, "call", "helloworld/Call")
    assert ran.problem["code"] == 403
    assert narrow not in ran.err


def test_a_call_made_again_under_its_key_is_not_done_twice(brick: Brick):
    command = ("call", "cache/Increment", '{"key": "cli-once", "value": 1}')
    first = brick(*command, "--idempotency-key=once")
    assert brick(*command, "--idempotency-key", "once").out == first.out
    assert brick("cache", "get", "cli-once").reply["value"] == "1"
    assert brick("call", "cache/Increment", '{"key": "x"}', "--idempotency-key=once").problem["code"] == 409


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("helloworld/Call", "--idempotency-key=a b"), "no spaces"),
        (("helloworld/Stream", "--idempotency-key=a"), "is a stream"),
    ],
)
def test_a_key_that_cannot_be_used_is_wrong_usage(brick: Brick, arguments: tuple[str, ...], said: str):
    ran = brick("call", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_without_any_key_a_call_is_refused(brick: Brick, tmp_path: Path):
    ran = brick("call", "helloworld/Call", BRICKYARD_HOME=str(tmp_path))
    assert (ran.code, ran.problem["code"]) == (1, 401)

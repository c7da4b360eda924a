"""What a person sees on a terminal, and what only programs do."""

import json
import re

import pytest
from brick import Brick

from cloud import ProcessCloud

ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def seen(text: str) -> str:
    """Give what is read on a terminal, without its colours."""
    return ESCAPE.sub("", text)


def test_lists_of_objects_are_tables(brick: Brick):
    brick("db", "create", "--table=shown", '{"id": "1", "name": "Jane", "age": 42}')
    ran = brick.on_terminal("db", "read", "--table=shown")
    assert ran.code == 0
    heading, row = (line.split() for line in seen(ran.out).splitlines() if "Jane" in line or "name" in line)
    assert [each for each in heading if each.isalpha()] == ["id", "name", "age"]
    assert [each for each in row if each.isalnum()] == ["1", "Jane", "42"]
    assert ESCAPE.search(ran.out), "it has colours"


def test_single_values_are_shown_by_name(brick: Brick):
    assert seen(brick.on_terminal("helloworld", "call", "--name=John").out).split() == [
        "message",
        "Hello",
        "John",
    ]


def test_an_empty_reply_says_that_it_is_done(brick: Brick):
    brick("db", "create", "--table=emptied", '{"id": "1"}')
    assert seen(brick.on_terminal("db", "delete", "--table=emptied", "1").out).strip() == "done"


def test_json_can_be_had_on_a_terminal_too(brick: Brick):
    for words in (("--json", "helloworld", "call"), ("helloworld", "call", "--json")):
        assert brick.on_terminal(*words).out == '{"message":"Hello"}\n'


def test_a_stream_is_a_line_for_each_message(brick: Brick):
    lines = seen(brick.on_terminal("helloworld", "stream", "--messages=3").out).splitlines()
    assert [json.loads(line) for line in lines] == [{"message": "Hello"}] * 3


def test_a_refusal_is_told_with_its_faults_and_its_request_id(brick: Brick):
    ran = brick.on_terminal("helloworld", "stream", "--messages=5000")
    text = seen(ran.out)
    assert ran.code == 1
    assert text.startswith("error: 5000 messages")
    assert "/messages" in text
    assert re.search(r"request id: req_\w+", text)
    assert "{" not in text


def test_a_refused_key_says_where_the_key_came_from(brick: Brick, shared_cloud: ProcessCloud):
    text = seen(brick.on_terminal("helloworld", "call", BRICKYARD_KEY="bk_sk_live_wrong").out)
    assert text.startswith("error: ")
    assert "BRICKYARD_KEY" in text
    assert "bk_sk_live_wrong" not in text
    assert str(shared_cloud.home / "token") in text.replace("\n", "")


def test_text_from_the_server_cannot_steer_the_terminal(brick: Brick):
    evil = {"id": "1", "a\u001b[2J": "\u001b]0;owned\u0007", "inner": {"b": "\u009b31m\u202e"}}
    brick("db", "create", "--table=evil", json.dumps(evil))
    text = seen(brick.on_terminal("db", "read", "--table=evil").out)
    assert not set(text) & set("\u001b\u0007\u009b\u202e")
    assert r"\u001b]0;owned\u0007" in text


def test_text_that_looks_like_markup_is_shown_as_it_is(brick: Brick):
    text = seen(brick.on_terminal("helloworld", "call", "--name=[bold]x[/bold] [/nope]").out)
    assert "Hello [bold]x[/bold] [/nope]" in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("services",), ["helloworld", "storage", "list-tables"]),
        (("describe", "db"), ["db/Create", "$0.0001 a call", "record", "(required)", "$ brick db create"]),
        (("describe", "helloworld"), ["a stream of messages; free", "integer", "nobody in particular"]),
    ],
)
def test_the_catalog_is_shown_for_reading(brick: Brick, words: tuple[str, ...], expected: list[str]):
    text = seen(brick.on_terminal(*words).out)
    for each in expected:
        assert each in text


def test_a_key_is_shown_with_what_it_may_do(brick: Brick):
    text = seen(brick.on_terminal("key", "create", "--scopes=db", "--description=shop").out)
    assert re.search(r"key +bk_sk_live_\w+", text)
    assert "shop" in text

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


def test_a_table_is_readable_on_80_columns_and_says_what_it_leaves_out(brick: Brick):
    text = seen(brick.on_terminal("provider", "list", "--service=ai", COLUMNS="80").out)
    assert "{" not in text
    assert max(map(len, text.splitlines())) <= 80
    heading, row = (
        line.split() for line in text.splitlines() if re.match(r" +(service|ai +anthropic) ", line)
    )
    assert heading[:4] == ["service", "name", "set_by", "asked"]
    assert row[:2] == ["ai", "anthropic"]
    [note] = re.findall(r"Not shown: .*", text, re.DOTALL)
    assert {"limits", "credentials", "docs"} <= set(re.findall(r"\w+", note))
    assert " ".join(note.split()).endswith("`--json` shows all.")


def test_no_column_is_too_narrow_to_read(brick: Brick):
    sent = brick("email", "send", "--to=ada@example.com", "--subject=Hi", "--text-body=Hello.").reply
    text = seen(brick.on_terminal("email", "list", "--limit=1", COLUMNS="80").out)
    [row] = [line for line in text.splitlines() if sent["id"] in line]
    assert row.split() == [sent["id"], "kept", "ada@example.com", "Hi"]


def test_a_table_that_fits_leaves_nothing_out(brick: Brick):
    record = {"id": "1", "wide": "word " * 40, "nothing": None, "inner": {"a": 1}}
    brick("db", "create", "--table=wide", json.dumps(record))
    text = seen(brick.on_terminal("db", "read", "--table=wide", COLUMNS="80").out)
    assert "Not shown" not in text
    assert text.count("word") == 40
    assert all(each in text for each in ("none", '{"a": 1}'))


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

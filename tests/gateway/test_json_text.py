import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import BadRequest
from brickyard.gateway import json_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4),
    max_leaves=30,
)
NAMES = st.sampled_from(["a", "b", '"', "\\", "{", "a:", "é", "x", ""])
PAIRS = st.recursive(
    st.sampled_from(["1", '"a"', '"\\""', "null", '"{"']),
    lambda inside: (
        st.lists(inside, max_size=3).map(lambda each: f"[{','.join(each)}]")
        | st.lists(st.tuples(NAMES, st.booleans(), inside), max_size=4).map(
            lambda pairs: (
                "{" + ", ".join(f"{quoted(name, escaped)} : {value}" for name, escaped, value in pairs) + "}"
            )
        )
    ),
    max_leaves=20,
)
"""JSON text whose objects may have a name twice, in either spelling."""
SIZE = 2_000_000
HOSTILE = {
    "open lists": b"[" * SIZE,
    "lists": b"[]," * (SIZE // 3),
    "an open string of quotes": b"[" * 65 + b'"' + b'\\"' * (SIZE // 2),
    "an open string of backslashes": b"[" * 65 + b'"' + b"\\" * SIZE + b"\\",
    "open strings": b"[" * 65 + b'"a' * (SIZE // 2),
    "spaces after strings": b"[" * 65 + b'"a"' + b" " * SIZE,
    "many strings and spaces": b'::"a"' + b'   "a"' * (SIZE // 6),
    "colons": b":" * SIZE,
    "names": b"{" + b'"":1,' * (SIZE // 5),
    "names with an escape": b'{"\\n":1,' + b'"":1,' * (SIZE // 5),
    "escaped quotes": b'{"a":1,"b":"' + b'\\"' * (SIZE // 2) + b'"}',
    "escaped backslashes": b'{"a":1,"b":"' + b"\\\\" * (SIZE // 2) + b'"}',
    "digits": b'{"a":1,"b":[' + (b"1" * 299 + b",") * (SIZE // 300) + b"1]}",
}


def quoted(name: str, escaped: bool) -> str:  # noqa: FBT001 - drawn by hypothesis
    if escaped:
        return '"' + "".join(f"\\u{ord(each):04x}" for each in name) + '"'
    return json.dumps(name, ensure_ascii=False)


def naive_depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(naive_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(naive_depth, value), default=0)
    return 0


def repeats(text: str) -> bool:
    found = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len({name for name, _ in pairs}) != len(pairs))
        return dict(pairs)

    json.loads(text, object_pairs_hook=look)
    return any(found)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_depth_is_what_walking_the_parsed_value_gives(value: Any, ascii_only: bool, indent: int | None):  # noqa: FBT001 - drawn by hypothesis
    with suppress(UnicodeEncodeError):
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
        assert json_text.depth(text) == naive_depth(value)


@given(PAIRS)
def test_names_given_twice_are_found_wherever_they_are_and_only_there(text: str):
    if repeats(text):
        with pytest.raises(BadRequest, match="twice"):
            json_text.check(text.encode())
    else:
        json_text.check(text.encode())


@given(st.binary(max_size=60) | st.text('{}[]":,\\a1 ', max_size=60).map(str.encode))
def test_any_bytes_are_passed_on_or_refused_and_never_break_it(body: bytes):
    with suppress(BadRequest):
        json_text.check(body)


@pytest.mark.parametrize("levels", [1, 63, 64])
def test_nesting_up_to_the_limit_passes(levels: int):
    json_text.check(b"[" * levels + b"]" * levels)
    json_text.check(b'{"a":' * levels + b"1" + b"}" * levels)


@pytest.mark.parametrize("levels", [65, 100_000])
def test_nesting_beyond_the_limit_is_refused(levels: int):
    for body in (b"[" * levels + b"]" * levels, b'{"a":' * levels + b"1" + b"}" * levels, b"[" * levels):
        with pytest.raises(BadRequest, match="64 levels"):
            json_text.check(body)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_two_megabytes_made_to_take_long_do_not(body: bytes):
    began = time.process_time()
    with suppress(BadRequest):
        json_text.check(body)
    assert time.process_time() - began < 2

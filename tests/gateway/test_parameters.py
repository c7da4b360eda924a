from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import BadRequest, PayloadTooLarge
from brickyard.gateway import parameters

NAMES = st.text(st.characters(exclude_characters=".[]", exclude_categories=["Cs"]), min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TREES = st.recursive(
    VALUES | st.lists(VALUES, min_size=2, max_size=3),
    lambda inside: st.dictionaries(NAMES, inside, min_size=1, max_size=3),
    max_leaves=10,
)


def pairs(tree: dict[str, Any], spelled: str, above: str = "") -> list[tuple[str, str]]:
    """Spell a tree as parameters, with dots or with brackets."""
    found = []
    for name, value in tree.items():
        path = spelled.format(above, name) if above else name
        if isinstance(value, dict):
            found += pairs(value, spelled, path)
        else:
            found += [(path, each) for each in (value if isinstance(value, list) else [value])]
    return found


@given(st.dictionaries(NAMES, TREES, max_size=4), st.sampled_from(["{}.{}", "{}[{}]"]))
def test_a_tree_spelled_with_dots_or_brackets_is_read_as_it_was(tree: dict[str, Any], spelled: str):
    assert parameters.parse(urlencode(pairs(tree, spelled)).encode()) == tree


@given(st.binary(max_size=80) | st.text("a.[]=&%+;01", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused_and_never_break_it(text: bytes):
    with suppress(BadRequest):
        assert isinstance(parameters.parse(text), dict)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=6))
def test_no_value_is_lost_or_made_up(given_pairs: list[tuple[str, str]]):
    text = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in given_pairs)
    with suppress(BadRequest):
        found = sorted(leaves(parameters.parse(text.encode())))
        assert found == sorted(value for _, value in given_pairs)


def leaves(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [leaf for each in (value.values() if isinstance(value, dict) else value) for leaf in leaves(each)]


def test_a_thousand_parameters_are_read_and_one_more_is_not():
    assert len(parameters.parse("&".join(f"a{number}=1" for number in range(1_000)).encode())) == 1_000
    with pytest.raises(BadRequest, match="1000"):
        parameters.parse("&".join(f"a{number}=1" for number in range(1_001)).encode())


@pytest.mark.parametrize("spelled", [".a", "[a]"])
def test_a_name_nests_as_deep_as_allowed_and_no_deeper(spelled: str):
    parameters.parse(("a" + spelled * 16 + "=1").encode())
    with pytest.raises(BadRequest, match="16 levels"):
        parameters.parse(("a" + spelled * 17 + "=1").encode())


DEAR = {"value": b"a=%b", "dots": b"a%b=1", "ampersands": b"%b", "escapes": b"%b=1"}
FILLERS = {"value": b"1", "dots": b".", "ampersands": b"&", "escapes": b"%41"}


def filled(kind: str, size_bytes: int) -> bytes:
    template, filler = DEAR[kind], FILLERS[kind]
    return template.replace(b"%b", filler * ((size_bytes - len(template) + 2) // len(filler)))


@pytest.mark.parametrize("kind", DEAR)
def test_as_many_bytes_as_allowed_are_answered_and_more_are_not_looked_at(kind: str):
    with suppress(BadRequest):
        parameters.parse(filled(kind, parameters.SIZE_MAX_BYTES))
    with pytest.raises(PayloadTooLarge, match="send JSON instead"):
        parameters.parse(filled(kind, parameters.SIZE_MAX_BYTES + 10))


@pytest.mark.parametrize("text", ["a=1&a=2&a=3", "a[]=1&a[]=2&a[]=3", "a.=1&a=2&a..=3"])
def test_a_name_given_again_is_a_list(text: str):
    assert parameters.parse(text.encode()) == {"a": ["1", "2", "3"]}

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from strategies import NUMBERS, TEXTS, narrow_value, number, text

from brickyard.services.db.compile import successor
from brickyard.services.db.keys import after, component, directed, index_key, number_bytes
from brickyard.services.db.order import SORTED_CHARACTERS, parse_order, sort_value

numbers = number | st.sampled_from(NUMBERS)
values = narrow_value | numbers | text


@given(numbers, numbers)
def test_numbers_sort_as_bytes_as_they_do_as_numbers(one: float, other: float):
    left, right = number_bytes(one), number_bytes(other)
    assert (left < right, left == right) == (one < other, one == other)


@given(values, values)
def test_values_sort_as_bytes_as_by_rank_and_value(one: Any, other: Any):
    first, second = sort_value(one), sort_value(other)
    left, right = component(first), component(second)
    assert (left == right) == (first == second)
    if first[0] != second[0] or (first[1] is not None and first[1] != second[1]):
        assert (left < right) == (first < second)
        assert (directed(left, "desc") > directed(right, "desc")) == (first < second)


@given(values, values)
def test_no_value_begins_another(one: Any, other: Any):
    left, right = component(sort_value(one)), component(sort_value(other))
    assert left == right or not left.startswith(right)


@given(values, values)
def test_fields_of_a_key_are_sorted_one_after_the_other(one: Any, other: Any):
    order = parse_order("a, b desc", "asc")
    low, high = sorted((component(sort_value(one)), component(sort_value(other))))
    keys = [index_key({"a": a, "b": b}, "1", order) for a in (one, other) for b in (one, other)]
    expected = [a + directed(b, "desc") for a in (low, high) for b in (high, low)]
    assert sorted(keys) == expected


@given(st.sampled_from(TEXTS) | text, text)
def test_all_that_begins_so_comes_before_the_successor(prefix: str, rest: str):
    end = successor(prefix)
    if end is not None:
        assert prefix <= prefix + rest < end
    else:
        assert not prefix.rstrip("\U0010ffff")


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_all_keys_that_begin_so_come_before_the_bytes_after(stem: bytes, rest: bytes):
    prefix = b"\x30" + stem
    assert prefix <= prefix + rest < after(prefix)


def test_long_strings_are_sorted_by_their_beginning():
    assert component(sort_value("x" * SORTED_CHARACTERS + "a")) == component(
        sort_value("x" * SORTED_CHARACTERS + "b")
    )

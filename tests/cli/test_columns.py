from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from brickyard.cli.columns import FRAME_CHARS, Column, fitting

NAMES = st.lists(st.text("abcid", min_size=1, max_size=12), min_size=1, max_size=12, unique=True)


def column(name: str, *values: str) -> Column:
    return Column(name, Text(name), values, [Text(each) for each in values])


def names(columns: list[Column]) -> list[str]:
    return [each.name for each in columns]


@given(names_=NAMES, width=st.integers(0, 60), room=st.integers(1, 200))
def test_those_that_are_shown_fit_and_stay_in_order(names_: list[str], width: int, room: int):
    columns = [column(name, "x" * width) for name in names_]
    shown = fitting(columns, room)
    assert names(shown) == [name for name in names_ if name in names(shown)]
    assert shown
    assert len(shown) == 1 or sum(each.least_chars + FRAME_CHARS for each in shown) < room


def test_what_is_long_gives_way_to_what_is_short_and_what_is_empty_to_both():
    columns = [column("empty", ""), column("long", "x" * 99), column("short", "x")]
    assert names(fitting(columns, 80)) == ["empty", "long", "short"]
    assert names(fitting(columns, 35)) == ["long", "short"]
    assert names(fitting(columns, 25)) == ["empty", "short"]
    assert names(fitting(columns, 10)) == ["short"]


def test_an_id_is_never_folded():
    assert column("id", "x" * 40).least_chars == 40
    assert column("other", "x" * 40).least_chars == 20
    assert column("id", "x" * 41).least_chars == 20

"""Made-up records and queries, drawn from few names and values so that they meet."""

from typing import Any

from hypothesis import strategies as st

from brickyard.services.db.instant import read_instant
from brickyard.services.db.order import Term
from brickyard.services.db.path import Path
from brickyard.services.db.query import (
    And,
    Compare,
    Contains,
    Instant,
    IsIn,
    IsNull,
    Not,
    Or,
    StartsWith,
)

NAMES = ["a", "b", "naïve", 'x"y\\', "in", "not", "id", "a b", "'--"]
DATES = [
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-02-29T23:59:59.5+02:00",
    "2024-02-31",
    "2024-01-01 00:00",
    "2023-12-31T23:59:59.9999Z",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:59-23:59",
    "0000-01-01",
    "2024-01-01T24:00Z",
    "2024-01-01T00:00+00:60",
    "12:00",
]
TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "ä",
    "\U0010ffff",
    "\ud7ff",
    "'",
    '"',
    "%",
    "_",
    "a" * 127,
    "a" * 128,
    "a" * 130,
]
NUMBERS: list[int | float] = [
    0,
    1,
    -1,
    2,
    0.5,
    -0.0,
    1.0,
    1e300,
    -1e300,
    2**53,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    1e-320,
]

text = st.sampled_from(TEXTS + DATES) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=4
)
number = (
    st.sampled_from(NUMBERS)
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
scalar = st.none() | st.booleans() | number | text
value = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
record = st.dictionaries(st.sampled_from(NAMES), value, max_size=4).map(
    lambda fields: {name: each for name, each in fields.items() if name != "id"}
)

path = st.lists(st.sampled_from(NAMES) | st.integers(0, 2), max_size=2).flatmap(
    lambda rest: st.sampled_from(NAMES).map(lambda name: Path((name, *rest)))
)
instant = st.sampled_from([each for each in DATES if read_instant(each) is not None]).map(
    lambda each: Instant(read_instant(each) or 0, each)
)
ordered = text | number | instant
comparison = st.one_of(
    st.builds(Compare, path, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), ordered),
    st.builds(Compare, path, st.sampled_from(["==", "!="]), st.booleans()),
    st.builds(Contains, path, scalar),
    st.builds(StartsWith, path, text),
    st.builds(IsNull, path),
    st.builds(IsIn, path, st.lists(scalar | instant, min_size=1, max_size=4).map(tuple)),
)


def _joined(inner: Any) -> Any:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(Not, inner) | st.builds(And, several) | st.builds(Or, several)


condition = st.recursive(comparison, _joined, max_leaves=5)
term = st.builds(Term, path, st.sampled_from(["asc", "desc"]))
order = st.lists(term, max_size=3).map(tuple)

# Two fields only, so that records, queries, orders and indexes are about the same ones.
FIELDS = [Path(("a",)), Path(("b",)), Path(("id",))]
narrow_value = (
    st.sampled_from([None, True, False, [], {}]) | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS)
)
narrow_record = st.fixed_dictionaries({}, optional={"a": narrow_value, "b": narrow_value})
narrow_path = st.sampled_from(FIELDS)
narrow_ordered = st.sampled_from(NUMBERS) | st.sampled_from(TEXTS)
narrow_comparison = st.one_of(
    st.builds(Compare, narrow_path, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), narrow_ordered),
    st.builds(Compare, narrow_path, st.sampled_from(["==", "!="]), st.booleans()),
    st.builds(StartsWith, narrow_path, st.sampled_from(TEXTS)),
    st.builds(IsNull, narrow_path),
    st.builds(
        IsIn, narrow_path, st.lists(narrow_ordered | st.sampled_from([None, True]), min_size=1).map(tuple)
    ),
)
narrow_condition = narrow_comparison | st.builds(
    And, st.lists(narrow_comparison, min_size=2, max_size=3).map(tuple)
)
narrow_term = st.builds(Term, narrow_path, st.sampled_from(["asc", "desc"]))
narrow_order = st.lists(narrow_term, max_size=3).map(tuple)
narrow_index = st.lists(narrow_term, min_size=1, max_size=3, unique_by=lambda each: each.path)

index_fields = st.lists(term, min_size=1, max_size=3, unique_by=lambda each: each.path)

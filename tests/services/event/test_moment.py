from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.services.event.moment import LATEST_NS, parsed, written

moments = st.integers(0, LATEST_NS)


@given(moments)
def test_a_moment_written_reads_the_same(moment_ns: int):
    assert parsed(written(moment_ns)) == moment_ns


@given(moments, moments)
def test_texts_sort_as_moments_do(one: int, other: int):
    assert (written(one) < written(other)) == (one < other)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2262, 1, 1)),  # noqa: DTZ001 - a zone is added to them
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_time_with_any_offset_is_the_moment_that_python_takes_it_for(time: datetime, zone: timezone):
    moment = time.replace(tzinfo=zone)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    assert parsed(moment.isoformat()) == since // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    ("text", "moment_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01z", 1_000_000_000),
        ("1970-01-01 00:00:00.5Z", 500_000_000),
        ("1970-01-01T00:00:00.000000001-00:00", 1),
        ("1969-12-31T23:59:59Z", 0),
        ("0001-01-01T00:00:00+23:59", 0),
        ("9999-12-31T23:59:59Z", LATEST_NS),
    ],
)
def test_what_rfc_3339_allows_is_read(text: str, moment_ns: int):
    assert parsed(text) == moment_ns


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", fullmatch=True))
def test_what_is_no_time_is_refused_and_nothing_breaks(text: str):
    try:
        assert 0 <= parsed(text) <= LATEST_NS
    except ValueError:
        return

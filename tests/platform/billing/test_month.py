import pytest

from brickyard.platform.billing.month import Month, timestamp


@pytest.mark.parametrize(
    ("moment_s", "name", "starts", "ends"),
    [
        (1_790_000_000, "2026-09", "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"),
        (1_798_761_599, "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (1_798_761_600, "2027-01", "2027-01-01T00:00:00Z", "2027-02-01T00:00:00Z"),
        (1_835_395_200, "2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
    ],
)
def test_a_moment_is_in_its_month_in_utc(moment_s: int, name: str, starts: str, ends: str):
    month = Month.of(moment_s * 1_000_000_000)
    assert (month.name, timestamp(month.starts_ns), timestamp(month.ends_ns)) == (name, starts, ends)


def test_one_month_begins_where_the_other_ends():
    month = Month.numbered(2026, 12)
    assert Month.of(month.ends_ns - 1) == month
    assert Month.of(month.ends_ns) == Month.numbered(2027, 1)


@pytest.mark.parametrize("number", [0, 13])
def test_a_month_that_is_none_is_an_error(number: int):
    with pytest.raises(ValueError, match="month"):
        Month.numbered(2026, number)

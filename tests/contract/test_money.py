import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import Money, usd


@pytest.mark.parametrize(
    ("dollars", "nanos"),
    [("0", 0), ("0.01", 10_000_000), ("0.0001", 100_000), ("0.00000015", 150), ("-2.5", -2_500_000_000)],
)
def test_dollars_are_whole_numbers_of_nano_dollars(dollars: str, nanos: int):
    assert usd(dollars) == nanos
    assert str(Money(nanos)) == dollars


def test_what_is_finer_than_a_nano_dollar_is_refused():
    with pytest.raises(ValueError, match="finer"):
        usd("0.0000000001")


@given(nanos=st.integers(-(10**27), 10**27))
def test_no_amount_loses_anything_on_paper(nanos: int):
    assert usd(str(Money(nanos))) == nanos

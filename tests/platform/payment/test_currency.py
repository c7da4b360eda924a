from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import Money, usd
from brickyard.platform.payment.currency import Currency, shown


@pytest.mark.parametrize(
    ("currency", "credit", "price", "written"),
    [
        ("usd", "20", 2000, "20.00"),
        ("USD", "0.01", 1, "0.01"),
        ("eur:0.93", "20", 1860, "18.60"),
        ("eur:0.9301", "0.01", 1, "0.01"),
        ("jpy:150.5", "20", 3010, "3010"),
        ("jpy:150.5", "0.01", 2, "2"),
    ],
)
def test_what_credit_costs(currency: str, credit: str, price: int, written: str):
    found = Currency.of(currency)
    assert found.price_of(usd(credit)) == price
    assert shown(price, found.code) == written


@given(cents=st.integers(1, 10**8), rate=st.decimals("0.001", "1000", places=3))
def test_no_credit_is_sold_for_less_than_it_costs(cents: int, rate: Decimal):
    price = Currency("eur", rate).price_of(Money(cents * 10_000_000))
    assert Decimal(price) - 1 < cents * rate <= price


@pytest.mark.parametrize(
    "text",
    [
        "",
        "us",
        "euro:1",
        "eur",
        "eur:",
        "eur:0",
        "eur:-1",
        "eur:nan",
        "eur:inf",
        "eur:x",
        "kwd:0.3",
        "ugx:3700",
        "\u0131\u0131r:1",
    ],
)
def test_what_is_no_currency_is_refused(text: str):
    with pytest.raises(ValueError, match=r".{20}"):
        Currency.of(text)

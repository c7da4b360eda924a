"""Rates of the euro, as the package ships them: nothing outside is asked."""

from decimal import Decimal

import pytest

from cloud import LocalCloud

DAY = "2021-05-28"  # EUR 1 = USD 1.2142, GBP 0.85765, JPY 133.45 as published
USD, GBP = Decimal("1.2142"), Decimal("0.85765")


async def test_rates_of_a_day_are_those_that_were_published(local_cloud: LocalCloud):
    reply = await local_cloud.call("currency/History", {"code": "eur", "date": DAY})
    assert (reply["code"], reply["date"]) == ("EUR", DAY)
    assert Decimal(str(reply["rates"]["EUR"])) == 1
    response = await local_cloud.post("currency/History", {"code": "usd", "date": DAY})
    assert response.headers["provider"] == "central_bank"
    ours = await local_cloud.call("currency/History", {"code": "EUR", "date": DAY})
    cross = response.json()["rates"]["GBP"]
    assert cross == pytest.approx(ours["rates"]["GBP"] / ours["rates"]["USD"], rel=1e-14)


async def test_a_weekend_has_the_rates_of_the_friday_before(local_cloud: LocalCloud):
    sunday = await local_cloud.call("currency/History", {"code": "USD", "date": "2021-05-30"})
    friday = await local_cloud.call("currency/History", {"code": "USD", "date": DAY})
    assert sunday == friday


async def test_a_conversion_is_exact_in_decimals(local_cloud: LocalCloud):
    reply = await local_cloud.call("currency/Convert", {"from": "EUR", "to": "USD", "amount": 0.1})
    assert Decimal(reply["exact_amount"]) == Decimal(reply["exact_rate"]) * Decimal("0.1")
    assert reply["rate"] == float(reply["exact_rate"])
    there_and_back = await local_cloud.call(
        "currency/Convert", {"from": "USD", "to": "EUR", "amount": reply["amount"]}
    )
    assert there_and_back["amount"] == pytest.approx(0.1, rel=1e-13)


async def test_a_currency_is_worth_itself(local_cloud: LocalCloud):
    reply = await local_cloud.call("currency/Convert", {"from": "usd", "to": "USD", "amount": 12.5})
    assert (reply["rate"], reply["amount"], reply["exact_rate"]) == (1.0, 12.5, "1")


async def test_without_an_amount_there_is_the_rate_alone(local_cloud: LocalCloud):
    reply = await local_cloud.call("currency/Convert", {"from": "USD", "to": "GBP"})
    assert reply["rate"] > 0
    assert reply["amount"] == 0


async def test_codes_have_names_and_there_is_a_rate_of_each(local_cloud: LocalCloud):
    codes = (await local_cloud.call("currency/Codes"))["codes"]
    assert {"name": "USD", "currency": "US Dollar"} in codes
    rates = (await local_cloud.call("currency/Rates", {"code": "EUR"}))["rates"]
    assert [each["name"] for each in codes] == sorted(rates)


@pytest.mark.parametrize(
    ("endpoint", "request_", "pointer"),
    [
        ("Rates", {"code": "XXX"}, "/code"),
        ("Rates", {"code": ""}, "/code"),
        ("Rates", {"code": "DOLLAR"}, "/code"),
        ("Rates", {}, "/code"),
        ("Convert", {"from": "USD", "to": "???", "amount": 1}, "/to"),
        ("Convert", {"from": "??", "to": "USD", "amount": 1}, "/from"),
        ("Convert", {"from": "USD", "to": "EUR", "amount": -1}, "/amount"),
        ("Convert", {"from": "USD", "to": "EUR", "amount": 1e300}, "/amount"),
        ("Convert", {"from": "USD", "to": "EUR", "amount": "1"}, "/amount"),
        ("History", {"code": "USD", "date": "2021-02-30"}, "/date"),
        ("History", {"code": "USD", "date": "30.5.2021"}, "/date"),
        ("History", {"code": "USD", "date": "20210530"}, "/date"),
        ("History", {"code": "USD", "date": "1998-12-31"}, "/date"),
        ("History", {"code": "USD", "date": "2999-01-01"}, "/date"),
        ("History", {"code": "USD", "date": ""}, "/date"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    endpoint: str, request_: dict[str, object], pointer: str, local_cloud: LocalCloud
):
    response = await local_cloud.post(f"currency/{endpoint}", request_)
    assert response.status_code == 400
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]


async def test_a_code_that_is_nearly_one_is_met_with_a_hint(local_cloud: LocalCloud):
    response = await local_cloud.post("currency/Rates", {"code": "USX"})
    assert "USD" in response.json()["detail"]


async def test_before_the_first_day_there_is_nothing(local_cloud: LocalCloud):
    response = await local_cloud.post("currency/History", {"code": "USD", "date": "1999-01-02"})
    assert response.status_code == 404

import asyncio
from pathlib import Path
from typing import Any

import pytest
from purse import ACCOUNT, ENDPOINT, KEY, PROJECT, Purse

from brickyard import platform, services
from brickyard.contract import Conflict, Money, PaymentRequired, Unavailable, usd
from brickyard.contract.catalog import discover
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Sql
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.till import Purchase, Till

CATALOG = discover(services, platform)


@pytest.fixture
def prices(tmp_path: Path) -> PriceList:
    own = tmp_path / "prices.toml"
    own.write_text('[endpoints]\n"db/Create" = { price = "1", caps = { business = 2 } }\n')
    return PriceList.of(CATALOG, own)


@pytest.fixture
def till(purse: Purse, prices: PriceList, clock: ManualClock) -> Till:
    return Till(purse.books, prices, clock, hold_limit_s=60)


def purchase(name: str = "req_1", **terms: Any) -> Purchase:
    told = {"account": ACCOUNT, "tier": "free", "project": PROJECT, "key_id": KEY, "endpoint": ENDPOINT}
    return Purchase(id=name, **(told | terms))


async def test_a_call_is_held_for_and_then_paid_for(purse: Purse, till: Till, prices: PriceList):
    await purse.top_up("3")
    opened = await till.open(purchase())
    assert opened
    assert await purse.has() == ("2", "1")
    assert await till.close(opened, succeeded=True) == usd("1")
    assert await till.close(opened, succeeded=True) == usd("1")
    assert await purse.has() == ("2", "0")
    record = await purse.last()
    assert (record.reference, record.price_version) == ("req_1", prices.version)


async def test_a_call_that_failed_is_not_paid_for(purse: Purse, till: Till):
    await purse.top_up("3")
    opened = await till.open(purchase())
    assert opened
    assert await till.close(opened, succeeded=False, actual=usd("1")) == 0
    assert await purse.has() == ("3", "0")


async def test_a_metered_call_is_held_for_at_most_and_paid_for_as_it_was(purse: Purse, till: Till):
    await purse.top_up("9")
    opened = await till.open(purchase(amount_max=usd("5")))
    assert opened
    assert await purse.has() == ("4", "5")
    assert await till.close(opened, succeeded=True, actual=usd("2")) == usd("2")


async def test_more_than_the_caller_is_willing_to_spend_is_refused(purse: Purse, till: Till):
    await purse.top_up("9")
    with pytest.raises(PaymentRequired, match=r"Max-Cost allows 0\.5") as refusal:
        await till.open(purchase(max_cost=usd("0.5")))
    assert (refusal.value.affordable, refusal.value.resets_at) == (usd("0.5"), None)
    assert await purse.has() == ("9", "0")
    assert await till.open(purchase(max_cost=usd("1")))


class Touched(Exception):  # noqa: N818 - no error, a finding
    pass


def untouched(_account: str) -> Sql:
    raise Touched


@pytest.mark.parametrize(("endpoint", "tier"), [("db.read", "free"), ("db.create", "owner")])
def test_a_call_that_costs_nothing_touches_no_database_and_waits_for_nothing(
    prices: PriceList, clock: ManualClock, endpoint: str, tier: str
):
    till = Till(Books(untouched, clock), prices, clock)
    assert till.price_of(endpoint, tier) == 0
    opening = till.open(purchase(endpoint=endpoint, tier=tier, amount_max=usd("5")))
    with pytest.raises(StopIteration) as ended:  # a coroutine that never waits ends at its first step
        opening.send(None)
    assert ended.value.value is None


async def test_a_database_that_fails_refuses_the_call(prices: PriceList, clock: ManualClock):
    with pytest.raises(Unavailable):
        await Till(Books(untouched, clock), prices, clock).open(purchase())


async def test_a_call_of_an_unknown_endpoint_is_not_sold(till: Till):
    with pytest.raises(KeyError):
        await till.open(purchase(endpoint="db.steal"))


async def test_one_id_is_sold_once(purse: Purse, till: Till):
    await purse.top_up("9")
    await till.open(purchase())
    with pytest.raises(Conflict):
        await till.open(purchase())


async def test_a_tiers_number_of_calls_binds_that_tier(purse: Purse, till: Till):
    await purse.top_up("9")
    await till.open(purchase("req_1", tier="business"))
    await till.open(purchase("req_2", tier="business"))
    with pytest.raises(PaymentRequired, match="2 calls"):
        await till.open(purchase("req_3", tier="business"))


async def test_money_is_taken_even_if_the_client_has_gone_meanwhile(purse: Purse, till: Till):
    await purse.top_up("3")
    opened = await till.open(purchase())
    assert opened
    closing = asyncio.create_task(till.close(opened, succeeded=True))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await purse.top_up("1")  # whoever writes later is written later
    assert await purse.has() == ("3", "0")


async def test_a_hold_that_is_never_closed_ends_after_its_limit(purse: Purse, till: Till, clock: ManualClock):
    await purse.top_up("3")
    opened = await till.open(purchase())
    assert opened
    clock.advance(60)
    assert await purse.books.sweep() == 1
    assert await till.close(opened, succeeded=True) == 0
    assert await purse.has() == ("3", "0")


async def test_an_account_is_of_the_tier_it_was_opened_in(purse: Purse, till: Till):
    await purse.books.open("acc_owner", "owner")
    await purse.books.open("acc_owner", "free")
    assert await till.tier_of("acc_owner") == "owner"
    assert await till.tier_of("acc_new") == "free"


async def test_prices_are_exact_to_the_nano_dollar(purse: Purse, till: Till):
    await purse.top_up("0.000000003")
    opened = await till.open(purchase(amount_max=Money(3)))
    assert opened
    assert await till.close(opened, succeeded=True, actual=Money(1)) == 1
    assert await purse.has() == ("0.000000002", "0")

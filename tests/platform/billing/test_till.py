import asyncio
from pathlib import Path
from typing import Any

import pytest
from purse import ACCOUNT, ENDPOINT, KEY, PROJECT, Purse

from brickyard import platform, services
from brickyard.contract import Money, PaymentRequired, Unavailable, usd
from brickyard.contract.catalog import discover
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Sql
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.tab import Draw, Offer
from brickyard.platform.billing.till import Spender, Till

CATALOG = discover(services, platform)


@pytest.fixture
def prices(tmp_path: Path) -> PriceList:
    own = tmp_path / "prices.toml"
    own.write_text('[endpoints]\n"db/Create" = { price = "1", caps = { business = 2 } }\n')
    return PriceList.of(CATALOG, own)


@pytest.fixture
def till(purse: Purse, prices: PriceList, clock: ManualClock) -> Till:
    return Till(purse.books, prices, clock, hold_limit_s=60)


def offered(
    till: Till, tier: str = "pro", endpoint: str = ENDPOINT, budget: Money | None = None
) -> Offer | None:
    return till.offer(Spender(ACCOUNT, tier, PROJECT, KEY, budget), endpoint)


async def opened(till: Till, tier: str = "pro", **terms: Any) -> Draw:
    offer = offered(till, tier)
    assert offer
    return await till.open(offer, **terms)


async def closed(draw: Draw, **how: Any) -> Money:
    cost = draw.end(**({"succeeded": True} | how))
    await draw.tab.settled()
    return cost


async def test_a_call_is_held_for_and_then_paid_for(purse: Purse, till: Till, prices: PriceList):
    await purse.top_up("3")
    draw = await opened(till)
    assert await purse.has() == ("2", "1")
    assert await closed(draw) == usd("1")
    assert await closed(draw) == 0
    assert await purse.has() == ("2", "0")
    record = await purse.last()
    assert (record.calls, record.price_version) == (1, prices.version)


async def test_a_call_that_failed_is_not_paid_for(purse: Purse, till: Till):
    await purse.top_up("3")
    assert await closed(await opened(till), succeeded=False, actual=usd("1")) == 0
    assert await purse.has() == ("3", "0")


async def test_a_metered_call_is_held_for_at_most_and_paid_for_as_it_was(purse: Purse, till: Till):
    await purse.top_up("9")
    draw = await opened(till, amount_max=usd("5"))
    assert await purse.has() == ("4", "5")
    assert await closed(draw, actual=usd("2")) == usd("2")
    assert await purse.has() == ("7", "0")


async def test_a_call_cannot_cost_less_than_nothing(purse: Purse, till: Till):
    await purse.top_up("9")
    with pytest.raises(ValueError, match="cannot cost"):
        (await opened(till)).end(succeeded=True, actual=-1)


async def test_what_a_call_cost_beyond_its_hold_is_ours_and_is_reported(purse: Purse, till: Till):
    await purse.top_up("9")
    assert await closed(await opened(till, amount_max=usd("1")), actual=usd("3")) == usd("1")
    assert await purse.has() == ("8", "0")
    (event,) = await purse.events()
    assert (event.kind, event.amount) == ("overrun", usd("2"))


async def test_more_than_the_caller_is_willing_to_spend_is_refused(purse: Purse, till: Till):
    await purse.top_up("9")
    with pytest.raises(PaymentRequired, match=r"Max-Cost allows 0\.5") as refusal:
        await opened(till, max_cost=usd("0.5"))
    assert (refusal.value.affordable, refusal.value.resets_at) == (usd("0.5"), None)
    assert await purse.has() == ("9", "0")
    assert await opened(till, max_cost=usd("1"))


class Touched(Exception):  # noqa: N818 - no error, a finding
    pass


def untouched(_account: str) -> Sql:
    raise Touched


@pytest.mark.parametrize(("endpoint", "tier"), [("billing.balance", "free"), ("db.create", "owner")])
def test_for_what_costs_nothing_and_is_not_counted_nobody_asks(till: Till, endpoint: str, tier: str):
    assert offered(till, tier, endpoint) is None


async def test_a_database_that_fails_refuses_the_call(prices: PriceList, clock: ManualClock):
    with pytest.raises(Unavailable):
        await opened(Till(Books(untouched, clock), prices, clock))


async def test_a_call_of_an_unknown_endpoint_is_not_sold(till: Till):
    with pytest.raises(KeyError):
        offered(till, endpoint="db.steal")


async def test_a_keys_budget_binds_it_and_no_other_key(purse: Purse, till: Till, clock: ManualClock):
    await purse.top_up("9")
    await purse.spend("1", key_id="key_b")
    offer = offered(till, budget=usd("2.5"))
    assert offer
    for _ in range(2):
        await closed(await till.open(offer))
    with pytest.raises(PaymentRequired, match=r"cap of prj_a/key_a \(2\.5 dollars\) leaves 0\.5") as refusal:
        await till.open(offer)
    assert (refusal.value.affordable, refusal.value.resets_at) == (usd("0.5"), "2026-10-01T00:00:00Z")
    clock.advance(10 * 86_400)
    assert await closed(await till.open(offer)) == usd("1")


async def test_a_budget_that_was_changed_holds_at_once(purse: Purse, till: Till):
    await purse.top_up("9")
    small, great = offered(till, budget=usd("1")), offered(till, budget=usd("2"))
    assert small
    assert great
    await closed(await till.open(small))
    await closed(await till.open(great))
    with pytest.raises(PaymentRequired):
        await till.open(great)


async def test_a_tiers_number_of_calls_binds_that_tier(purse: Purse, till: Till):
    await purse.top_up("9")
    await closed(await opened(till, "business"))
    await closed(await opened(till, "business"))
    with pytest.raises(PaymentRequired, match="2 calls"):
        await opened(till, "business")


async def test_calls_of_free_endpoints_are_counted_together(purse: Purse, clock: ManualClock, tmp_path: Path):
    own = tmp_path / "few.toml"
    own.write_text("[tiers.free]\nmonthly_free_calls = 2\n")
    till = Till(purse.books, PriceList.of(CATALOG, own), clock)
    for endpoint in ("db.read", "cache.get"):
        offer = offered(till, "free", endpoint)
        assert offer
        assert await closed(await till.open(offer)) == 0
    with pytest.raises(PaymentRequired, match="2 calls of free endpoints a month") as refusal:
        await till.open(offer)
    assert refusal.value.resets_at == "2026-10-01T00:00:00Z"


async def test_a_call_whose_client_left_while_it_waited_costs_nothing(purse: Purse, till: Till):
    await purse.top_up("3")
    opening = asyncio.create_task(opened(till))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await till.close()
    assert await purse.has() == ("3", "0")


async def test_a_hold_of_a_process_that_stands_still_ends_after_its_limit(
    purse: Purse, till: Till, clock: ManualClock
):
    await purse.top_up("3")
    draw = await opened(till)
    clock.advance(60)
    assert await purse.books.tidy(ACCOUNT) == 1
    assert await closed(draw) == usd("1")  # as far as is known when it ends
    assert await purse.has() == ("3", "0")
    assert await closed(await opened(till)) == usd("1")
    assert await purse.has() == ("2", "0")


async def test_a_call_counts_in_the_month_in_which_it_began(purse: Purse, till: Till, clock: ManualClock):
    await purse.top_up("9")
    before = await opened(till, "business")
    clock.advance(10 * 86_400)
    await purse.books.tidy(ACCOUNT)
    after = [await opened(till, "business") for _ in range(2)]
    assert [await closed(each) for each in (*after, before)] == [usd("1")] * 3
    assert await purse.has() == ("7", "0")


async def test_an_account_is_of_the_tier_it_was_opened_in(purse: Purse, till: Till):
    await purse.books.open("acc_owner", "owner")
    await purse.books.open("acc_owner", "free")
    assert await till.tier_of("acc_owner") == "owner"
    assert await till.tier_of("acc_new") == "free"


async def test_prices_are_exact_to_the_nano_dollar(purse: Purse, till: Till):
    await purse.top_up("0.000000003")
    draw = await opened(till, amount_max=Money(3))
    assert await closed(draw, actual=Money(1)) == 1
    assert await purse.has() == ("0.000000002", "0")

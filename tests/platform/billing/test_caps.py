import asyncio

import pytest
from purse import ACCOUNT, KEY, PROJECT, Purse

from brickyard.contract import PaymentRequired, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing import caps

NEXT_MONTH = "2026-10-01T00:00:00Z"  # the clock of tests begins on 2026-09-21
TO_NEXT_MONTH_S = 10 * 86_400


@pytest.fixture(autouse=True)
async def money(purse: Purse) -> None:
    await purse.top_up("100")


async def refused(purse: Purse, dollars: str, **terms: str) -> PaymentRequired:
    with pytest.raises(PaymentRequired) as refusal:
        await purse.hold(dollars, **terms)
    return refusal.value


async def test_a_project_spends_its_cap_and_not_a_nano_dollar_more(purse: Purse):
    await purse.cap("10")
    await purse.spend("7")
    await purse.hold("2")
    refusal = await refused(purse, "1.000000001")
    assert (refusal.affordable, refusal.resets_at) == (usd("1"), NEXT_MONTH)
    assert "prj_a (10 dollars) leaves 1" in refusal.detail
    await purse.spend("1")
    assert (await refused(purse, "0.000000001")).affordable == 0


async def test_what_was_held_and_not_spent_is_free_under_the_cap_again(purse: Purse):
    await purse.cap("10")
    held = await purse.hold("10")
    await purse.settle(held, "4")
    await purse.release(await purse.hold("6"))
    await purse.spend("6")
    (cap,) = await purse.caps()
    assert (cap.spent, cap.held, cap.left) == (usd("10"), 0, 0)


async def test_a_key_has_a_cap_of_its_own_within_its_projects(purse: Purse):
    await purse.cap("10")
    await purse.cap("3", key=KEY)
    refusal = await refused(purse, "4")
    assert (refusal.affordable, refusal.resets_at) == (usd("3"), NEXT_MONTH)
    assert "prj_a/key_a (3 dollars)" in refusal.detail
    await purse.spend("9", key_id="key_b")
    assert (await refused(purse, "2")).affordable == usd("1")


async def test_what_can_be_spent_is_the_least_of_balance_and_caps(purse: Purse):
    await purse.cap("5")
    await purse.hold("98", project="prj_b")
    assert (await refused(purse, "6")).affordable == usd("2")
    assert (await refused(purse, "6")).resets_at is None  # no month brings what the balance lacks
    assert (await refused(purse, "3")).affordable == usd("2")


async def test_other_projects_are_not_concerned(purse: Purse):
    await purse.cap("1")
    await purse.spend("50", project="prj_b")
    await purse.spend("1")


async def test_a_cap_holds_at_once_and_counts_what_the_month_has_spent(purse: Purse):
    await purse.spend("7")
    await purse.cap("8")
    assert (await refused(purse, "2")).affordable == usd("1")
    await purse.cap("5")
    assert (await refused(purse, "0.1")).affordable == 0
    await purse.books.write(ACCOUNT, lambda transaction: caps.remove(transaction, PROJECT, ""))
    await purse.spend("50")


async def test_the_next_month_begins_at_nothing(purse: Purse, clock: ManualClock):
    await purse.cap("10")
    await purse.spend("10")
    await refused(purse, "1")
    clock.advance(TO_NEXT_MONTH_S)
    await purse.spend("10")
    assert (await refused(purse, "1")).resets_at == "2026-11-01T00:00:00Z"


async def test_a_call_counts_in_the_month_in_which_it_began(purse: Purse, clock: ManualClock):
    await purse.cap("10")
    hold = await purse.hold("10")
    clock.advance(TO_NEXT_MONTH_S)
    await purse.settle(hold, "10")
    (cap,) = await purse.caps()
    assert (cap.spent, cap.held) == (0, 0)
    await purse.spend("10")


async def test_a_cap_of_nothing_allows_nothing_that_costs(purse: Purse):
    await purse.cap("0")
    assert (await refused(purse, "0.000000001")).affordable == 0


async def test_calls_at_once_do_not_spend_past_a_cap(purse: Purse):
    await purse.cap("1")
    outcomes = await asyncio.gather(*(purse.spend("0.03") for _ in range(100)), return_exceptions=True)
    assert sum(not isinstance(each, Exception) for each in outcomes) == 33
    (cap,) = await purse.caps()
    assert cap.spent == usd("0.99")


async def test_a_call_without_a_key_counts_for_its_project(purse: Purse):
    await purse.cap("1")
    await purse.spend("1", key_id="")
    await refused(purse, "1")

import asyncio

import pytest
from purse import Purse

from brickyard.contract import PaymentRequired, usd
from brickyard.engines.clock import ManualClock


async def test_the_first_calls_of_a_month_are_free_and_then_the_price_applies(
    purse: Purse, clock: ManualClock
):
    await purse.top_up("1")
    for _ in range(3):
        assert (await purse.spend("0.1", free_calls=3)).captured == 0
    assert (await purse.spend("0.1", free_calls=3)).captured == usd("0.1")
    clock.advance(10 * 86_400)
    assert (await purse.spend("0.1", free_calls=3)).captured == 0


async def test_free_calls_need_no_money(purse: Purse):
    hold = await purse.hold("5", free_calls=1)
    assert (hold.held, hold.counted) == (0, 1)
    ended = await purse.settle(hold, "5")
    assert (ended.captured, ended.overrun) == (0, 0)
    with pytest.raises(PaymentRequired):
        await purse.hold("5", free_calls=1)


async def test_a_free_call_that_failed_can_be_made_again(purse: Purse):
    await purse.release(await purse.hold("5", free_calls=1))
    await purse.spend("5", free_calls=1)
    with pytest.raises(PaymentRequired):
        await purse.hold("5", free_calls=1)


async def test_a_refused_call_takes_no_free_call_away(purse: Purse):
    await purse.spend("5", free_calls=1)
    with pytest.raises(PaymentRequired):
        await purse.hold("5", free_calls=1)
    await purse.spend("5", free_calls=2)


async def test_free_calls_made_at_once_are_no_more_than_there_are(purse: Purse):
    outcomes = await asyncio.gather(
        *(purse.spend("5", free_calls=7) for _ in range(50)), return_exceptions=True
    )
    assert sum(not isinstance(each, Exception) for each in outcomes) == 7


async def test_a_tiers_calls_of_an_endpoint_end_and_come_again_next_month(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    for _ in range(2):
        await purse.spend("1", calls_max=2)
    with pytest.raises(PaymentRequired, match=r"2 calls of db\.create a month") as refusal:
        await purse.hold("1", calls_max=2)
    assert (refusal.value.affordable, refusal.value.resets_at) == (0, "2026-10-01T00:00:00Z")
    await purse.spend("1", calls_max=2, endpoint="db.update")
    clock.advance(10 * 86_400)
    await purse.spend("1", calls_max=2)

import asyncio

import pytest
from purse import ACCOUNT, Purse

from brickyard.contract import Conflict, Money, NotFound, PaymentRequired, usd
from brickyard.engines.clock import ManualClock


async def test_a_call_is_paid_for_with_what_it_cost_and_the_rest_is_free_again(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    assert await purse.has() == ("6", "4")
    ended = await purse.settle(hold, "3")
    assert (ended.state, ended.captured, ended.overrun) == ("settled", usd("3"), 0)
    assert await purse.has() == ("7", "0")
    record = await purse.last()
    assert await purse.entries(record) == {"customer": "-3", "platform_revenue": "3"}
    assert (record.reference, record.endpoint, record.price_version) == (hold.id, "db.create", "v1")


async def test_a_call_that_failed_costs_nothing(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    assert (await purse.release(hold)).state == "released"
    assert await purse.has() == ("10", "0")
    assert (await purse.last()).kind == "top_up"


async def test_a_call_that_turned_out_to_be_free_leaves_no_transaction(purse: Purse):
    await purse.top_up("10")
    assert (await purse.spend("0")).state == "settled"
    assert (await purse.last()).kind == "top_up"


async def test_a_hold_is_settled_once_however_often_it_is_asked_for(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    endings = await asyncio.gather(*(purse.settle(hold, str(dollars)) for dollars in (3, 4, 1)))
    assert {ended.captured for ended in endings} == {usd("3")}
    assert (await purse.release(hold)).state == "settled"
    assert await purse.has() == ("7", "0")


async def test_a_hold_given_back_is_not_settled_afterwards(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    await purse.release(hold)
    ended = await purse.settle(hold, "3")
    assert (ended.state, ended.captured) == ("released", 0)
    assert await purse.has() == ("10", "0")


async def test_what_a_call_cost_beyond_its_hold_is_ours_and_is_reported(purse: Purse):
    await purse.top_up("10")
    ended = await purse.settle(await purse.hold("4"), "6")
    assert (ended.captured, ended.overrun) == (usd("4"), usd("2"))
    assert await purse.has() == ("6", "0")
    (event,) = await purse.events()
    assert (event.kind, event.subject, event.amount) == ("overrun", ended.id, usd("2"))


async def test_a_call_cannot_cost_less_than_nothing(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    with pytest.raises(ValueError, match="cannot cost"):
        await purse.settle(hold, "-1")


async def test_the_price_at_the_time_of_the_hold_is_what_is_taken(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4", price_version="old")
    await purse.spend("1", price_version="new")
    await purse.settle(hold, "4")
    assert (await purse.last()).price_version == "old"


async def test_what_the_balance_does_not_cover_is_refused_with_what_it_does(purse: Purse):
    await purse.top_up("10")
    await purse.hold("4")
    with pytest.raises(PaymentRequired, match="6 are available") as refusal:
        await purse.hold("6.000000001")
    assert refusal.value.affordable == usd("6")
    assert refusal.value.resets_at is None
    assert await purse.has() == ("6", "4")


async def test_an_account_without_money_can_spend_nothing(purse: Purse):
    with pytest.raises(PaymentRequired) as refusal:
        await purse.hold("0.000000001")
    assert refusal.value.affordable == 0


async def test_one_id_is_held_for_once_even_after_it_ended(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("1", id="req_x")
    with pytest.raises(Conflict, match="req_x"):
        await purse.hold("1", id="req_x")
    await purse.settle(hold, "1")
    with pytest.raises(Conflict, match="req_x"):
        await purse.hold("1", id="req_x")
    assert await purse.has() == ("9", "0")


async def test_what_was_not_held_cannot_be_settled(purse: Purse):
    await purse.top_up("1")
    with pytest.raises(NotFound, match="req_y"):
        await purse.books.settle(ACCOUNT, "req_y", Money(1))


async def test_a_hold_that_nobody_ends_ends_by_itself(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    hold = await purse.hold("4", expires_ns=clock.now_ns() + 1_000_000_000)
    clock.advance(0.999)
    assert await purse.books.expire_due(ACCOUNT) == 0
    clock.advance(0.001)
    assert await purse.books.expire_due(ACCOUNT) == 1
    assert await purse.has() == ("10", "0")
    ended = await purse.settle(hold, "4")
    assert (ended.state, ended.captured) == ("expired", 0)


async def test_more_holds_end_than_fit_into_one_transaction(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    await asyncio.gather(*(purse.hold("0.01", expires_ns=clock.now_ns()) for _ in range(401)))
    assert await purse.books.expire_due(ACCOUNT) == 401
    assert await purse.has() == ("10", "0")


async def test_money_held_beyond_its_time_does_not_refuse_a_call(purse: Purse, clock: ManualClock):
    await purse.top_up("4")
    await purse.hold("4", expires_ns=clock.now_ns() + 1)
    with pytest.raises(PaymentRequired):
        await purse.hold("4")
    clock.advance(1)
    await purse.hold("4")
    assert await purse.has() == ("0", "4")


async def test_500_calls_at_once_on_credit_for_100_are_100_calls(purse: Purse):
    await purse.top_up("1")
    outcomes = await asyncio.gather(*(purse.spend("0.01") for _ in range(500)), return_exceptions=True)
    refusals = [each for each in outcomes if isinstance(each, PaymentRequired)]
    assert len(refusals) == 400
    assert await purse.has() == ("0", "0")


async def test_one_account_knows_nothing_of_another(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("1")
    with pytest.raises(NotFound):
        await purse.books.settle("acc_b", hold.id, usd("1"))
    assert (await purse.books.balance("acc_b")).balance == 0

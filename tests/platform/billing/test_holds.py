import asyncio

import pytest
from purse import ACCOUNT, FAR_NS, Purse, turn_after

from brickyard.contract import PaymentRequired, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.holds import Lapsed, Turn
from brickyard.platform.billing.room import Refusal


async def test_a_call_is_paid_for_with_what_it_cost_and_the_rest_is_free_again(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    assert await purse.has() == ("6", "4")
    ended = await purse.settle(hold, "3")
    assert (ended.state, ended.captured, ended.overrun) == ("settled", usd("3"), 0)
    assert await purse.has() == ("7", "0")
    record = await purse.last()
    assert await purse.entries(record) == {"customer": "-3", "platform_revenue": "3"}
    assert (record.reference, record.endpoint, record.price_version) == (f"{hold.id}/2", "db.create", "v1")
    assert record.calls == 1


async def test_a_call_that_failed_costs_nothing(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    assert (await purse.release(hold)).state == "settled"
    assert await purse.has() == ("10", "0")
    assert (await purse.last()).kind == "top_up"


async def test_a_call_that_turned_out_to_be_free_leaves_no_transaction(purse: Purse):
    await purse.top_up("10")
    assert (await purse.spend("0")).state == "settled"
    assert (await purse.last()).kind == "top_up"


async def test_a_turn_is_taken_once_however_often_it_is_asked_for(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    ended = await asyncio.gather(*(purse.settle(hold, str(dollars)) for dollars in (3, 4, 1)))
    assert {each.captured for each in ended} == {usd("3")}
    assert (await purse.release(hold)).captured == usd("3")
    assert await purse.has() == ("7", "0")


async def test_what_was_given_back_is_not_taken_afterwards(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    given_back = await purse.release(hold)
    assert (await purse.settle(hold, "3")).captured == 0
    with pytest.raises(ValueError, match="does not follow"):
        await purse.take(turn_after(given_back, calls=1, taken=1))
    assert await purse.has() == ("10", "0")


async def test_many_calls_share_a_hold(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("1", wanted=(usd("1"), usd("2"), usd("3")))
    assert await purse.has() == ("4", "6")
    hold = await purse.take(turn_after(hold, calls=2, taken=usd("2.5"), kept=usd("3"), wanted=(usd("1"),)))
    assert (hold.held, hold.calls) == (usd("4"), 2)
    assert await purse.has() == ("3.5", "4")
    assert (await purse.last()).calls == 2
    await purse.take(turn_after(hold, calls=2, taken=usd("4")))
    assert await purse.has() == ("3.5", "0")


async def test_each_call_is_granted_or_refused_for_itself(purse: Purse):
    await purse.top_up("5")
    turn = Turn(
        id="hold_x",
        number=1,
        project="prj_a",
        key_id="key_a",
        endpoint="db.create",
        price_version="v1",
        expires_ns=FAR_NS,
        wanted=(usd("3"), usd("3"), usd("2")),
    )
    first, second, third = (await purse.books.take(ACCOUNT, turn)).grants
    assert (first, third) == (usd("3"), usd("2"))
    assert isinstance(second, Refusal)
    assert second.problem.affordable == usd("2")
    assert not second.may_pass


async def test_of_plenty_some_is_held_ahead_and_of_little_none(purse: Purse):
    await purse.top_up("64")
    hold = await purse.hold("0", wanted=(), ahead=usd("100"))
    assert hold.held == usd("2")
    await purse.release(hold)
    hold = await purse.hold("0", wanted=(usd("63.999999970"),), ahead=usd("1"))
    assert hold.held == usd("63.999999970")


async def test_a_call_that_others_leave_room_for_may_pass_later(purse: Purse):
    await purse.top_up("4")
    await purse.hold("3")
    outcome = await purse.books.take(
        ACCOUNT, turn_after(await purse.hold("1"), kept=usd("1"), wanted=(usd("4"), usd("5")))
    )
    assert [isinstance(each, Refusal) and each.may_pass for each in outcome.grants] == [True, False]


async def test_what_a_call_cost_beyond_its_hold_is_ours_and_is_reported(purse: Purse):
    await purse.top_up("10")
    ended = await purse.settle(await purse.hold("4"), "6")
    assert (ended.captured, ended.overrun) == (usd("4"), usd("2"))
    assert await purse.has() == ("6", "0")
    (event,) = await purse.events()
    assert (event.kind, event.subject, event.amount) == ("overrun", ended.id, usd("2"))


@pytest.mark.parametrize(
    "wrong", [{"taken": -1}, {"taken": usd("5")}, {"kept": usd("5")}, {"taken": usd("3"), "kept": usd("2")}]
)
async def test_a_turn_takes_and_keeps_no_more_than_is_held(purse: Purse, wrong: dict[str, int]):
    await purse.top_up("10")
    hold = await purse.hold("4")
    with pytest.raises(ValueError, match="does not follow"):
        await purse.take(turn_after(hold, **wrong))
    assert await purse.has() == ("6", "4")


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


async def test_no_turn_is_left_out(purse: Purse):
    await purse.top_up("1")
    with pytest.raises(ValueError, match="does not follow"):
        await purse.hold("1", number=2)


async def test_a_hold_that_nobody_ends_ends_by_itself(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    hold = await purse.hold("4", expires_ns=clock.now_ns() + 1_000_000_000)
    clock.advance(0.999)
    assert await purse.books.expire_due(ACCOUNT) == 0
    clock.advance(0.001)
    assert await purse.books.expire_due(ACCOUNT) == 1
    assert await purse.has() == ("10", "0")
    with pytest.raises(Lapsed):
        await purse.settle(hold, "4")


async def test_more_holds_end_than_fit_into_one_transaction(purse: Purse, clock: ManualClock):
    await purse.top_up("10")
    await asyncio.gather(*(purse.hold("0.01", expires_ns=clock.now_ns()) for _ in range(401)))
    assert await purse.books.expire_due(ACCOUNT) == 401
    assert await purse.has() == ("10", "0")


async def test_500_calls_at_once_on_credit_for_100_are_100_calls(purse: Purse):
    await purse.top_up("1")
    outcomes = await asyncio.gather(*(purse.spend("0.01") for _ in range(500)), return_exceptions=True)
    refusals = [each for each in outcomes if isinstance(each, PaymentRequired)]
    assert len(refusals) == 400
    assert await purse.has() == ("0", "0")


async def test_one_account_knows_nothing_of_another(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("1")
    with pytest.raises(ValueError, match="does not follow"):
        await purse.take(turn_after(hold, calls=1, taken=usd("1")), account="acc_b")
    assert (await purse.books.balance("acc_b")).balance == 0

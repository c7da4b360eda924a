import pytest
from purse import ACCOUNT, Purse

from brickyard.contract import BadRequest, PaymentRequired, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.movements import Movement

DAY_S = 86_400


def in_days(clock: ManualClock, days: int) -> int:
    return clock.now_ns() + days * DAY_S * 1_000_000_000


async def test_credit_is_spent_before_what_was_paid_for(purse: Purse):
    await purse.top_up("10")
    await purse.grant("2")
    await purse.spend("3")
    assert await purse.entries(await purse.last()) == {
        "promo:2": "-2",
        "customer": "-1",
        "platform_revenue": "3",
    }


async def test_credit_is_spent_by_priority_then_expiry_then_age(purse: Purse, clock: ManualClock):
    await purse.grant("1", priority=5)  # 1: last
    await purse.grant("1", expires_ns=in_days(clock, 9))  # 2: third
    await purse.grant("1", expires_ns=in_days(clock, 9))  # 3: fourth
    await purse.grant("1", expires_ns=in_days(clock, 3))  # 4: second
    await purse.grant("1", priority=-1)  # 5: first
    spent = []
    for _ in range(5):
        await purse.spend("1")
        spent += (await purse.entries(await purse.last())).keys() - {"platform_revenue"}
    assert spent == ["promo:5", "promo:4", "promo:2", "promo:3", "promo:1"]


async def test_credit_whose_time_is_over_cannot_be_spent(purse: Purse, clock: ManualClock):
    await purse.grant("2", expires_ns=in_days(clock, 1))
    await purse.top_up("1")
    clock.advance(DAY_S)
    with pytest.raises(PaymentRequired) as refusal:
        await purse.hold("2")
    assert refusal.value.affordable == usd("1")
    assert await purse.has() == ("1", "0")
    assert await purse.entries(await purse.last()) == {"promo:1": "-2", "breakage": "2"}


async def test_credit_ends_at_its_time_and_not_a_nanosecond_before(purse: Purse, clock: ManualClock):
    await purse.grant("2", expires_ns=clock.now_ns() + 1_000_000_000)
    clock.advance(0.999999)
    assert await purse.has() == ("2", "0")
    clock.advance(0.000001)
    assert await purse.has() == ("0", "0")


async def test_credit_that_a_call_under_way_counts_on_stays_until_the_call_is_done(
    purse: Purse, clock: ManualClock
):
    await purse.grant("5", expires_ns=in_days(clock, 1))
    hold = await purse.hold("2")
    clock.advance(DAY_S)
    assert await purse.has() == ("0", "2")
    await purse.settle(hold, "1")
    assert await purse.has() == ("0", "0")
    kinds = [(each.kind, str(each.amount)) for each in await purse.transactions()]
    assert [kind for kind, _ in kinds] == ["grant", "expire", "capture", "expire"]
    assert [each.amount for each in await purse.transactions()] == [
        usd("5"),
        usd("-3"),
        usd("-1"),
        usd("-1"),
    ]


async def test_a_refund_to_credit_whose_time_is_over_is_gone_at_once(purse: Purse, clock: ManualClock):
    await purse.grant("5", expires_ns=in_days(clock, 1))
    await purse.spend("5")
    clock.advance(DAY_S)
    await purse.books.refund(ACCOUNT, Movement(amount=usd("5"), original=2))
    assert await purse.has() == ("0", "0")


async def test_credit_that_would_have_expired_is_not_granted(purse: Purse, clock: ManualClock):
    with pytest.raises(BadRequest, match="expired already"):
        await purse.grant("1", expires_ns=clock.now_ns())


async def test_a_sweep_takes_away_what_is_over_in_every_accounts_books(purse: Purse, clock: ManualClock):
    await purse.grant("5", expires_ns=in_days(clock, 1))
    await purse.hold("1", expires_ns=in_days(clock, 1))
    clock.advance(DAY_S)
    assert await purse.books.tidy(ACCOUNT) == 1
    assert (await purse.last()).kind == "expire"
    assert await purse.has() == ("0", "0")

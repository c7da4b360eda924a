"""Turns that ask for nothing are noted in their hold, and posted to the ledger when somebody looks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from purse import ACCOUNT, ENDPOINT, FAR_NS, KEY, PROJECT, Purse, turn_after

from brickyard.contract import Money, usd
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Sql
from brickyard.platform.billing import holds
from brickyard.platform.billing import tab as tabs
from brickyard.platform.billing.holds import Hold, Lapsed
from brickyard.platform.billing.month import SECOND_NS
from brickyard.platform.billing.tab import Offer, Tab
from brickyard.platform.billing.wallet import look
from eventually import eventually


async def note(purse: Purse, hold: Hold, dollars: str, **terms: Any) -> Hold:
    """Have it noted that a call of a hold has cost so much."""
    taken = usd(dollars)
    turn = turn_after(hold, calls=1, taken=taken, kept=hold.held - taken, noted=True, **terms)
    return await purse.take(turn)


async def in_the_ledger(purse: Purse) -> list[tuple[str, int]]:
    """Give what captures took, and for how many calls, without looking at the books."""
    rows = await purse.sql.rows(
        "SELECT amount, calls FROM billing_transactions WHERE account = ?1 AND kind = 'capture'"
        " ORDER BY sequence"
    )
    return [(str(Money(amount)), calls) for amount, calls in rows]


async def test_what_is_noted_can_be_spent_by_nobody_and_is_posted_when_somebody_looks(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    for _ in range(2):
        hold = await note(purse, hold, "1")
    assert await in_the_ledger(purse) == []
    assert (await look(purse.sql)).available == usd("6")
    assert (hold.captured, hold.held, hold.unposted) == (usd("2"), usd("2"), usd("2"))
    assert await purse.faults() == []
    assert await purse.has() == ("6", "2")
    assert await in_the_ledger(purse) == [("-2", 2)]
    assert (await purse.last()).reference == f"{hold.id}/{hold.turns}"


async def test_who_looks_does_not_wait_for_what_is_noted_meanwhile(
    purse: Purse, monkeypatch: pytest.MonkeyPatch
):
    async def always(_sql: Sql) -> bool:
        return True

    await purse.top_up("10")
    await note(purse, await purse.hold("4"), "1")
    monkeypatch.setattr(holds, "any_noted", always)
    async with asyncio.timeout(20):
        assert await purse.has() == ("6", "3")


async def test_more_is_noted_than_fits_into_one_transaction(purse: Purse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(holds, "TOGETHER", 2)
    await purse.top_up("10")
    for _ in range(5):
        await note(purse, await purse.hold("1"), "1")
    assert await purse.has() == ("5", "0")
    assert len(await in_the_ledger(purse)) == 5


async def test_a_turn_that_is_taken_whole_posts_what_was_noted_before(purse: Purse):
    await purse.top_up("10")
    hold = await note(purse, await purse.hold("4"), "1")
    ended = await purse.settle(hold, "2")
    assert (ended.state, ended.captured) == ("settled", usd("3"))
    assert await in_the_ledger(purse) == [("-3", 2)]
    assert await purse.has() == ("7", "0")


async def test_what_a_process_noted_before_it_ended_is_taken_and_the_rest_comes_back(
    purse: Purse, clock: ManualClock
):
    await purse.top_up("10")
    hold = await note(purse, await purse.hold("4", expires_ns=clock.now_ns() + SECOND_NS), "1")
    purse.close()
    purse.open()
    clock.advance(1)
    assert await purse.books.expire_due(ACCOUNT) == 1
    assert await purse.has() == ("9", "0")
    assert await in_the_ledger(purse) == [("-1", 1)]
    with pytest.raises(Lapsed):
        await note(purse, hold, "1")


async def test_a_noted_turn_is_taken_once_and_takes_no_more_than_is_held(purse: Purse):
    await purse.top_up("10")
    hold = await purse.hold("4")
    first, second = await note(purse, hold, "3"), await note(purse, hold, "3")
    assert first == second
    with pytest.raises(ValueError, match="does not follow"):
        await note(purse, first, "2")
    assert await purse.has() == ("6", "1")


async def test_who_looks_tells_of_a_budget_of_which_a_part_is_reached(purse: Purse):
    await purse.top_up("100")
    hold = await purse.hold("8", budget=usd("10"))
    await note(purse, hold, "6", budget=usd("10"))
    assert await purse.events() == []
    await purse.books.balance(ACCOUNT)
    assert [(each.kind, each.threshold) for each in await purse.events()] == [("cap", 50)]


@pytest.fixture
async def tab(purse: Purse, clock: ManualClock) -> AsyncIterator[Tab]:
    """A tab with money for all calls of a burst; in the end the books are right, and nothing is held."""
    await purse.top_up("1000")
    offer = Offer(
        account=ACCOUNT,
        project=PROJECT,
        key_id=KEY,
        endpoint=ENDPOINT,
        price=usd("0.001"),
        price_version="v1",
    )
    tab = Tab(purse.books, clock, offer, FAR_NS // 2, lambda _tab: None)
    yield tab
    await tab.close()
    assert await purse.has() == ("999.2", "0")
    assert await purse.faults() == []


async def burst(tab: Tab) -> None:
    """Make 40 times 20 calls that come together."""

    async def call() -> None:
        draw = await tab.draw(tab.offer.price)
        assert draw is not None
        draw.end(succeeded=True)
        await tab.settled()

    for _ in range(40):
        await asyncio.gather(*(call() for _ in range(20)))


async def test_most_calls_that_come_together_are_only_noted_at_first(
    tab: Tab, purse: Purse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tabs, "IDLE_S", 3600)
    await burst(tab)
    assert len(await in_the_ledger(purse)) < 10


async def test_what_is_noted_is_posted_though_nobody_calls_any_more(
    tab: Tab, purse: Purse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tabs, "IDLE_S", 0.05)
    await burst(tab)

    async def posted() -> bool:
        return sum(calls for _, calls in await in_the_ledger(purse)) == 800

    await eventually(posted)

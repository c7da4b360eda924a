"""Calls that share a hold: what they save, and what they never do for it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from purse import ACCOUNT, ENDPOINT, KEY, PROJECT, Purse

from brickyard.contract import Money, PaymentRequired, Unavailable, usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing import tab as tabs
from brickyard.platform.billing.holds import Outcome, Turn
from brickyard.platform.billing.month import SECOND_NS
from brickyard.platform.billing.tab import Draw, Offer, Tab

PRICE = usd("0.01")


class Books:
    """An account's books, which count turns and can be made to fail before or after one."""

    def __init__(self, purse: Purse) -> None:
        self._purse = purse
        self.turns = 0
        self.fails_before, self.fails_after = 0, False

    async def take(self, account: str, turn: Turn) -> Outcome:
        if self.fails_before:
            await asyncio.sleep(0.005)
            self.fails_before -= 1
            raise Unavailable("The store is away.")
        self.turns += 1
        outcome = await self._purse.books.take(account, turn)
        if self.fails_after:
            raise Unavailable("The connection broke.")
        return outcome

    async def expire_due(self, account: str) -> int:
        return await self._purse.books.expire_due(account)


class Shop:
    """A key's calls of one endpoint."""

    def __init__(self, purse: Purse, clock: ManualClock) -> None:
        self.purse, self.clock, self.books = purse, clock, Books(purse)
        self.tabs: list[Tab] = []

    def tab(self, **terms: int) -> Tab:
        offer = Offer(
            account=ACCOUNT,
            project=PROJECT,
            key_id=KEY,
            endpoint=ENDPOINT,
            price=PRICE,
            price_version="v1",
            **terms,
        )
        one = Tab(self.books, self.clock, offer, 60 * SECOND_NS, lambda _tab: None)  # type: ignore[arg-type]  # what is used of it
        self.tabs.append(one)
        return one


@pytest.fixture
async def shop(purse: Purse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr(tabs, "IDLE_S", 0.3)
    monkeypatch.setattr(tabs, "PASSING_S", 0.7)
    shop = Shop(purse, clock)
    yield shop
    await asyncio.gather(*(tab.close() for tab in shop.tabs))


async def drawn(tab: Tab) -> Draw:
    draw = await tab.draw(PRICE)
    assert draw is not None
    return draw


async def call(tab: Tab, *, succeeds: bool = True) -> Money:
    cost = (await drawn(tab)).end(succeeded=succeeds)
    await tab.settled()
    return cost


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.005)


async def test_calls_at_once_turn_to_the_books_together(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab()
    assert await asyncio.gather(*(call(tab) for _ in range(50))) == [PRICE] * 50
    assert shop.books.turns <= 4
    assert (await shop.purse.wallet()).balance == usd("99.5")
    assert sum(each.calls for each in await shop.purse.transactions()) == 50


async def test_who_calls_again_finds_money_held(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab()
    for _ in range(3):
        await asyncio.gather(*(call(tab) for _ in range(20)))
    before = shop.books.turns
    draws = [tab.draw_now(PRICE) for _ in range(20)]
    assert all(draws)
    assert shop.books.turns == before
    for draw in draws:
        assert draw
        draw.end(succeeded=True)
    await tab.settled()
    assert (await shop.purse.wallet()).balance == usd("99.2")


async def test_one_call_alone_holds_nothing_ahead(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab()
    await call(tab)
    assert await shop.purse.has() == ("99.99", "0")
    await call(tab, succeeds=False)
    assert await shop.purse.has() == ("99.99", "0")


async def test_calls_one_after_another_wait_for_the_books_no_longer_than_a_few_times(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tabs, "IDLE_S", 3600)  # all in one half second, however slow the machine is
    await shop.purse.top_up("100")
    tab = shop.tab()
    ready = list[bool]()
    for _ in range(60):
        draw = tab.draw_now(PRICE)
        ready.append(draw is not None)
        (draw or await drawn(tab)).end(succeeded=True)
        await tab.settled()
    assert ready == [False] * 5 + [True] * 55
    assert (await shop.purse.wallet()).balance == usd("99.4")
    assert (await shop.purse.wallet()).held <= 10 * PRICE


async def test_while_too_much_is_given_back_calls_draw_on_the_rest(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab()
    for _ in range(3):
        await asyncio.gather(*(call(tab) for _ in range(20)))
    tab._steady = 3  # as after half a second of calls that come one after another
    held = (await shop.purse.wallet()).held
    (await drawn(tab)).end(succeeded=True)
    turn = asyncio.create_task(tab.settled())
    for _ in range(2):
        await asyncio.sleep(0)  # it is under way
    assert tab._unsure is not None
    draw, before = tab.draw_now(PRICE), shop.books.turns
    assert draw is not None
    await turn
    assert shop.books.turns == before
    assert (await shop.purse.wallet()).held < held / 2
    draw.end(succeeded=True)
    await tab.settled()
    assert (await shop.purse.wallet()).balance == usd("99.38")


async def test_what_is_held_ahead_comes_back_when_nobody_calls(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab()
    for _ in range(3):
        await asyncio.gather(*(call(tab) for _ in range(20)))
    assert (await shop.purse.wallet()).held > 0
    for _ in range(100):
        await asyncio.sleep(0.02)
        if not (await shop.purse.wallet()).held:
            break
    assert await shop.purse.has() == ("99.4", "0")


async def test_a_call_waits_for_what_others_hold_ahead(shop: Shop):
    await shop.purse.top_up("10")
    busy, other = shop.tab(), shop.tab()
    for _ in range(3):
        await asyncio.gather(*(call(busy) for _ in range(20)))
    assert (await shop.purse.wallet()).held > 0
    everything = await shop.purse.wallet()
    draw = await other.draw(everything.balance)
    assert draw is not None
    assert draw.end(succeeded=True) == everything.balance
    await other.settled()
    assert await shop.purse.has() == ("0", "0")


async def test_a_call_under_way_is_not_waited_for(shop: Shop):
    await shop.purse.top_up("0.01")
    draw = await drawn(shop.tab())
    with pytest.raises(PaymentRequired):
        await shop.tab().draw(PRICE)
    assert draw.end(succeeded=True) == PRICE
    await draw.tab.settled()


async def test_free_calls_are_no_more_than_there_are_and_then_paid_for(shop: Shop):
    await shop.purse.top_up("100")
    tab = shop.tab(free_calls=70)
    costs = [cost for _ in range(5) for cost in await asyncio.gather(*(call(tab) for _ in range(20)))]
    assert costs == [0] * 70 + [PRICE] * 30


async def test_a_number_of_calls_is_made_exactly(shop: Shop):
    await shop.purse.top_up("100")
    one, other = shop.tab(calls_max=100), shop.tab(calls_max=100)
    outcomes = [
        outcome
        for _ in range(10)
        for outcome in await asyncio.gather(
            *(call(tab) for _ in range(10) for tab in (one, other)), return_exceptions=True
        )
    ]
    assert outcomes.count(PRICE) == 100
    assert sum(isinstance(each, PaymentRequired) for each in outcomes) == 100
    assert (await shop.purse.wallet()).balance == usd("99")


async def test_a_counted_call_that_failed_can_be_made_again(shop: Shop):
    tab = shop.tab(free_calls=1)
    assert await call(tab, succeeds=False) == 0
    assert await call(tab) == 0
    with pytest.raises(PaymentRequired):
        await call(tab)


async def test_a_store_that_is_away_refuses_calls_and_takes_later_what_was_owed(shop: Shop):
    await shop.purse.top_up("1")
    tab = shop.tab()
    draw = await drawn(tab)
    shop.books.fails_before = 2
    draw.end(succeeded=True)
    await tab.settled()
    with pytest.raises(Unavailable):
        await tab.draw(PRICE)
    assert await shop.purse.has() == ("0.99", "0.01")
    assert await call(tab) == PRICE
    assert await shop.purse.has() == ("0.98", "0")


async def test_a_store_that_was_away_at_first_is_asked_again(shop: Shop):
    await shop.purse.top_up("1")
    tab = shop.tab()
    shop.books.fails_before = 1
    first = asyncio.create_task(tab.draw(PRICE))
    await asyncio.sleep(0)
    second = asyncio.create_task(tab.draw(PRICE))
    for waiting in (first, second):
        with pytest.raises(Unavailable):
            await waiting
    await asyncio.sleep(0.002)
    assert await call(tab) == PRICE


async def test_what_was_taken_before_the_connection_broke_is_taken_once(shop: Shop):
    await shop.purse.top_up("1")
    tab = shop.tab()
    draws = [await drawn(tab) for _ in range(3)]
    shop.books.fails_after = True
    for draw in draws:
        draw.end(succeeded=True)
    await tab.settled()
    await tab.settled()
    shop.books.fails_after = False
    assert await call(tab) == PRICE
    assert await shop.purse.has() == ("0.96", "0")


async def test_what_was_granted_before_the_connection_broke_is_not_lost(shop: Shop):
    await shop.purse.top_up("1")
    tab = shop.tab(calls_max=3)
    shop.books.fails_after = True
    with pytest.raises(Unavailable):
        await tab.draw(PRICE)
    shop.books.fails_after = False
    assert [await call(tab) for _ in range(3)] == [PRICE] * 3
    with pytest.raises(PaymentRequired):
        await call(tab)
    assert await shop.purse.has() == ("0.97", "0")


async def test_money_is_held_for_as_long_as_a_call_takes(shop: Shop):
    await shop.purse.top_up("1")
    draw = await drawn(shop.tab())
    for _ in range(5):
        before = shop.books.turns
        shop.clock.advance(40)
        await until(lambda before=before: shop.books.turns > before)
        assert await shop.purse.books.expire_due(ACCOUNT) == 0
    assert draw.end(succeeded=True) == PRICE
    await draw.tab.settled()
    assert await shop.purse.has() == ("0.99", "0")


async def test_money_that_was_held_too_long_by_others_is_there_for_a_call(shop: Shop):
    await shop.purse.top_up("0.01")
    await shop.purse.hold("0.01", expires_ns=shop.clock.now_ns() + 1)
    shop.clock.advance(1)
    assert await call(shop.tab()) == PRICE


async def test_a_tab_that_closes_waits_for_calls_under_way(shop: Shop):
    await shop.purse.top_up("1")
    tab = shop.tab()
    draw = await drawn(tab)
    await tab.close()
    assert await shop.purse.has() == ("0.99", "0.01")
    assert await tab.draw(PRICE) is None
    draw.end(succeeded=True)
    await tab.settled()
    assert await shop.purse.has() == ("0.99", "0")

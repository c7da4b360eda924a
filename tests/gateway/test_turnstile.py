"""Tenants take turns: however many calls one makes, another's is begun soon."""

import asyncio
import time

import pytest
from wire import until

from brickyard.gateway import turnstile as module
from brickyard.gateway.turnstile import BEGUN_MAX as BEGUN
from brickyard.gateway.turnstile import (
    BESIDE_S,
    BUSY_MAX,
    BYTES_WEIGHT,
    TENANTS_MAX,
    Turnstile,
    weight_of,
)

CROWD = 200


async def turn_of_the_loop() -> None:
    await asyncio.sleep(0)


async def some_turns() -> None:
    for _ in range(2 * CROWD):
        await turn_of_the_loop()


class Crowd:
    """Calls of tenants, at one turnstile."""

    def __init__(self) -> None:
        self.turnstile = Turnstile()
        self.begun: list[str] = []
        self.running: list[str] = []

    def call(self, name: str, times: int = 1, *, at_once: bool = True) -> None:
        """Make calls, which end as soon as they are begun, or not before `end` is called."""
        tenant = self.turnstile.tenant(name)

        def begin() -> None:
            self.begun.append(name)
            if at_once:
                self.turnstile.leave(tenant)
            else:
                self.running.append(name)

        for _ in range(times):
            self.turnstile.enter(tenant, begin)

    def end(self, name: str) -> None:
        """End one of a tenant's calls."""
        self.running.remove(name)
        self.turnstile.leave(self.turnstile.tenant(name))


class Time:
    """The turnstile's time, which stands still but for what is added to it."""

    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Time that stands still, so that who called beside another stays so."""
    stopped = Time()
    monkeypatch.setattr(module, "time", stopped)
    return stopped


@pytest.fixture
def unwatched(stopped: Time, monkeypatch: pytest.MonkeyPatch) -> Time:
    """As above, and nobody looks how long calls take."""
    monkeypatch.setattr(module, "LOOK_S", 3600.0)
    return stopped


async def test_calls_begin_at_once_as_long_as_they_are_few():
    crowd = Crowd()
    crowd.call("a", BEGUN)
    assert len(crowd.begun) == BEGUN


async def test_of_many_some_begin_at_each_turn_of_the_loop_in_the_order_that_they_came():
    turnstile, begun = Turnstile(), list[int]()
    tenant = turnstile.tenant("a")
    for number in range(BEGUN * 3):
        turnstile.enter(tenant, lambda number=number: begun.append(number))
    counts = [len(begun)]
    while len(begun) < BEGUN * 3:
        await turn_of_the_loop()
        counts.append(len(begun))
    assert counts == [BEGUN, BEGUN * 2, BEGUN * 3]
    assert begun == list(range(BEGUN * 3))


async def test_who_calls_now_and_then_waits_for_one_turn_of_a_flood():
    crowd = Crowd()
    crowd.call("flood", 1000)
    await turn_of_the_loop()
    before = len(crowd.begun)
    crowd.call("quiet")
    await turn_of_the_loop()
    assert crowd.begun.index("quiet") - before <= 1
    await some_turns()
    assert len(crowd.begun) == 1001


async def test_a_tenant_who_is_alone_has_any_number_of_calls_under_way():
    crowd = Crowd()
    crowd.call("a", CROWD, at_once=False)
    await some_turns()
    assert len(crowd.running) == CROWD


@pytest.mark.usefixtures("unwatched")
async def test_beside_another_it_has_few_and_the_next_begins_when_one_ends():
    crowd = Crowd()
    crowd.call("quiet")
    crowd.call("flood", CROWD, at_once=False)
    for _ in range(CROWD - BUSY_MAX):
        await some_turns()
        assert len(crowd.running) == BUSY_MAX
        crowd.end("flood")
    await some_turns()
    assert len(crowd.begun) == CROWD + 1


@pytest.mark.usefixtures("unwatched")
async def test_a_call_beside_a_tenant_who_has_enough_begins_at_once():
    crowd = Crowd()
    crowd.call("quiet")
    crowd.call("flood", CROWD, at_once=False)
    await some_turns()
    begun = len(crowd.begun)
    crowd.call("quiet")
    assert crowd.begun[begun:] == ["quiet"]


@pytest.mark.usefixtures("unwatched")
async def test_whichever_way_its_calls_come_it_has_few_beside_another():
    crowd, ended = Crowd(), asyncio.Event()

    async def call() -> None:
        async with crowd.turnstile.passed("flood", 1):
            crowd.running.append("flood")
            await ended.wait()

    calls = [asyncio.create_task(call()) for _ in range(CROWD)]
    crowd.call("quiet")
    await some_turns()
    crowd.call("quiet")
    assert len(crowd.running) == BUSY_MAX
    ended.set()
    await asyncio.gather(*calls)


async def test_once_alone_again_it_has_any_number_under_way(unwatched: Time):
    crowd = Crowd()
    crowd.call("quiet")
    crowd.call("flood", CROWD, at_once=False)
    await some_turns()
    assert len(crowd.running) == BUSY_MAX
    unwatched.now_s += BESIDE_S
    crowd.end("flood")
    await some_turns()
    assert len(crowd.running) == CROWD - 1


@pytest.mark.usefixtures("stopped")
async def test_calls_that_take_long_are_let_in_all_the_same():
    """They wait for something else than the processor: for another service, or for a disk."""
    crowd = Crowd()
    crowd.call("quiet")
    crowd.call("slow", CROWD, at_once=False)
    await until(lambda: len(crowd.running) == CROWD)


@pytest.mark.usefixtures("stopped")
async def test_quick_ones_are_few_again_after_a_pause_in_which_none_ended():
    crowd = Crowd()
    tenant = crowd.turnstile.tenant("flood")
    crowd.call("quiet")
    crowd.call("flood", 100 * CROWD, at_once=False)
    await until(lambda: tenant.running_max > BUSY_MAX)
    while tenant.running_max > BUSY_MAX or len(crowd.running) > BUSY_MAX:
        crowd.end("flood")
        await turn_of_the_loop()
    assert tenant.waiting


async def test_a_large_call_counts_for_many_small_ones():
    assert weight_of(b"{}") == 1
    assert weight_of(bytes(BYTES_WEIGHT * BEGUN)) > BEGUN
    turnstile, passed = Turnstile(), list[str]()

    async def call(name: str, weight: int) -> None:
        async with turnstile.passed(name, weight):
            passed.append(name)

    calls = [asyncio.create_task(call("large", 100)) for _ in range(10)]
    await turn_of_the_loop()
    calls.append(asyncio.create_task(call("small", 1)))
    await asyncio.gather(*calls)
    assert passed.index("small") <= 2


async def test_whoever_leaves_while_waiting_holds_nobody_up_and_is_not_counted():
    turnstile = Turnstile()
    tenant = turnstile.tenant("a")

    async def call() -> None:
        async with turnstile.passed("a", 1):
            await asyncio.sleep(0)

    for _ in range(BEGUN):
        turnstile.enter(tenant, lambda: turnstile.leave(tenant))
    gone, stays = (asyncio.create_task(call()) for _ in range(2))
    begun = asyncio.create_task(call())
    await turn_of_the_loop()
    gone.cancel()
    await stays
    begun.cancel()
    await asyncio.gather(gone, begun, return_exceptions=True)
    assert gone.cancelled()
    assert tenant.running == 0
    assert not tenant.waiting


async def test_who_has_nothing_to_do_is_forgotten_in_the_end():
    turnstile = Turnstile()
    busy = turnstile.tenant("busy")
    turnstile.enter(busy, lambda: None)
    for number in range(2 * TENANTS_MAX):
        turnstile.tenant(f"t{number}")
    assert len(turnstile._tenants) <= TENANTS_MAX
    assert turnstile.tenant("busy") is busy

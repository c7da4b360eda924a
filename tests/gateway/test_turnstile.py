"""Tenants take turns: however many calls one makes, another's is begun soon."""

import asyncio

from brickyard.gateway.turnstile import BEGUN_MAX, BYTES_WEIGHT, Turnstile, weight_of


async def turn_of_the_loop() -> None:
    await asyncio.sleep(0)


async def test_calls_begin_at_once_as_long_as_they_are_few():
    turnstile, begun = Turnstile(), list[int]()
    for number in range(BEGUN_MAX):
        turnstile.enter("a", lambda number=number: begun.append(number))
    assert begun == list(range(BEGUN_MAX))


async def test_of_many_some_begin_at_each_turn_of_the_loop_in_the_order_that_they_came():
    turnstile, begun = Turnstile(), list[int]()
    for number in range(BEGUN_MAX * 3):
        turnstile.enter("a", lambda number=number: begun.append(number))
    counts = [len(begun)]
    while len(begun) < BEGUN_MAX * 3:
        await turn_of_the_loop()
        counts.append(len(begun))
    assert counts == [BEGUN_MAX, BEGUN_MAX * 2, BEGUN_MAX * 3]
    assert begun == list(range(BEGUN_MAX * 3))


async def test_who_calls_now_and_then_waits_for_one_turn_of_a_flood():
    turnstile, begun = Turnstile(), list[str]()
    for _ in range(1000):
        turnstile.enter("flood", lambda: begun.append("flood"))
    await turn_of_the_loop()
    before = len(begun)
    turnstile.enter("quiet", lambda: begun.append("quiet"))
    await turn_of_the_loop()
    assert begun.index("quiet") - before <= 1
    while len(begun) < 1001:
        await turn_of_the_loop()


async def test_a_large_call_counts_for_many_small_ones():
    assert weight_of(b"{}") == 1
    assert weight_of(bytes(BYTES_WEIGHT * BEGUN_MAX)) > BEGUN_MAX
    turnstile, passed = Turnstile(), list[str]()

    async def call(name: str, weight: int) -> None:
        await turnstile.passed(name, weight)
        passed.append(name)

    calls = [asyncio.create_task(call("large", 100)) for _ in range(10)]
    await turn_of_the_loop()
    calls.append(asyncio.create_task(call("small", 1)))
    await asyncio.gather(*calls)
    assert passed.index("small") <= 2


async def test_whoever_leaves_while_waiting_holds_nobody_up():
    turnstile = Turnstile()
    for _ in range(BEGUN_MAX):
        turnstile.enter("a", lambda: None)
    gone = asyncio.create_task(turnstile.passed("a", 1))
    stays = asyncio.create_task(turnstile.passed("a", 1))
    await turn_of_the_loop()
    gone.cancel()
    await stays
    assert gone.cancelled()

"""A provider that takes so many requests a second is asked so often by all gateways together."""

import asyncio

from brickyard.engines.clock import ManualClock
from brickyard.platform.provider.store import QUEUE_MAX_S, ProviderStore
from cloud import LocalCloud

QUEUE = "geocoding/nominatim/"


def gateways(cloud: LocalCloud) -> list[ProviderStore]:
    """Give two that know nothing of each other."""
    application = cloud.application
    parts = (application.provider_store._sql, application.clock, application.provider_store._epochs)
    return [ProviderStore(*parts, application.audit, application.seal) for _ in range(2)]


async def test_turns_are_taken_one_after_another_by_all(local_cloud: LocalCloud, clock: ManualClock):
    one, other = gateways(local_cloud)
    assert [await each.turn(QUEUE, 1, 5) for each in (one, other, one)] == [0, 1, 2]
    assert await other.turn("another", 1, 5) == 0
    clock.advance(2.5)
    assert await other.turn(QUEUE, 1, 5) == 0.5
    clock.advance(10)
    assert await one.turn(QUEUE, 1, 5) == 0


async def test_turns_taken_at_once_are_apart(local_cloud: LocalCloud):
    one, other = gateways(local_cloud)
    taken = await asyncio.gather(*[each.turn(QUEUE, 0.1, 5) for each in [one, other] * 10])
    assert sorted(round(each or 0, 3) for each in taken) == [round(0.1 * number, 3) for number in range(20)]


async def test_who_will_not_wait_takes_no_turn(local_cloud: LocalCloud, clock: ManualClock):
    one, other = gateways(local_cloud)
    assert [await one.turn(QUEUE, 1, 2) for _ in range(3)] == [0, 1, 2]
    assert [await other.turn(QUEUE, 1, 2) for _ in range(50)] == [None] * 50
    clock.advance(1)
    assert await other.turn(QUEUE, 1, 2) == 2


async def test_a_clock_that_is_put_back_stops_nobody(local_cloud: LocalCloud, clock: ManualClock):
    one, _ = gateways(local_cloud)
    assert await one.turn(QUEUE, 1, 5) == 0
    clock.advance(-2 * QUEUE_MAX_S)
    assert await one.turn(QUEUE, 1, 5) == 0
    assert await one.turn(QUEUE, 1, 5) == 1

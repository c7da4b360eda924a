import asyncio
from typing import Any

import pytest

from brickyard.contract import SlowReader, Unavailable
from brickyard.engines.bus.fanout import Fanout
from brickyard.engines.bus.memory import MemoryBus


async def taken(messages: Any, number: int) -> list[Any]:
    return [await anext(messages) for _ in range(number)]


async def test_everyone_who_listens_hears_everything_in_order():
    bus = MemoryBus().bound("p")
    with bus.subscribe("a") as first, bus.subscribe("a") as second:
        for number in range(5):
            bus.publish("a", number)
        assert await taken(first, 5) == await taken(second, 5) == [0, 1, 2, 3, 4]


async def test_one_who_waits_is_woken():
    bus = MemoryBus().bound("p")
    with bus.subscribe("a") as messages:
        waiting = asyncio.create_task(anext(messages))
        await asyncio.sleep(0)
        assert not waiting.done()
        bus.publish("a", "now")
        assert await waiting == "now"


async def test_what_was_published_before_is_not_heard():
    bus = MemoryBus().bound("p")
    bus.publish("a", "early")
    with bus.subscribe("a") as messages:
        bus.publish("a", "late")
        assert await anext(messages) == "late"


async def test_other_topics_and_other_projects_are_not_heard():
    bus = MemoryBus()
    with bus.bound("p").subscribe("a") as messages:
        bus.bound("p").publish("b", "another topic")
        bus.bound("q").publish("a", "another project")
        bus.bound("p").publish("a", "this one")
        assert await anext(messages) == "this one"


async def test_a_wait_that_is_given_up_loses_no_message():
    bus = MemoryBus().bound("p")
    with bus.subscribe("a") as messages:
        waiting = asyncio.create_task(anext(messages))
        await asyncio.sleep(0)
        bus.publish("a", 1)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await anext(messages) == 1


async def test_one_who_falls_too_far_behind_gets_what_fitted_and_is_cut_off():
    bus = MemoryBus(queue_length=3).bound("p")
    with bus.subscribe("a") as slow, bus.subscribe("a") as quick:
        for number in range(10):
            bus.publish("a", number)
            assert await anext(quick) == number
        assert await taken(slow, 3) == [0, 1, 2]
        for _ in range(2):
            with pytest.raises(SlowReader):
                await anext(slow)


async def test_one_who_reads_makes_room_for_more():
    bus = MemoryBus(queue_length=3).bound("p")
    with bus.subscribe("a") as messages:
        for number in range(0, 30, 3):
            for each in range(3):
                bus.publish("a", number + each)
            assert await taken(messages, 3) == [number, number + 1, number + 2]


async def test_nothing_is_left_of_those_who_left():
    bus = MemoryBus()
    with bus.bound("p").subscribe("a"), bus.bound("p").subscribe("a"):
        pass
    with pytest.raises(ZeroDivisionError), bus.bound("p").subscribe("a"):
        raise ZeroDivisionError
    assert bus._fanouts == {}


async def test_heavy_messages_fill_a_queue_sooner():
    fanout: Fanout[str] = Fanout(room=10, weigh=len)
    with fanout.subscribe() as messages:
        fanout.publish("12345")
        fanout.publish("12345")
        fanout.publish("1")
        assert await taken(messages, 2) == ["12345", "12345"]
        with pytest.raises(SlowReader):
            await anext(messages)


async def test_one_message_heavier_than_the_queue_is_taken_when_it_is_alone():
    fanout: Fanout[str] = Fanout(room=2, weigh=len)
    with fanout.subscribe() as messages:
        for _ in range(3):
            fanout.publish("12345")
            assert await anext(messages) == "12345"
        fanout.publish("12")
        fanout.publish("1")
        assert await anext(messages) == "12"
        with pytest.raises(SlowReader):
            await anext(messages)


async def test_a_failure_is_heard_by_all_after_what_came_before():
    fanout: Fanout[int] = Fanout()
    with fanout.subscribe() as first, fanout.subscribe() as second:
        waiting = asyncio.create_task(anext(second))
        await asyncio.sleep(0)
        fanout.publish(1)
        fanout.fail(Unavailable("The disk is gone."))
        fanout.publish(2)
        assert await anext(first) == await waiting == 1
        for listener in (first, second):
            with pytest.raises(Unavailable):
                await anext(listener)

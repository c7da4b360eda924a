import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from station import Station, Stream, until

from brickyard.contract import BadRequest, SlowReader, Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.services.event import feed
from brickyard.services.event.moment import written
from database import database

steps = st.integers(0, 30)  # turns of the event loop to let pass
plans = st.lists(st.tuples(st.sampled_from(["now", "earliest", "id", "time"]), steps), min_size=1, max_size=5)


class Begun(NamedTuple):
    """A stream, and the number of the first event that it has to hear: one of these."""

    stream: Stream
    first: range


@given(publishers=st.lists(st.lists(steps, max_size=8), min_size=1, max_size=3), consumers=plans)
@settings(max_examples=40)
def test_no_event_is_missed_or_repeated_whenever_a_stream_begins(
    publishers: list[list[int]], consumers: list[tuple[str, int]]
):
    asyncio.run(one_process(publishers, consumers))


async def one_process(publishers: list[list[int]], consumers: list[tuple[str, int]]) -> None:
    with database.passing_home() as home:
        station = Station(home, ManualClock())
        publishing = [asyncio.create_task(publish(station, pauses)) for pauses in publishers]
        consuming = [asyncio.create_task(consume(station, begin, pause)) for begin, pause in consumers]
        faults = await faults_at_the_end([station], publishing, consuming)
        station.engine.close()
    assert faults == []


@given(publishers=st.lists(st.lists(steps, max_size=8), min_size=2, max_size=4), consumers=plans)
@settings(max_examples=25)
def test_no_event_is_missed_or_repeated_when_processes_share_the_database(
    publishers: list[list[int]], consumers: list[tuple[str, int]]
):
    asyncio.run(two_processes(publishers, consumers))


async def two_processes(publishers: list[list[int]], consumers: list[tuple[str, int]]) -> None:
    with database.passing_home() as home:
        stations = [Station(home, ManualClock()) for _ in range(2)]
        publishing = [
            asyncio.create_task(publish(stations[number % 2], pauses))
            for number, pauses in enumerate(publishers)
        ]
        consuming = [
            asyncio.create_task(consume(stations[number % 2], begin, pause))
            for number, (begin, pause) in enumerate(consumers)
        ]
        faults = await faults_at_the_end(stations, publishing, consuming)
        for station in stations:
            station.engine.close()
    assert faults == []


async def publish(station: Station, pauses: list[int]) -> None:
    """Publish by ones and by twos, with pauses."""
    for pause in pauses:
        for _ in range(pause):
            await asyncio.sleep(0)
        await asyncio.gather(station.publish(0), station.publish(0))


async def consume(station: Station, begin: str, pause: int) -> Begun:
    """Begin a stream after a pause."""
    for _ in range(pause * 10):
        await asyncio.sleep(0)
    rows = station.rows("event_messages")
    middle = len(rows) // 2
    if begin == "now" or not rows:
        return await from_now(station)
    if begin == "earliest":
        return Begun(station.consume(offset="earliest"), range(1))
    seq, event_id = rows[middle][2:4]
    if begin == "id":
        return Begun(station.consume(offset=event_id), range(middle + 1, middle + 2))
    return Begun(station.consume(offset=written(seq)), range(middle, middle + 1))


async def from_now(station: Station) -> Begun:
    """Begin with what comes next. Others may publish while the stream looks where that is."""
    before = len(station.rows("event_messages"))
    stream = station.consume()
    while not stream.has_begun:  # noqa: ASYNC110 - it is no event, and a millisecond would be late
        await asyncio.sleep(0)
    return Begun(stream, range(before, len(station.rows("event_messages")) + 1))


async def faults_at_the_end(
    stations: list[Station], publishing: list[Any], consuming: list[Any]
) -> list[tuple[Begun, list[int]]]:
    """Give the streams that did not hear every event from where they began, with what they did hear."""
    begun: list[Begun] = await asyncio.gather(*consuming)
    await asyncio.gather(*publishing)
    for station in stations:  # one more each: whoever gets these has had all before
        await station.publish(0)
    ids = await stations[0].read_ids()
    heard = [[ids.index(each) async for each in ids_heard(one.stream, ids[-1])] for one in begun]
    for one in begun:
        await one.stream.leave()
    assert [station.bus._fanouts for station in stations if station.bus._fanouts] == []
    return [
        (one, numbers)
        for one, numbers in zip(begun, heard, strict=True)
        if numbers[0] not in one.first or numbers != list(range(numbers[0], len(ids)))
    ]


async def ids_heard(stream: Stream, last: str) -> AsyncIterator[str]:
    event_id = ""
    while event_id != last:
        event_id = (await stream.reply()).id
        stream.go_on()
        yield event_id


async def test_a_long_past_is_caught_up_with_however_much_comes_meanwhile(station: Station):
    await station.publish(*range(400))
    stream = station.consume(offset="earliest")
    for number in range(400):
        assert await stream.next() == number
        if number % 2:
            await station.publish(400 + number // 2)  # the past grows while it is read
    assert await stream.take(200) == list(range(400, 600))
    await stream.leave()


async def test_a_reader_that_falls_behind_is_cut_off_and_the_others_are_not(station: Station):
    slow, quick = station.consume(), station.consume()
    await until(lambda: station.listeners == 2)
    for number in range(300):
        await station.publish(number)
        assert await quick.next() == number
    with pytest.raises(SlowReader):
        await slow.take(300)
    await quick.leave()
    assert station.listeners == 0


async def test_large_messages_cut_a_reader_off_sooner(station: Station, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feed, "WEIGHT_BYTES", 4)  # ten times the weight of an ordinary one
    slow = station.consume()
    await until(lambda: station.listeners == 1)
    await station.publish(*range(100_000_000_000_000_000, 100_000_000_000_000_000 + 60))
    with pytest.raises(SlowReader):
        await slow.take(60)


async def test_one_cut_off_goes_on_after_the_last_event_it_got(station: Station):
    slow = station.consume(offset="earliest")
    await until(lambda: station.listeners == 1)
    await station.publish(*range(300))
    heard = await heard_until_cut_off(slow)
    again = station.consume(offset=heard[-1])
    assert await again.take(300 - len(heard)) == list(range(len(heard), 300))
    await again.leave()


async def heard_until_cut_off(stream: Stream) -> list[str]:
    heard: list[str] = []
    try:
        while True:
            heard.append((await stream.reply()).id)
            stream.go_on()
    except SlowReader:
        return heard


async def test_a_stream_hears_what_another_process_publishes(station: Station, other_station: Station):
    stream = station.consume()
    await until(lambda: station.listeners == 1)
    await other_station.publish(1)
    await station.publish(2)
    await other_station.publish(3)
    assert await stream.take(3) == [1, 2, 3]
    await stream.leave()


async def test_a_future_time_is_waited_for(station: Station, clock: ManualClock):
    stream = station.consume(offset=written(clock.now_ns() + 60_000_000_000))
    await until(lambda: station.listeners == 1)
    await station.publish(1)
    clock.advance(60)
    await station.publish(2)
    assert await stream.next() == 2
    await stream.leave()


async def test_the_last_to_leave_ends_the_feed_and_the_next_one_begins_another(station: Station):
    for number in range(3):
        first, second = station.consume(), station.consume()
        await until(lambda: station.listeners == 2)
        await first.leave()
        await station.publish(number)
        assert await second.next() == number
        await second.leave()
        assert station.listeners == 0
        await until(lambda: not station.bus._fanouts)


async def test_a_broken_feed_is_heard_of_and_replaced(station: Station, monkeypatch: pytest.MonkeyPatch):
    stream = station.consume()
    await until(lambda: station.listeners == 1)

    async def failing(*_: object) -> int:
        raise Unavailable("The storage is failing.")

    with monkeypatch.context() as patch:
        patch.setattr(type(station.service.journal), "head", failing)
        with pytest.raises(Unavailable):
            await stream.next()
    again = station.consume()
    await until(lambda: station.listeners == 1)
    await station.publish(1)
    assert await again.next() == 1
    await again.leave()


@pytest.mark.parametrize(
    "offset",
    [
        "yesterday",
        "1",
        "-1",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:60Z",
    ],
)
async def test_an_offset_that_is_none_is_refused(station: Station, offset: str):
    with pytest.raises(BadRequest, match="2026-01-02T15:04:05Z") as refused:
        await station.consume(offset=offset).next()
    assert refused.value.faults[0].pointer == "/offset"


async def test_an_event_that_is_no_longer_kept_is_no_place_to_begin(station: Station, clock: ManualClock):
    await station.publish(1)
    [event_id] = await station.read_ids()
    assert station.consume(offset=event_id)
    clock.advance(24 * 3600)
    for offset in (event_id, "00000000-0000-4000-8000-000000000000"):
        with pytest.raises(BadRequest, match="no longer"):
            await station.consume(offset=offset).next()

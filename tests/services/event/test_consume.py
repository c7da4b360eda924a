import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from station import until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud
from database import database, look

LIMIT_S = 20.0


@asynccontextmanager
async def socket(cloud: LocalCloud, key: str = "", **request: Any) -> AsyncIterator[ClientConnection]:
    """A stream over WebSocket. What is published once it is open is heard, but by a group that begins now."""
    headers = {"Authorization": f"Bearer {key or cloud.key}"}
    address = cloud.address.replace("http", "ws")
    streams = cloud.application.streams
    before = len(streams.items())
    async with connect(f"{address}/v1/event/Consume", additional_headers=headers, max_queue=1) as connection:
        await connection.send(msgspec.json.encode(request).decode())
        await until(lambda: len(streams.items()) > before)
        if database.kind == "postgres":  # it asks a server where it begins: these, asked later, take longer
            await cloud.call("event/Read", {"topic": "a"})
            await cloud.call("cache/Set", {"key": "a", "value": "later"})
        yield connection


def is_at_rest(cloud: LocalCloud) -> bool:
    return not cloud.application.streams.items() and not cloud.application.bus._fanouts


async def received(connection: ClientConnection, count: int) -> list[int]:
    async with asyncio.timeout(LIMIT_S):
        return [msgspec.json.decode(await connection.recv())["message"]["n"] for _ in range(count)]


async def publish(cloud: LocalCloud, *numbers: int):
    for number in numbers:
        await cloud.call("event/Publish", {"topic": "a", "message": {"n": number}})


async def test_every_stream_hears_what_is_published_while_it_is_open(local_cloud: LocalCloud):
    await publish(local_cloud, 0)
    async with socket(local_cloud, topic="a") as one, socket(local_cloud, topic="a") as other:
        await publish(local_cloud, 1, 2, 3)
        assert await received(one, 3) == await received(other, 3) == [1, 2, 3]


async def test_a_frame_has_the_topic_the_id_the_time_and_the_message(local_cloud: LocalCloud):
    async with socket(local_cloud, topic="a") as connection:
        await publish(local_cloud, 1)
        frame = msgspec.json.decode(await connection.recv())
    [event] = (await local_cloud.call("event/Read", {"topic": "a"}))["events"]
    assert frame == {"topic": "a", **event}
    assert list(frame) == ["topic", "id", "timestamp", "message"]


@pytest.mark.parametrize("offset", ["earliest", "0", "2026-09-21T14:13:20Z", "1999-12-31T23:59:59.5-01:30"])
async def test_a_stream_begins_where_it_is_asked_to(local_cloud: LocalCloud, offset: str):
    await publish(local_cloud, 1, 2)
    async with socket(local_cloud, topic="a", offset=offset) as connection:
        await publish(local_cloud, 3)
        assert await received(connection, 3) == [1, 2, 3]


async def test_a_stream_begins_at_a_moment_or_after_an_event(local_cloud: LocalCloud, clock: ManualClock):
    await publish(local_cloud, 1)
    clock.advance(1)
    await publish(local_cloud, 2)
    first, second = (await local_cloud.call("event/Read", {"topic": "a"}))["events"]
    for offset in (second["timestamp"], first["id"], first["id"].upper()):
        async with socket(local_cloud, topic="a", offset=offset) as connection:
            assert await received(connection, 1) == [2]


async def test_a_stream_of_server_sent_events(local_cloud: LocalCloud):
    await publish(local_cloud, 1)
    headers = {"Accept": "text/event-stream"}
    body = {"topic": "a", "offset": "earliest"}
    async with local_cloud.client.stream("POST", "/v1/event/Consume", json=body, headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream"
        data = (line async for line in response.aiter_lines() if line.startswith("data: "))
        assert msgspec.json.decode((await anext(data)).removeprefix("data: "))["message"] == {"n": 1}
        await publish(local_cloud, 2)
        assert msgspec.json.decode((await anext(data)).removeprefix("data: "))["message"] == {"n": 2}


async def test_members_of_a_group_share_through_the_gateway(local_cloud: LocalCloud):
    request = {"topic": "a", "group": "g", "offset": "earliest"}
    async with socket(local_cloud, **request) as one, socket(local_cloud, **request) as other:
        async with socket(local_cloud, topic="a") as everything:
            await publish(local_cloud, 1, 2, 3, 4)
            assert await received(everything, 4) == [1, 2, 3, 4]
        assert sorted(await received(one, 2) + await received(other, 2)) == [1, 2, 3, 4]


async def test_one_project_does_not_hear_anothers_events(local_cloud: LocalCloud):
    other_key = await local_cloud.other_project()
    async with socket(local_cloud, key=other_key, topic="a", offset="earliest") as theirs:
        async with socket(local_cloud, topic="a") as ours:
            await publish(local_cloud, 1)
            assert await received(ours, 1) == [1]
        headers = {"Authorization": f"Bearer {other_key}"}
        await local_cloud.post("event/Publish", {"topic": "a", "message": {"n": 2}}, headers=headers)
        assert await received(theirs, 1) == [2]


@pytest.mark.parametrize("group", ["", "g"])
async def test_nothing_is_left_of_a_stream_whose_reader_left(local_cloud: LocalCloud, group: str):
    await publish(local_cloud, 1)
    for _ in range(5):
        async with socket(local_cloud, topic="a", group=group, offset="earliest") as connection:
            await received(connection, 1 if not group else 0)
            connection.transport.abort()
        await until(lambda: is_at_rest(local_cloud))


async def test_an_event_on_its_way_to_a_reader_that_left_goes_to_another(local_cloud: LocalCloud):
    """A frame that its reader has not taken is not written, and so not done."""
    async with socket(local_cloud, topic="a", group="g", offset="earliest") as stuck:
        await flood(local_cloud, 40, 1_000_000)  # more than the buffers on the way hold
        await until(lambda: leases(local_cloud) == 1)
        given = await stuck_at(local_cloud)
        assert 0 < given < 40
        stuck.transport.abort()
        await until(lambda: is_at_rest(local_cloud))
    async with socket(local_cloud, topic="a", group="g") as other:
        assert await received(other, 41 - given) == list(range(given - 1, 40))


async def flood(cloud: LocalCloud, count: int, size: int):
    for number in range(count):
        await cloud.call("event/Publish", {"topic": "a", "message": {"n": number, "text": "x" * size}})


def leases(cloud: LocalCloud) -> int:
    return look(cloud.application.sql, "SELECT count(*) FROM event_leases")[0][0]


async def stuck_at(cloud: LocalCloud) -> int:
    """Give how many events a group was given, once there is no more of them within a fifth of a second."""
    given = "SELECT count(*) FROM event_messages, event_groups WHERE seq <= position"
    seen = [-1, 0]
    while seen[-1] != seen[-2]:
        await asyncio.sleep(0.2)
        seen.append(look(cloud.application.sql, given)[0][0])
    return seen[-1]


async def test_a_reader_that_stops_reading_is_cut_off_with_a_code_that_says_so(local_cloud: LocalCloud):
    async with socket(local_cloud, topic="a") as slow:
        await flood(local_cloud, 400, 64_000)
        frames, closed = await all_frames(slow)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1013
    assert (frames[-1]["code"], frames[-1]["id"]) == (503, "event.consume")
    assert [frame["message"]["n"] for frame in frames[:-1]] == list(range(len(frames) - 1))
    assert len(frames) < 400
    await until(lambda: is_at_rest(local_cloud))


async def all_frames(connection: ClientConnection) -> tuple[list[Any], ConnectionClosed]:
    frames: list[Any] = []
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                frames.append(msgspec.json.decode(await connection.recv()))
    except ConnectionClosed as closed:
        return frames, closed

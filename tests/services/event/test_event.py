from typing import Any

import msgspec

from cloud import LocalCloud


async def publish(cloud: LocalCloud, topic: str, *numbers: int):
    for number in numbers:
        assert await cloud.call("event/Publish", {"topic": topic, "message": {"n": number}}) == {}


async def numbers_read(cloud: LocalCloud, **request: Any) -> list[int]:
    return [each["message"]["n"] for each in (await cloud.call("event/Read", request))["events"]]


async def test_what_is_published_can_be_read_the_oldest_first(local_cloud: LocalCloud):
    await publish(local_cloud, "a", 1, 2, 3)
    assert await numbers_read(local_cloud, topic="a") == [1, 2, 3]
    assert await numbers_read(local_cloud, topic="a", offset=1, limit=1) == [2]


async def test_a_stream_opened_before_gets_what_is_published(local_cloud: LocalCloud):
    body = msgspec.json.encode({"topic": "a", "offset": "earliest"})
    await publish(local_cloud, "a", 1)
    async with local_cloud.client.stream("POST", "/v1/event/Consume", content=body) as response:
        lines = response.aiter_lines()
        assert msgspec.json.decode(await anext(lines))["message"] == {"n": 1}
        await publish(local_cloud, "a", 2)
        assert msgspec.json.decode(await anext(lines))["message"] == {"n": 2}


async def test_group_quick(local_cloud: LocalCloud):
    body = msgspec.json.encode({"topic": "a", "offset": "earliest", "group": "g"})
    await publish(local_cloud, "a", 1)
    async with local_cloud.client.stream("POST", "/v1/event/Consume", content=body) as response:
        lines = response.aiter_lines()
        assert msgspec.json.decode(await anext(lines))["message"] == {"n": 1}
        await publish(local_cloud, "a", 2)
        assert msgspec.json.decode(await anext(lines))["message"] == {"n": 2}

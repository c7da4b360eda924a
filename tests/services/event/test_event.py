import uuid
from typing import Any

import msgspec
import pytest

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud, ProcessCloud
from database import look

DAY_S = 24 * 3600


async def publish(cloud: LocalCloud, topic: str, *numbers: int):
    for number in numbers:
        assert await cloud.call("event/Publish", {"topic": topic, "message": {"n": number}}) == {}


async def numbers_read(cloud: LocalCloud, **request: Any) -> list[int]:
    return [each["message"]["n"] for each in (await cloud.call("event/Read", request))["events"]]


def rows_kept(cloud: LocalCloud) -> int:
    return look(cloud.application.sql, "SELECT count(*) FROM event_messages")[0][0]


async def test_what_is_published_can_be_read_the_oldest_first(local_cloud: LocalCloud):
    await publish(local_cloud, "a", 1, 2, 3)
    assert await numbers_read(local_cloud, topic="a") == [1, 2, 3]


async def test_a_topic_that_nobody_published_to_is_empty(local_cloud: LocalCloud):
    await publish(local_cloud, "a", 1)
    assert await local_cloud.call("event/Read", {"topic": "b"}) == {"events": []}


async def test_events_are_read_page_by_page(local_cloud: LocalCloud):
    await publish(local_cloud, "a", *range(70))
    pages = [await numbers_read(local_cloud, topic="a", limit=40, offset=offset) for offset in (0, 40, 80)]
    assert pages == [list(range(40)), list(range(40, 70)), []]


@pytest.mark.parametrize("limit", [{}, {"limit": 0}, {"limit": None}, {"limit": 250}])
async def test_a_page_has_250_events_if_nothing_else_is_asked_for(
    local_cloud: LocalCloud, limit: dict[str, Any]
):
    look(
        local_cloud.application.sql,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)"
        " INSERT INTO event_messages SELECT ?1, 'a', ?2 + i, 'id' || i, '{\"n\":' || i || '}' FROM n",
        await project_of(local_cloud),
        local_cloud.application.clock.now_ns(),
    )
    assert await numbers_read(local_cloud, topic="a", **limit) == list(range(1, 251))
    assert await numbers_read(local_cloud, topic="a", limit=1000) == list(range(1, 1001))


async def project_of(cloud: LocalCloud) -> str:
    return (await cloud.application.keyring.caller(cloud.key.encode())).project


async def test_a_page_of_large_messages_ends_early_and_the_next_one_goes_on(local_cloud: LocalCloud):
    for number in range(70):
        message = {"n": number, "filling": "x" * 400_000}
        await local_cloud.call("event/Publish", {"topic": "a", "message": message})
    numbers: list[int] = []
    while page := await numbers_read(local_cloud, topic="a", limit=1000, offset=len(numbers)):
        assert len(page) <= 32
        numbers += page
    assert numbers == list(range(70))


async def test_an_event_has_an_id_of_its_own_and_a_time_to_the_nanosecond(local_cloud: LocalCloud):
    await publish(local_cloud, "a", 1, 2)  # while the clock stands still
    events = (await local_cloud.call("event/Read", {"topic": "a"}))["events"]
    assert [uuid.UUID(each["id"]).version for each in events] == [4, 4]
    assert events[0]["id"] != events[1]["id"]
    assert [each["timestamp"] for each in events] == [
        "2026-09-21T14:13:20.000000000Z",
        "2026-09-21T14:13:20.000000001Z",
    ]


async def test_order_outlives_a_clock_that_is_set_back(local_cloud: LocalCloud, clock: ManualClock):
    await publish(local_cloud, "a", 1)
    clock.advance(-3600)
    await publish(local_cloud, "a", 2, 3)
    assert await numbers_read(local_cloud, topic="a") == [1, 2, 3]


async def test_an_event_is_kept_for_a_day_and_no_longer(local_cloud: LocalCloud, clock: ManualClock):
    await publish(local_cloud, "a", 1)
    clock.advance(DAY_S / 2)
    await publish(local_cloud, "a", 2)
    clock.advance(DAY_S / 2 - 1)
    assert await numbers_read(local_cloud, topic="a") == [1, 2]
    clock.advance(1)
    assert await numbers_read(local_cloud, topic="a") == [2]
    clock.advance(DAY_S / 2)
    assert await numbers_read(local_cloud, topic="a") == []


async def test_what_is_too_old_is_deleted_a_little_at_every_publish_to_whatever_topic(
    local_cloud: LocalCloud, clock: ManualClock
):
    await publish(local_cloud, "old", *range(20))
    clock.advance(DAY_S + 1)
    kept: list[int] = []
    for number in range(4):
        await publish(local_cloud, "new", number)
        kept.append(rows_kept(local_cloud))
    assert kept == [13, 6, 3, 4]


ODD = [
    b"{}",
    b'{"camelCase":1,"snake_case":2,"UPPER":3,"Camel_Snake":4}',
    b'{"":{"":[]}}',
    b'{"null":null,"true":true,"list":[null,[],{},[[]]]}',
    b'{"z":1,"a":2,"m":3}',
    b'{"int":9007199254740993,"big":123456789012345678901234567890,"tiny":5e-324,"minus":-0.0,"f":1.0}',
    '{"ünï":"\u2028\u2029 😀 \u0000"}'.replace("\x00", "\\u0000").encode(),
    b'{"text":"\\"quoted\\" \\\\ / </script>\\n\\t"}',
    b'{"topic":"not the topic","id":"not the id","message":{"message":{}}}',
    b'{"deep":' + b"[" * 60 + b"]" * 60 + b"}",
]


@pytest.mark.parametrize("message", ODD)
async def test_a_message_comes_back_as_it_was_sent(local_cloud: LocalCloud, message: bytes):
    await local_cloud.post("event/Publish", b'{"topic":"odd","message":' + message + b"}")
    read = await local_cloud.post("event/Read", {"topic": "odd"})
    assert b'"message":' + message + b"}]}" in read.content
    body = {"topic": "odd", "offset": "earliest"}
    async with local_cloud.client.stream("POST", "/v1/event/Consume", json=body) as response:
        pieces = (piece async for piece in response.aiter_bytes() if piece.strip())  # but heartbeats
        assert (await anext(pieces)).endswith(b'"message":' + message + b"}\n")


@pytest.mark.parametrize("request_body", [{"topic": "a"}, {"topic": "a", "message": None}])
async def test_a_message_left_out_is_the_empty_one(local_cloud: LocalCloud, request_body: dict[str, Any]):
    await local_cloud.call("event/Publish", request_body)
    assert (await local_cloud.call("event/Read", {"topic": "a"}))["events"][0]["message"] == {}


async def test_a_message_of_a_mebibyte_is_taken_and_one_byte_more_is_not(local_cloud: LocalCloud):
    room = 1024 * 1024 - len(b'{"text":""}')
    await local_cloud.call("event/Publish", {"topic": "a", "message": {"text": "x" * room}})
    response = await local_cloud.post(
        "event/Publish", {"topic": "a", "message": {"text": "é" + "x" * (room - 1)}}
    )
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/message")
    assert rows_kept(local_cloud) == 1


@pytest.mark.parametrize(
    ("call", "body", "pointer"),
    [
        ("Publish", {"message": {}}, "/topic"),
        ("Publish", {"topic": "", "message": {}}, "/topic"),
        ("Publish", {"topic": " \t\n", "message": {}}, "/topic"),
        ("Publish", {"topic": "t" * 257, "message": {}}, "/topic"),
        ("Publish", {"topic": "a", "message": "text"}, "/message"),
        ("Publish", {"topic": "a", "message": []}, "/message"),
        ("Read", {"topic": " "}, "/topic"),
        ("Read", {"topic": "a", "limit": 1001}, "/limit"),
        ("Read", {"topic": "a", "limit": -1}, "/limit"),
        ("Read", {"topic": "a", "offset": -1}, "/offset"),
        ("Read", {"topic": "a", "offset": 2**31}, "/offset"),
        ("Consume", {"topic": ""}, "/topic"),
        ("Consume", {"topic": "a", "group": "g" * 257}, "/group"),
        ("Consume", {"topic": "a", "offset": "yesterday"}, "/offset"),
        ("Consume", {"topic": "a", "group": "g", "offset": "yesterday"}, "/offset"),
    ],
)
async def test_what_cannot_be_done_is_refused_where_it_is_wrong(
    local_cloud: LocalCloud, call: str, body: Any, pointer: str
):
    response = await local_cloud.post(f"event/{call}", body)
    assert response.status_code == 400, response.text
    assert response.json()["id"] == f"event.{call.lower()}"
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_one_project_does_not_see_anothers_events(local_cloud: LocalCloud):
    headers = {"Authorization": f"Bearer {await local_cloud.other_project()}"}
    await publish(local_cloud, "a", 1)
    theirs = await local_cloud.post("event/Read", {"topic": "a"}, headers=headers)
    assert theirs.json() == {"events": []}
    event_id = (await local_cloud.call("event/Read", {"topic": "a"}))["events"][0]["id"]
    probed = await local_cloud.post("event/Consume", {"topic": "a", "offset": event_id}, headers=headers)
    assert probed.status_code == 400


def test_events_and_a_groups_place_survive_a_kill(process_cloud: ProcessCloud):
    for number in range(3):
        process_cloud.call("event/Publish", {"topic": "a", "message": {"n": number}})
    assert taken_by_a_group(process_cloud, 2) == [0, 1]
    process_cloud.kill()
    process_cloud.start()
    assert len(process_cloud.call("event/Read", {"topic": "a"})["events"]) == 3
    process_cloud.call("event/Publish", {"topic": "a", "message": {"n": 3}})
    assert set(taken_by_a_group(process_cloud, 1)) <= {2, 3}


def taken_by_a_group(cloud: ProcessCloud, count: int) -> list[int]:
    body = {"topic": "a", "group": "g", "offset": "earliest"}
    with cloud.client.stream("POST", "/v1/event/Consume", json=body) as response:
        lines = response.iter_lines()
        return [msgspec.json.decode(next(lines))["message"]["n"] for _ in range(count)]

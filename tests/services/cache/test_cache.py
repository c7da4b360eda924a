import asyncio

import pytest

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud, ProcessCloud
from database import look


async def test_a_key_that_is_not_there_has_the_empty_value(local_cloud: LocalCloud):
    assert await local_cloud.call("cache/Get", {"key": "nothing"}) == {
        "key": "nothing",
        "value": "",
        "ttl": "0",
    }


async def test_a_value_set_again_is_replaced_with_its_time(local_cloud: LocalCloud):
    await local_cloud.call("cache/Set", {"key": "a", "value": "1", "ttl": 60})
    await local_cloud.call("cache/Set", {"key": "a", "value": "2"})
    assert await local_cloud.call("cache/Get", {"key": "a"}) == {"key": "a", "value": "2", "ttl": "0"}


async def test_a_value_lives_as_long_as_it_was_given_and_no_longer(
    local_cloud: LocalCloud, clock: ManualClock
):
    await local_cloud.call("cache/Set", {"key": "a", "value": "1", "ttl": "60"})
    clock.advance(59.5)
    assert await local_cloud.call("cache/Get", {"key": "a"}) == {"key": "a", "value": "1", "ttl": "1"}
    assert await local_cloud.call("cache/ListKeys") == {"keys": ["a"]}
    clock.advance(0.5)
    assert await local_cloud.call("cache/Get", {"key": "a"}) == {"key": "a", "value": "", "ttl": "0"}
    assert await local_cloud.call("cache/ListKeys") == {"keys": []}


async def test_what_has_expired_is_deleted_by_later_writes(local_cloud: LocalCloud, clock: ManualClock):
    for number in range(8):
        await local_cloud.call("cache/Set", {"key": f"old{number}", "value": "1", "ttl": 1})
    clock.advance(2)
    for number in range(4):
        await local_cloud.call("cache/Set", {"key": f"new{number}", "value": "1"})
    assert look(local_cloud.application.sql, "SELECT count(*) FROM cache_entries") == [(4,)]


async def test_deleting_what_is_not_there_is_no_fault(local_cloud: LocalCloud):
    await local_cloud.call("cache/Set", {"key": "a", "value": "1"})
    for _ in range(2):
        assert await local_cloud.call("cache/Delete", {"key": "a"}) == {"status": "ok"}
    assert (await local_cloud.call("cache/Get", {"key": "a"}))["value"] == ""


async def test_counters_begin_at_nothing_and_lose_no_step_when_many_count(local_cloud: LocalCloud):
    up = [local_cloud.call("cache/Increment", {"key": "hits", "value": 3}) for _ in range(40)]
    down = [local_cloud.call("cache/Decrement", {"key": "hits", "value": "1"}) for _ in range(40)]
    replies = await asyncio.gather(*up, *down)
    assert len({reply["value"] for reply in replies[:40]}) == 40
    assert (await local_cloud.call("cache/Get", {"key": "hits"}))["value"] == "80"


async def test_a_counter_keeps_its_window_when_it_is_given_one(local_cloud: LocalCloud, clock: ManualClock):
    await local_cloud.call("cache/Increment", {"key": "window", "value": 1, "ttl": 60})
    clock.advance(50)
    await local_cloud.call("cache/Increment", {"key": "window", "value": 1, "ttl": 60})
    assert await local_cloud.call("cache/Get", {"key": "window"}) == {
        "key": "window",
        "value": "2",
        "ttl": "10",
    }
    clock.advance(10)
    assert (await local_cloud.call("cache/Increment", {"key": "window", "value": 1, "ttl": 60}))[
        "value"
    ] == "1"


async def test_a_counter_without_a_window_lives_for_ever(local_cloud: LocalCloud):
    await local_cloud.call("cache/Set", {"key": "count", "value": "5", "ttl": 60})
    await local_cloud.call("cache/Increment", {"key": "count", "value": 1})
    assert await local_cloud.call("cache/Get", {"key": "count"}) == {"key": "count", "value": "6", "ttl": "0"}


@pytest.mark.parametrize(
    ("call", "body", "pointer"),
    [
        ("Get", {"key": ""}, "/key"),
        ("Get", {}, "/key"),
        ("Get", {"key": "k" * 1025}, "/key"),
        ("Set", {"key": "a", "value": "x" * 1_000_001}, "/value"),
        ("Set", {"key": "a", "value": "é" * 500_001}, "/value"),
        ("Set", {"key": "a", "value": "x", "ttl": -1}, "/ttl"),
        ("Set", {"key": "a", "value": "x", "ttl": 10**18}, "/ttl"),
        ("Set", {"key": "a", "value": 5}, "/value"),
        ("Increment", {"key": "words", "value": 1}, "/key"),
        ("Increment", {"key": "full", "value": 1}, "/value"),
        ("Increment", {"key": "a", "value": 2**63}, "/value"),
        ("Increment", {"key": "a", "value": 1.5}, "/value"),
    ],
)
async def test_what_cannot_be_done_is_refused_where_it_is_wrong(
    local_cloud: LocalCloud, call: str, body: object, pointer: str
):
    await local_cloud.call("cache/Set", {"key": "words", "value": "no number"})
    await local_cloud.call("cache/Set", {"key": "full", "value": str(2**63 - 1)})
    response = await local_cloud.post(f"cache/{call}", body)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_keys_are_listed_by_prefix_and_page_by_page(local_cloud: LocalCloud):
    for key in ("b:1", "a:2", "a:1", "a:3", "A"):
        await local_cloud.call("cache/Set", {"key": key, "value": "x"})
    page = await local_cloud.call("cache/ListKeys", {"prefix": "a:", "limit": 2})
    assert page == {"keys": ["a:1", "a:2"], "next_cursor": "a:2"}
    page = await local_cloud.call(
        "cache/ListKeys", {"prefix": "a:", "limit": 2, "cursor": page["next_cursor"]}
    )
    assert page == {"keys": ["a:3"]}


async def test_one_project_does_not_see_anothers_values(local_cloud: LocalCloud):
    await local_cloud.call("cache/Set", {"key": "secret", "value": "mine"})
    headers = {"Authorization": f"Bearer {await local_cloud.other_project()}"}
    theirs = await local_cloud.post("cache/Get", {"key": "secret"}, headers=headers)
    assert theirs.json()["value"] == ""
    assert (await local_cloud.post("cache/ListKeys", headers=headers)).json() == {"keys": []}


def test_what_was_kept_survives_a_kill(process_cloud: ProcessCloud):
    process_cloud.call("cache/Set", {"key": "a", "value": "still here"})
    process_cloud.kill()
    process_cloud.start()
    assert process_cloud.call("cache/Get", {"key": "a"})["value"] == "still here"

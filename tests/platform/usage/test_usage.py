"""Every call leaves a record, which can be added up and found."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from brickyard.contract import BadRequest
from brickyard.engines.clock import ManualClock
from brickyard.gateway.problem_record import DETAIL_MAX, with_problem
from brickyard.platform.usage import search as searching
from brickyard.platform.usage import store
from brickyard.platform.usage.record import CallRecord
from cloud import LocalCloud


async def rows(cloud: LocalCloud, **wanted: Any) -> list[dict[str, Any]]:
    return (await cloud.call("usage/Summary", wanted))["rows"]


async def log(cloud: LocalCloud, **wanted: Any) -> list[dict[str, Any]]:
    return (await cloud.call("usage/Log", wanted))["calls"]


async def test_calls_are_counted_by_what_is_asked_for(local_cloud: LocalCloud):
    for _ in range(3):
        await local_cloud.call("cache/Get", {"key": "a"})
    await local_cloud.post("cache/Get", {"x": 1})
    await local_cloud.call("helloworld/Call", {"name": "John"})
    by_endpoint = {row["endpoint"]: row["calls"] for row in await rows(local_cloud, by=["endpoint"])}
    assert (by_endpoint["cache.get"], by_endpoint["helloworld.call"]) == (4, 1)
    by_service = {row["service"]: row["calls"] for row in await rows(local_cloud, by=["service"])}
    assert (by_service["cache"], by_service["helloworld"]) == (4, 1)
    both = {
        (row["endpoint"], row["status"]): row["calls"]
        for row in await rows(local_cloud, by=["endpoint", "status"])
    }
    assert (both["cache.get", 200], both["cache.get", 400]) == (3, 1)


@pytest.mark.parametrize("step", ["minute", "hour", "day"])
async def test_every_step_adds_up_to_the_whole(local_cloud: LocalCloud, step: str):
    for _ in range(5):
        await local_cloud.call("helloworld/Call", {"name": "John"})
    await rows(local_cloud)
    (total,) = [
        row for row in await rows(local_cloud, by=["endpoint"]) if row["endpoint"] == "helloworld.call"
    ]
    parts = [
        row
        for row in await rows(local_cloud, step=step, by=["endpoint"])
        if row["endpoint"] == "helloworld.call"
    ]
    assert sum(row["calls"] for row in parts) == total["calls"] == 5
    assert sum(row["bytes_out"] for row in parts) == total["bytes_out"] == 5 * len('{"message":"Hello John"}')
    assert all(row["start"] for row in parts)
    assert total["start"] is None


async def test_a_call_is_found_by_its_request_id(local_cloud: LocalCloud):
    response = await local_cloud.post("cache/Get", {"key": "secret-name"})
    (call,) = await log(local_cloud, request_id=response.headers["request-id"])
    assert (call["endpoint"], call["status"], call["cost"]) == ("cache.get", 200, "0")
    assert call["bytes_in"] == len('{"key":"secret-name"}')
    assert call["bytes_out"] == len(response.content)
    assert call["key"].startswith("key_")
    assert "secret-name" not in str(call)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"endpoint": "cache"}, ["cache.get", "cache.set"]),
        ({"endpoint": "cache/Get"}, ["cache.get"]),
        ({"endpoint": "cach"}, []),
        ({"status": 400}, ["helloworld.call"]),
        ({"status": 4}, ["helloworld.call"]),
        ({"status": 5}, []),
        ({"slower_than_ms": 100_000}, []),
        ({"key": "key_none"}, []),
    ],
)
async def test_calls_are_found_by_what_they_were(
    local_cloud: LocalCloud, wanted: dict[str, Any], found: list[str]
):
    await local_cloud.call("cache/Set", {"key": "a", "value": "1"})
    await local_cloud.call("cache/Get", {"key": "a"})
    await local_cloud.post("helloworld/Call", {"x": 1})
    assert [call["endpoint"] for call in await log(local_cloud, **wanted)] == found


async def test_the_log_is_paged_and_gives_each_call_once(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(store, "PICK_UP_CALLS", 7)
    monkeypatch.setattr(searching, "ROWS_MAX", 2)
    for _ in range(40):
        await local_cloud.call("helloworld/Call", {})
    seen: list[str] = []
    cursor = ""
    while True:
        page = await local_cloud.call("usage/Log", {"endpoint": "helloworld", "limit": 6, "cursor": cursor})
        assert len(page["calls"]) <= 6
        seen += [call["request_id"] for call in page["calls"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 40


@pytest.mark.parametrize("cursor", ["x", "~.1", "a.b", "../..", "0.-1"])
async def test_a_made_up_cursor_is_refused(local_cloud: LocalCloud, cursor: str):
    assert (await local_cloud.post("usage/Log", {"cursor": cursor})).status_code == 400


async def test_a_span_of_time_bounds_what_is_found(local_cloud: LocalCloud, clock: ManualClock):
    await local_cloud.call("helloworld/Call", {})
    later = datetime.fromtimestamp(clock.now_ns() / 1e9 + 3600, UTC).isoformat()
    after = datetime.fromtimestamp(clock.now_ns() / 1e9 + 7200, UTC).isoformat()
    assert await log(local_cloud, **{"from": later, "to": after}) == []
    assert await rows(local_cloud, **{"from": later, "to": after}) == []
    assert await log(local_cloud, to=later) != []
    refused = await local_cloud.post("usage/Log", {"from": after, "to": later})
    assert refused.json()["errors"][0]["pointer"] == "/from"


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-11-24", "2026-11-24T00:00:00", "20261124T000000Z", "2026-13-01T00:00:00Z"]
)
async def test_what_is_no_moment_is_refused(local_cloud: LocalCloud, moment: str):
    refused = await local_cloud.post("usage/Log", {"from": moment})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/from")


async def test_projects_and_environments_do_not_see_each_other(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"environment": "test", "scopes": ["helloworld"]})
    await local_cloud.post("helloworld/Call", headers={"Authorization": f"Bearer {made['key']}"})
    assert await log(local_cloud, endpoint="helloworld") == []
    (call,) = await log(local_cloud, endpoint="helloworld", environment="test")
    assert call["key"] == made["info"]["id"]
    token, _ = await local_cloud.application.keyring.create("prj_other", "", ("usage",), None)
    other = await local_cloud.post("usage/Log", headers={"Authorization": f"Bearer {token}"})
    assert other.json()["calls"] == []


async def test_a_stream_leaves_one_record_with_all_it_sent(local_cloud: LocalCloud):
    response = await local_cloud.post("helloworld/Stream", {"name": "John", "messages": "3"})
    (call,) = await log(local_cloud, request_id=response.headers["request-id"])
    assert (call["endpoint"], call["status"]) == ("helloworld.stream", 200)
    assert call["bytes_out"] == len(response.content.strip().replace(b"\n", b""))


@pytest.mark.only_on("sqlite", "its engine is broken from inside")
async def test_a_record_that_cannot_be_kept_makes_the_call_fail(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    from brickyard.contract import Unavailable

    async def full(*_: object) -> None:
        raise Unavailable("The storage is full or failing; nothing was written. Try again later.")

    await local_cloud.call("helloworld/Call", {})
    with monkeypatch.context() as patched:
        patched.setattr(type(local_cloud.application.sql.bound("p")), "run", full)
        response = await local_cloud.post("helloworld/Call", {})
        chunked = await local_cloud.client.post("/v1/helloworld/Call", content=pieces())
    assert (response.status_code, response.json()["code"]) == (503, 503)
    assert chunked.status_code == 503
    assert (await local_cloud.post("helloworld/Call", {})).status_code == 200


async def pieces():
    yield b"{}"


async def test_records_that_two_pick_up_are_counted_once(local_cloud: LocalCloud):
    for _ in range(20):
        await local_cloud.call("helloworld/Call", {})
    await asyncio.gather(*(rows(local_cloud) for _ in range(5)))
    (row,) = [row for row in await rows(local_cloud, by=["endpoint"]) if row["endpoint"] == "helloworld.call"]
    assert row["calls"] == 20


async def test_why_a_call_failed_is_in_the_log_and_can_be_looked_for(local_cloud: LocalCloud):
    await local_cloud.call("cache/Get", {"key": "a"})
    refused = await local_cloud.post("cache/Get", {"key": ""})
    absent = await local_cloud.post("db/DropTable", {"table": "nothing"})
    (call,) = await log(local_cloud, request_id=refused.headers["request-id"])
    assert (call["problem"], call["detail"]) == ("bad-request", refused.json()["detail"])
    for wanted in ("not-found", "no table NOTHING", "There is no"):
        (call,) = await log(local_cloud, problem=wanted)
        assert (call["endpoint"], call["detail"]) == ("db.droptable", absent.json()["detail"])
    assert await log(local_cloud, problem="payment-required") == []
    (call,) = [each for each in await log(local_cloud, status=200) if each["endpoint"] == "cache.get"]
    assert (call["problem"], call["detail"]) == ("", "")


async def test_calls_are_found_by_who_did_the_work(local_cloud: LocalCloud):
    await local_cloud.call("sms/Send", {"from": "Shop", "to": "+447400123456", "message": "Hello."})
    await local_cloud.call("helloworld/Call", {})
    assert [each["endpoint"] for each in await log(local_cloud, provider="outbox")] == ["sms.send"]
    assert await log(local_cloud, provider="twilio") == []


async def test_a_refusal_under_an_idempotency_key_says_why_too(local_cloud: LocalCloud):
    for accept in ("application/json", "application/problem+json"):
        headers = {"Idempotency-Key": accept, "Accept": accept}
        refused = await local_cloud.post("db/DropTable", {"table": "nothing"}, headers=headers)
        (call,) = await log(local_cloud, request_id=refused.headers["request-id"])
        assert (call["status"], call["problem"]) == (404, "not-found")
        assert call["detail"] == refused.json()["detail"]


def test_a_detail_is_bounded_and_shows_no_secret():
    record = CallRecord(0, "info", "call", "db.create", 400, 1, "req_1")
    told = with_problem(record, BadRequest("bk_sk_live_abcdefghijklmnop is wrong. " + "x" * 1000))
    assert len(told.detail) == DETAIL_MAX
    assert told.detail.startswith("bk_sk_live_••• is wrong. x")


def test_a_call_that_succeeded_takes_no_more_room_than_before():
    assert b"problem" not in msgspec.json.encode(CallRecord(0, "info", "call", "db.create", 200, 1, "req_1"))

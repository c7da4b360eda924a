"""A key's settings: changed at once, and kept when it is rotated."""

from datetime import UTC, datetime
from typing import Any

import pytest

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud
from signed_in import with_key

DAY_S = 86_400


async def made(cloud: LocalCloud, **wanted: Any) -> tuple[str, dict[str, Any]]:
    reply = await cloud.call("key/Create", wanted)
    return reply["key"], reply["info"]


def in_future(clock: ManualClock, seconds: float) -> str:
    moment = datetime.fromtimestamp(clock.now_ns() / 1e9 + seconds, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


async def test_limits_are_kept_shown_and_handed_to_who_enforces_them(local_cloud: LocalCloud):
    key, info = await made(local_cloud, rate_limit_per_s=5, monthly_budget="2.50")
    assert (info["rate_limit_per_s"], info["monthly_budget"]) == (5, "2.5")
    assert (await local_cloud.call("key/Get", {"id": info["id"]}))["info"] == info
    caller = await local_cloud.application.keyring.caller(key.encode())
    assert (caller.rate_limit_per_s, caller.monthly_budget) == (5, 2_500_000_000)
    changed = await local_cloud.call("key/Update", {"id": info["id"], "rate_limit_per_s": 0})
    assert (changed["info"]["rate_limit_per_s"], changed["info"]["monthly_budget"]) == (None, "2.5")
    await local_cloud.call("key/Update", {"id": info["id"], "monthly_budget": ""})
    caller = await local_cloud.application.keyring.caller(key.encode())
    assert (caller.rate_limit_per_s, caller.monthly_budget) == (None, None)


@pytest.mark.parametrize(
    "wanted",
    [
        {"rate_limit_per_s": -1},
        {"rate_limit_per_s": 100_001},
        {"monthly_budget": "-1"},
        {"monthly_budget": "0"},
        {"monthly_budget": "0.0000000001"},
        {"monthly_budget": "1e9"},
        {"monthly_budget": "1\n"},
        {"monthly_budget": "٣"},
    ],
)
async def test_a_limit_that_cannot_be_is_refused(local_cloud: LocalCloud, wanted: dict[str, Any]):
    assert (await local_cloud.post("key/Create", wanted)).status_code == 400


async def test_a_test_key_ends_no_live_one(local_cloud: LocalCloud):
    test, _ = await made(local_cloud, scopes=["key"], environment="test")
    _, live = await made(local_cloud)
    _, other = await made(local_cloud, environment="test")
    headers = {"Authorization": f"Bearer {test}"}
    assert (await local_cloud.post("key/Revoke", {"id": live["id"]}, headers=headers)).status_code == 403
    assert (await local_cloud.call("key/Get", {"id": live["id"]}))["info"]["revoked_at"] is None
    assert (await local_cloud.post("key/Revoke", {"id": other["id"]}, headers=headers)).status_code == 200


async def test_what_an_update_leaves_out_stays(local_cloud: LocalCloud):
    _, info = await made(local_cloud, description="shop", scopes=["db"], rate_limit_per_s=5)
    changed = (await local_cloud.call("key/Update", {"id": info["id"], "description": "other"}))["info"]
    assert changed == {**info, "description": "other"}
    emptied = (await local_cloud.call("key/Update", {"id": info["id"], "description": ""}))["info"]
    assert emptied == {**info, "description": ""}


async def test_other_scopes_hold_at_once(local_cloud: LocalCloud):
    key, info = await made(local_cloud, scopes=["helloworld"])
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    await local_cloud.call("key/Update", {"id": info["id"], "scopes": ["id"]})
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 403
    assert (await with_key(local_cloud, key, "id/Generate")).status_code == 200


async def test_an_end_can_be_set_moved_and_lifted(local_cloud: LocalCloud, clock: ManualClock):
    key, info = await made(local_cloud)
    for seconds in (10, 20):
        request = {"id": info["id"], "expires_at": in_future(clock, seconds)}
        assert (await local_cloud.call("key/Update", request))["info"]["expires_at"] == request["expires_at"]
    clock.advance(15)
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    lifted = await local_cloud.call("key/Update", {"id": info["id"], "expires_at": ""})
    assert lifted["info"]["expires_at"] is None
    clock.advance(DAY_S)
    assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200


async def test_a_rotated_key_goes_on_for_a_while_beside_the_new_one(
    local_cloud: LocalCloud, clock: ManualClock
):
    old, info = await made(local_cloud, description="shop", scopes=["helloworld"], rate_limit_per_s=3)
    reply = await local_cloud.call("key/Rotate", {"id": info["id"], "overlap_hours": 48})
    assert reply["key"] != old
    same = ("kind", "description", "environment", "scopes", "origins", "role", "rate_limit_per_s")
    assert {name: reply["info"][name] for name in same} == {name: info[name] for name in same}
    assert reply["info"]["expires_at"] is None
    assert reply["old"]["expires_at"] == in_future(clock, 2 * DAY_S)
    clock.advance(2 * DAY_S - 1)
    for key in (old, reply["key"]):
        assert (await with_key(local_cloud, key, "helloworld/Call")).status_code == 200
    clock.advance(1)
    assert (await with_key(local_cloud, old, "helloworld/Call")).status_code == 401
    assert (await with_key(local_cloud, reply["key"], "helloworld/Call")).status_code == 200


async def test_without_overlap_the_old_key_ends_at_once(local_cloud: LocalCloud):
    old, info = await made(local_cloud)
    assert (await with_key(local_cloud, old, "helloworld/Call")).status_code == 200
    await local_cloud.call("key/Rotate", {"id": info["id"], "overlap_hours": 0})
    assert (await with_key(local_cloud, old, "helloworld/Call")).status_code == 401


async def test_an_overlap_does_not_lengthen_a_keys_life(local_cloud: LocalCloud, clock: ManualClock):
    ends = in_future(clock, 3600)
    _, info = await made(local_cloud, expires_at=ends)
    reply = await local_cloud.call("key/Rotate", {"id": info["id"], "overlap_hours": 168})
    assert (reply["old"]["expires_at"], reply["info"]["expires_at"]) == (ends, ends)


@pytest.mark.parametrize("hours", [-1, 169])
async def test_an_overlap_has_bounds(local_cloud: LocalCloud, hours: int):
    _, info = await made(local_cloud)
    request = {"id": info["id"], "overlap_hours": hours}
    assert (await local_cloud.post("key/Rotate", request)).status_code == 400


async def test_what_has_ended_is_not_rotated_into_life(local_cloud: LocalCloud, clock: ManualClock):
    _, revoked = await made(local_cloud)
    await local_cloud.call("key/Revoke", {"id": revoked["id"]})
    _, expired = await made(local_cloud, expires_at=in_future(clock, 10))
    clock.advance(10)
    for info in (revoked, expired):
        assert (await local_cloud.post("key/Rotate", {"id": info["id"]})).status_code == 403


async def last_used_at(cloud: LocalCloud, key_id: str) -> str | None:
    return (await cloud.call("key/Get", {"id": key_id}))["info"]["last_used_at"]


async def test_when_a_key_was_last_used_is_known_to_the_minute(
    local_cloud: LocalCloud, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    last_use = local_cloud.application.last_use
    key, info = await made(local_cloud, scopes=["helloworld"])
    _, idle = await made(local_cloud)
    await last_use.step()
    assert await last_used_at(local_cloud, info["id"]) is None
    for _ in range(3):
        await with_key(local_cloud, key, "helloworld/Call")
    assert await last_used_at(local_cloud, info["id"]) is None  # nothing is written by a call
    clock.advance(60)
    await last_use.step()
    assert await last_used_at(local_cloud, info["id"]) == in_future(clock, 0)
    assert await last_used_at(local_cloud, idle["id"]) is None

    async def fail(*_: object) -> None:
        raise OSError

    await with_key(local_cloud, key, "helloworld/Call")
    clock.advance(60)
    with monkeypatch.context() as patch:
        patch.setattr(type(local_cloud.application.sql.bound("platform")), "transact", fail)
        with pytest.raises(OSError):  # noqa: PT011 - the one raised above
            await last_use.step()
    await last_use.step()  # what could not be written is not forgotten
    assert await last_used_at(local_cloud, info["id"]) == in_future(clock, 0)

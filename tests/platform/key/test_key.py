import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.platform.key.token import well_formed
from brickyard.settings import Settings
from cloud import LocalCloud
from database import look


def with_key(key: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


async def made(cloud: LocalCloud, **wanted: object) -> dict[str, str]:
    reply = await cloud.call("key/Create", wanted)
    return {"key": reply["key"], **reply["info"]}


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(local_cloud: LocalCloud):
    key = (await made(local_cloud, description="shop"))["key"]
    assert well_formed(key)
    assert key.startswith("bk_sk_live_")
    assert key not in (await local_cloud.post("key/List")).text
    kept = look(local_cloud.application.sql, "SELECT * FROM keys")
    assert hashlib.sha256(key.encode()).digest() in {row[1] for row in kept}
    assert key not in str(kept)


async def test_the_list_tells_keys_apart_without_giving_them_away(local_cloud: LocalCloud):
    key = await made(local_cloud, description="shop", scopes=["db", "cache/Get"])
    (first, second) = (await local_cloud.call("key/List"))["keys"]
    assert first["description"] == "the first key"
    assert second["hint"] == f"bk_sk_live_…{key['key'][-4:]}"
    assert second["scopes"] == ["db", "cache/Get"]
    assert second["expires_at"] is None
    assert second["revoked_at"] is None


@pytest.mark.parametrize(
    ("scopes", "allowed", "refused"),
    [
        (["*"], ["helloworld/Call", "cache/Get"], ["key/List"]),
        (["helloworld"], ["helloworld/Call"], ["cache/Get", "key/List"]),
        (["Cache/get"], ["cache/Get"], ["cache/Set", "helloworld/Call"]),
        (["key"], ["key/List"], ["helloworld/Call"]),
    ],
)
async def test_a_key_calls_what_its_scopes_cover_and_nothing_else(
    local_cloud: LocalCloud, scopes: list[str], allowed: list[str], refused: list[str]
):
    key = (await made(local_cloud, scopes=scopes))["key"]
    body = {"key": "a"}
    for path in allowed:
        response = await local_cloud.post(path, body if path.startswith("cache") else {}, **with_key(key))
        assert response.status_code == 200
    for path in refused:
        response = await local_cloud.post(path, body if path.startswith("cache") else {}, **with_key(key))
        assert response.status_code == 403
        assert path in response.json()["detail"]


@pytest.mark.parametrize("wanted", ["*", "key", "db", "helloworld/Stream"])
async def test_a_key_cannot_hand_on_more_than_it_holds(local_cloud: LocalCloud, wanted: str):
    limited = (await made(local_cloud, scopes=["key/Create", "helloworld/Call", "cache"]))["key"]
    refused = await local_cloud.post("key/Create", {"scopes": [wanted]}, **with_key(limited))
    assert refused.status_code == 403
    for held in ("key/Create", "helloworld/Call", "cache", "cache/Get"):
        granted = await local_cloud.post("key/Create", {"scopes": [held]}, **with_key(limited))
        assert granted.status_code == 200


@pytest.mark.parametrize("scope", ["", "db/", "/Read", "db/Read/x", "d b", "a" * 200, "*/*"])
async def test_what_is_no_scope_is_refused(local_cloud: LocalCloud, scope: str):
    assert (await local_cloud.post("key/Create", {"scopes": [scope]})).status_code == 400


@pytest.mark.parametrize(
    ("scope", "hint"),
    [
        ("dbb", "Did you mean db?"),
        ("db/Reed", "Did you mean db/Read?"),
        ("DB/reed", "Did you mean db/Read?"),
        ("cache/GetAll", "Did you mean cache/Get?"),
        ("xylophone", "/v1"),
    ],
)
async def test_a_scope_that_names_nothing_is_refused_with_the_nearest(
    local_cloud: LocalCloud, scope: str, hint: str
):
    response = await local_cloud.post("key/Create", {"scopes": ["db", scope]})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/scopes/1"
    assert hint in response.json()["detail"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
        ("2030-01-01t00:00:00z", "2030-01-01T00:00:00Z"),
        ("2030-01-01 01:30:00+01:30", "2030-01-01T00:00:00Z"),
        ("2030-01-01T00:00:00.000Z", "2030-01-01T00:00:00Z"),
        ("2029-12-31T23:59:59.0000000000001Z", "2030-01-01T00:00:00Z"),
    ],
)
async def test_an_end_is_kept_to_the_second_and_never_before_it_was_said_to_be(
    local_cloud: LocalCloud, given: str, kept: str
):
    assert (await made(local_cloud, expires_at=given))["expires_at"] == kept


async def test_a_key_expires_when_it_was_told_to(local_cloud: LocalCloud, clock: ManualClock):
    expires_at = datetime.fromtimestamp(clock.now_ns() / 1e9 + 10, UTC).isoformat()
    key = (await made(local_cloud, expires_at=expires_at))["key"]
    assert (await local_cloud.post("helloworld/Call", **with_key(key))).status_code == 200
    clock.advance(9)
    assert (await local_cloud.post("helloworld/Call", **with_key(key))).status_code == 200
    clock.advance(1)
    response = await local_cloud.post("helloworld/Call", **with_key(key))
    assert response.status_code == 401
    assert "expired" in response.json()["detail"]


@pytest.mark.parametrize(
    "expires_at",
    [
        *("2020-01-01T00:00:00Z", "tomorrow", "2027-01-01T00:00:00", "99999", "20300101T000000Z"),
        *("2030-W01-1T00:00:00Z", "2030-01-01T00:00:00+00:00:30", "2030-01-01T00:00:00+24:00", "2030-01-01"),
        *("2030-01-01T00:00Z", "2030-02-30T00:00:00Z", "2030-01-01T24:00:00Z", "2030-01-01T00:00:00,5Z"),
        *("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59"),
    ],
)
async def test_a_time_that_cannot_be_is_refused(local_cloud: LocalCloud, expires_at: str):
    response = await local_cloud.post("key/Create", {"expires_at": expires_at})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/expires_at"


async def test_a_revoked_key_ends_at_once_and_its_siblings_go_on(local_cloud: LocalCloud):
    doomed, spared = await made(local_cloud), await made(local_cloud)
    for key in (doomed, spared):
        assert (await local_cloud.post("helloworld/Call", **with_key(key["key"]))).status_code == 200
    await local_cloud.call("key/Revoke", {"id": doomed["id"]})
    await local_cloud.call("key/Revoke", {"id": doomed["id"]})
    response = await local_cloud.post("helloworld/Call", **with_key(doomed["key"]))
    assert response.status_code == 401
    assert "revoked" in response.json()["detail"]
    assert (await local_cloud.post("helloworld/Call", **with_key(spared["key"]))).status_code == 200


async def test_one_project_can_neither_see_nor_revoke_anothers_keys(local_cloud: LocalCloud):
    mine = await made(local_cloud)
    other = with_key(await local_cloud.other_project())
    assert mine["id"] not in (await local_cloud.post("key/List", **other)).text
    response = await local_cloud.post("key/Revoke", {"id": mine["id"]}, **other)
    assert response.status_code == 404
    assert (await local_cloud.post("helloworld/Call", **with_key(mine["key"]))).status_code == 200


async def test_the_first_key_is_made_once_and_kept_for_its_owners_eyes_only(
    tmp_path: Path, settings: Settings
):
    first = Application(settings)
    key = await first.first_key()
    first.close()
    second = Application(settings)
    assert await second.first_key() == key
    second.close()
    token = tmp_path / "home" / "token"
    assert token.read_text().strip() == key
    assert token.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


async def test_everything_hands_on_no_part_of_the_control_plane(local_cloud: LocalCloud):
    maker = (await made(local_cloud, scopes=["*", "key/Create"]))["key"]
    services = [each for each in local_cloud.application.catalog if each.control_plane]
    assert {"key", "billing", "usage", "outbox", "account"} <= {each.name for each in services}
    for scope in [*(each.name for each in services), "billing/SetCap", "key/Revoke"]:
        refused = await local_cloud.post("key/Create", {"scopes": [scope]}, **with_key(maker))
        assert refused.status_code == 403, scope
    granted = await local_cloud.post("key/Create", {"scopes": ["*", "db", "key/Create"]}, **with_key(maker))
    assert granted.status_code == 200


async def test_keys_are_listed_page_by_page(local_cloud: LocalCloud):
    (first,) = (await local_cloud.call("key/List"))["keys"]
    expected = [first["id"], *[(await made(local_cloud))["id"] for _ in range(4)]]
    pages: list[list[str]] = []
    cursor = ""
    while cursor or not pages:
        listed = await local_cloud.call("key/List", {"limit": 2, "cursor": cursor})
        pages.append([each["id"] for each in listed["keys"]])
        cursor = listed["next_cursor"]
    assert [len(each) for each in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == expected
    for limit in (0, 1001):
        assert (await local_cloud.post("key/List", {"limit": limit})).status_code == 400

import pytest
from websockets.asyncio.client import connect
from wire import basic, exchange, head

from brickyard.engines.clock import ManualClock
from brickyard.platform.key.token import checksum, new_token
from cloud import LocalCloud, ProcessCloud

CALL = "/v1/helloworld/Call"


def altered(key: str) -> str:
    """One character mistyped: the checksum no longer holds."""
    return key[:20] + ("a" if key[20] != "a" else "b") + key[21:]


def bad_keys(key: str) -> dict[str, str]:
    return {
        "empty": "",
        "a word": "secret",
        "mistyped": altered(key),
        "cut": key[:-1],
        "twice": key + key,
        "unknown": new_token("sk", "live"),
        "another kind": key.replace("_sk_", "_pk_"),
        "another environment": key.replace("_live_", "_test_"),
        "M3O's": "MGEwZjM4YjYtZGM1ZC00ZDJhLTkxZWItNjQ0YmU2NmE3NjFi",
        "long": "bk_sk_live_" + "a" * 5_000,
        "SQL": "bk_sk_live_' OR 1=1 --",
        "padded": key + "=",
        "not ASCII": "bk_sk_live_ÿþ",
    }


@pytest.fixture(params=bad_keys("bk_sk_live_" + "x" * 36))
def bad_key(request: pytest.FixtureRequest, probe_cloud: ProcessCloud) -> str:
    return bad_keys(probe_cloud.key)[request.param]


async def refused(cloud: ProcessCloud, *headers: str) -> str:
    """Make a call that has to be refused for its key; gives what it was told."""
    answer = await exchange(cloud, head(f"POST {CALL}", "Content-Length: 0", *headers))
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Bearer realm="brickyard"'
    problem = answer.json()
    assert (problem["id"], problem["code"], problem["status"]) == ("v1", 401, "Unauthorized")
    return problem["detail"]


async def test_a_bad_bearer_key_is_refused(probe_cloud: ProcessCloud, bad_key: str):
    detail = await refused(probe_cloud, f"Authorization: Bearer {bad_key}")
    assert not bad_key or bad_key not in detail


async def test_a_bad_basic_key_is_refused(probe_cloud: ProcessCloud, bad_key: str):
    await refused(probe_cloud, f"Authorization: {basic('user', bad_key)}")


@pytest.mark.parametrize(
    "header",
    [
        "X-Other: 1",
        "Authorization:",
        "Authorization: Bearer",
        "Authorization: Digest username=a",
        "Authorization: Basic !!!",
        "Authorization: Basic ÿ",
        "Authorization: Basic bm9jb2xvbg==",
        "Authorization: Basic",
        "Authorization: Bearer\t\t",
    ],
)
async def test_a_header_without_a_key_is_refused(probe_cloud: ProcessCloud, header: str):
    await refused(probe_cloud, header)


async def test_the_key_alone_is_refused(probe_cloud: ProcessCloud):
    await refused(probe_cloud, f"Authorization: {probe_cloud.key}")


async def test_a_mistyped_key_is_told_from_an_unknown_one(probe_cloud: ProcessCloud):
    mistyped = await refused(probe_cloud, f"Authorization: Bearer {altered(probe_cloud.key)}")
    unknown = await refused(probe_cloud, f"Authorization: Bearer {new_token('sk', 'live')}")
    assert "checksum" in mistyped
    assert "not known" in unknown


async def test_a_key_of_the_right_checksum_that_was_never_made_is_refused(probe_cloud: ProcessCloud):
    stem = "bk_sk_live_" + "0" * 30
    assert "not known" in await refused(probe_cloud, f"Authorization: Bearer {stem}{checksum(stem)}")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_a_good_key_is_taken_as_bearer(probe_cloud: ProcessCloud, scheme: str):
    headers = {"authorization": f"{scheme} {probe_cloud.key}"}
    assert probe_cloud.client.post(CALL, headers=headers).status_code == 200


@pytest.mark.parametrize("user", ["", "anything", "a@b.c"])
def test_a_good_key_is_taken_as_the_password_of_basic(probe_cloud: ProcessCloud, user: str):
    headers = {"authorization": basic(user, probe_cloud.key)}
    assert probe_cloud.client.post(CALL, headers=headers).status_code == 200


async def first_frame(cloud: ProcessCloud | LocalCloud, **options: object) -> tuple[str | bytes, int | None]:
    address = cloud.address.replace("http", "ws") + "/v1/helloworld/Stream"
    async with connect(address, **options) as socket:
        await socket.send("{}")
        frame = await socket.recv()
        await socket.wait_closed()
        return frame, socket.close_code


async def test_a_bad_key_in_a_websocket_header_gets_a_frame_and_a_close(
    probe_cloud: ProcessCloud, bad_key: str
):
    if bad_key.isascii():
        headers = {"authorization": f"Bearer {bad_key}"}
        frame, code = await first_frame(probe_cloud, additional_headers=headers)
        assert '"code":401' in frame
        assert code == 1008


@pytest.mark.parametrize("key", ["secret", "bk_sk_live_x", "bk_sk_live_" + "x" * 36])
async def test_a_bad_key_as_sub_protocol_gets_a_frame_and_a_close(probe_cloud: ProcessCloud, key: str):
    frame, code = await first_frame(probe_cloud, subprotocols=[key])
    assert '"code":401' in frame
    assert code == 1008


async def test_a_good_key_as_sub_protocol_is_taken_and_echoed(probe_cloud: ProcessCloud):
    address = probe_cloud.address.replace("http", "ws") + "/v1/helloworld/Stream"
    async with connect(address, subprotocols=[probe_cloud.key]) as socket:
        assert socket.subprotocol == probe_cloud.key
        await socket.send('{"name": "Ada"}')
        assert await socket.recv() == '{"message":"Hello Ada"}'


async def test_a_websocket_without_a_key_gets_a_frame_and_a_close(probe_cloud: ProcessCloud):
    frame, code = await first_frame(probe_cloud)
    assert '"code":401' in frame
    assert code == 1008


async def test_an_upgrade_whose_sub_protocol_is_not_ascii_is_refused(probe_cloud: ProcessCloud):
    handshake = head(
        "GET /v1/helloworld/Stream",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: kÿ",
    )
    assert (await exchange(probe_cloud, handshake)).status == 400


async def key_with(cloud: LocalCloud, **options: object) -> dict[str, str]:
    made = await cloud.call("key/Create", options)
    return {"authorization": f"Bearer {made['key']}"}


@pytest.mark.parametrize(
    ("scopes", "allowed", "denied"),
    [
        (["helloworld"], "helloworld/Call", "cache/Get"),
        (["cache/Get"], "cache/Get", "cache/Set"),
        (["CACHE/get"], "Cache/GET", "cache/Set"),
        (["*"], "cache/Get", "key/List"),
        (["key/List"], "key/List", "key/Create"),
    ],
)
async def test_a_key_opens_what_its_scopes_name_and_nothing_else(
    local_cloud: LocalCloud, scopes: list[str], allowed: str, denied: str
):
    headers = await key_with(local_cloud, scopes=scopes)
    body = {"key": "a"} if allowed.lower().startswith("cache") else {}
    assert (await local_cloud.post(allowed, body, headers=headers)).status_code == 200
    response = await local_cloud.post(denied, headers=headers)
    assert response.status_code == 403
    assert response.json()["id"] == denied.lower().replace("/", ".")
    assert response.json()["status"] == "Forbidden"


@pytest.mark.parametrize(
    ("scopes", "denied", "detail"),
    [
        (["db"], "cache/Get", "The key's scopes (db) do not cover cache/Get."),
        (
            ["*"],
            "provider/Set",
            (
                "The key's scopes (*) do not cover provider/Set: `*` leaves out what manages the cloud."
                " A key with the scope `provider` may call it, or a session."
            ),
        ),
        (
            ["db", "key/List"],
            "key/Create",
            (
                "The key's scopes (db, key/List) do not cover key/Create."
                " A key with the scope `key` may call it, or a session."
            ),
        ),
    ],
)
async def test_it_is_said_what_a_key_lacks(
    local_cloud: LocalCloud, scopes: list[str], denied: str, detail: str
):
    response = await local_cloud.post(denied, headers=await key_with(local_cloud, scopes=scopes))
    assert response.json()["detail"] == detail


async def test_a_key_out_of_scope_on_a_websocket_gets_a_frame_and_a_close(local_cloud: LocalCloud):
    headers = await key_with(local_cloud, scopes=["cache"])
    frame, code = await first_frame(local_cloud, additional_headers=headers)
    assert '"code":403' in frame
    assert code == 1008


async def test_a_key_works_until_the_second_it_expires(local_cloud: LocalCloud, clock: ManualClock):
    headers = await key_with(local_cloud, scopes=["helloworld"], expires_at="2026-09-22T00:00:00Z")
    clock.advance(1_790_035_200 - 1_790_000_000 - 0.001)
    assert (await local_cloud.post("helloworld/Call", headers=headers)).status_code == 200
    clock.advance(0.001)
    response = await local_cloud.post("helloworld/Call", headers=headers)
    assert response.status_code == 401
    assert "expired" in response.json()["detail"]


@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-09-01T00:00:00Z",
        "2027-02-30T00:00:00Z",
        "2027-01-01T00:00:00",
        "2027-01-01",
        "tomorrow",
        "",
        "2027-01-01T00:00:00+99:99",
    ],
)
async def test_an_expiry_that_cannot_be_kept_is_refused(local_cloud: LocalCloud, moment: str):
    response = await local_cloud.post("key/Create", {"expires_at": moment})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/expires_at"


@pytest.mark.parametrize("scope", ["", "db/", "/", "db/Read/x", "d b", "**", "db/*", "é", "x" * 200])
async def test_a_scope_that_is_none_is_refused(local_cloud: LocalCloud, scope: str):
    response = await local_cloud.post("key/Create", {"scopes": [scope]})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/scopes/0"


async def test_a_key_cannot_hand_on_what_it_does_not_hold(local_cloud: LocalCloud):
    headers = await key_with(local_cloud, scopes=["key", "cache/Get"])
    for scopes in (["*"], ["cache"], ["db"], ["cache/Get", "cache/Set"]):
        assert (await local_cloud.post("key/Create", {"scopes": scopes}, headers=headers)).status_code == 403
    assert (
        await local_cloud.post("key/Create", {"scopes": ["cache/Get"]}, headers=headers)
    ).status_code == 200


async def test_no_key_of_another_project_can_be_seen_or_revoked(local_cloud: LocalCloud):
    mine = await local_cloud.call("key/Create", {"scopes": ["cache"]})
    other = {"authorization": f"Bearer {await local_cloud.other_project()}"}
    theirs = (await local_cloud.post("key/List", headers=other)).json()["keys"]
    assert mine["info"]["id"] not in {each["id"] for each in theirs}
    revoked = await local_cloud.post("key/Revoke", {"id": mine["info"]["id"]}, headers=other)
    unknown = await local_cloud.post("key/Revoke", {"id": "key_none"}, headers=other)
    assert (revoked.status_code, unknown.status_code) == (404, 404)
    headers = {"authorization": f"Bearer {mine['key']}"}
    assert (await local_cloud.post("cache/ListKeys", headers=headers)).status_code == 200


async def test_one_projects_data_is_not_anothers(local_cloud: LocalCloud):
    await local_cloud.call("cache/Set", {"key": "a", "value": "mine"})
    other = {"authorization": f"Bearer {await local_cloud.other_project()}"}
    assert (await local_cloud.post("cache/Get", {"key": "a"}, headers=other)).json()["value"] == ""
    assert (await local_cloud.post("cache/ListKeys", headers=other)).json()["keys"] == []

"""A call under an `Idempotency-Key` is done once, and answered as often as it is made."""

import asyncio
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from wire import connected, exchange, head, post, until

from brickyard.contract import TooManyRequests
from brickyard.engines.clock import ManualClock
from brickyard.engines.peers import Strangers
from brickyard.gateway.proxies import Proxies
from brickyard.platform.idempotency import outcome
from brickyard.platform.idempotency.claim import Claim
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.named import Named
from brickyard.platform.key.schema import PLATFORM
from cloud import LocalCloud
from database import look
from people import Mailboxes, Person

DAY_S = 24 * 3600
COUNT = {"key": "counter", "value": 1}


async def keyed(cloud: LocalCloud, key: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    return await cloud.post(path, body, headers={"Idempotency-Key": key, **headers})


async def counter(cloud: LocalCloud) -> int:
    return int((await cloud.call("cache/Get", {"key": "counter"}))["value"] or 0)


def told(response: httpx.Response) -> tuple[Any, ...]:
    return response.status_code, response.headers["content-type"], response.content


@pytest.fixture
def pinged(probe: ModuleType) -> Iterator[list[str]]:
    """The names that `probe/Ping` was called with."""
    probe.pings.clear()
    probe.gate = asyncio.Event()  # the last one belonged to another test's event loop
    probe.gate.set()
    yield probe.pings
    probe.gate.set()


async def test_a_repeat_gets_the_same_reply_and_nothing_is_done_twice(local_cloud: LocalCloud):
    first = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    again = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    assert told(again) == told(first)
    assert first.json()["value"] == "1"
    assert await counter(local_cloud) == 1


async def test_a_repeat_says_of_which_call_its_reply_is(local_cloud: LocalCloud):
    first = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    again = await keyed(local_cloud, "a", "cache/Increment", COUNT, Origin="https://shop.example")
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request-id"] == first.headers["request-id"]
    assert again.headers["request-id"] not in {"", first.headers["request-id"]}
    exposed = again.headers["access-control-expose-headers"].split(", ")
    assert {"idempotent-replayed", "original-request-id"} <= set(exposed)


async def test_quoted_or_bare_the_same_text_is_the_same_key(local_cloud: LocalCloud):
    for key in ("one", '"one"'):
        await keyed(local_cloud, key, "cache/Increment", COUNT)
    for key in (r'"a\"b\\c"', r'a"b\c'):
        await keyed(local_cloud, key, "cache/Increment", COUNT)
    assert await counter(local_cloud) == 2


@pytest.mark.parametrize(
    "key", [b"", b'""', b"a b", b'"a b"', b'"a', b'"a"b"', b'"a";b=1', rb'"a\b"', b"\xfc", b"x" * 256]
)
async def test_what_is_no_key_is_refused(local_cloud: LocalCloud, key: bytes):
    request = post(
        "/v1/cache/Increment", b'{"key": "counter", "value": 1}', "Idempotency-Key: KEY", key=local_cloud.key
    )
    answer = await exchange(local_cloud, request.replace(b"KEY", key))
    assert answer.status == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert await counter(local_cloud) == 0


async def test_a_key_may_have_255_characters_whatever_they_are(local_cloud: LocalCloud):
    visible = "".join(map(chr, range(0x21, 0x7F))).replace('"', "")
    for key in ("x" * 255, visible):
        assert (await keyed(local_cloud, key, "cache/Increment", COUNT)).status_code == 200


async def test_two_keys_are_refused(local_cloud: LocalCloud):
    two = ("Idempotency-Key: a", "Idempotency-Key: b")
    answer = await exchange(local_cloud, post("/v1/id/Types", b"{}", *two, key=local_cloud.key))
    assert (answer.status, answer.json()["detail"]) == (
        400,
        "There is more than one Idempotency-Key. Send one.",
    )


async def test_another_request_under_the_same_key_is_a_conflict(local_cloud: LocalCloud):
    first = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    for other in ({"key": "counter", "value": 2}, b'{"key": "counter",  "value": 1}'):
        response = await keyed(local_cloud, "a", "cache/Increment", other)
        assert response.status_code == 409
        assert response.json()["type"].endswith("#idempotency-conflict")
        assert first.headers["request-id"] in response.json()["detail"]
    query = await local_cloud.client.get(
        "/v1/cache/Increment", params=COUNT, headers={"Idempotency-Key": "a"}
    )
    assert query.status_code == 409
    assert await counter(local_cloud) == 1


async def test_a_query_string_is_part_of_what_is_asked(local_cloud: LocalCloud):
    statuses = [
        (
            await local_cloud.client.get(
                "/v1/cache/Increment", params={"key": key, "value": 1}, headers={"Idempotency-Key": "a"}
            )
        ).status_code
        for key in ("counter", "counter", "other")
    ]
    assert statuses == [200, 200, 409]
    assert await counter(local_cloud) == 1


async def test_another_endpoint_has_keys_of_its_own(local_cloud: LocalCloud):
    await keyed(local_cloud, "a", "cache/Increment", COUNT)
    await keyed(local_cloud, "a", "cache/Decrement", COUNT)
    await keyed(local_cloud, "a", "CACHE/increment", COUNT)
    assert await counter(local_cloud) == 0


async def test_another_project_has_keys_of_its_own(local_cloud: LocalCloud):
    other = await local_cloud.other_project()
    first = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    theirs = await keyed(local_cloud, "a", "cache/Increment", COUNT, Authorization=f"Bearer {other}")
    assert "idempotent-replayed" not in theirs.headers
    assert told(theirs) == told(first)


async def test_another_environment_has_keys_of_its_own(local_cloud: LocalCloud):
    test = (await local_cloud.call("key/Create", {"scopes": ["cache"], "environment": "test"}))["key"]
    await keyed(local_cloud, "a", "cache/Increment", COUNT)
    theirs = await keyed(local_cloud, "a", "cache/Increment", COUNT, Authorization=f"Bearer {test}")
    assert "idempotent-replayed" not in theirs.headers


async def test_strangers_are_told_apart_by_where_they_are(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(local_cloud.application.gateway._pipeline, "proxies", Proxies.of("127.0.0.0/8"))

    async def ask(address: str, email: str) -> int:
        nobody = {"Authorization": "", "X-Forwarded-For": address}
        body = {"email": email}
        return (await keyed(local_cloud, "a", "account/SendMagicLink", body, **nobody)).status_code

    assert await ask("192.0.2.1", "ada@example.com") == 200
    assert await ask("192.0.2.2", "bob@example.com") == 200
    assert await ask("192.0.2.1", "bob@example.com") == 409
    assert await ask("192.0.2.1", "ada@example.com") == 200
    kept = look(local_cloud.application.sql, "SELECT project, key FROM idempotency")
    assert {row[0] for row in kept} == {PLATFORM}
    assert not any(b"192.0.2" in row[1] for row in kept)


async def test_accounts_have_keys_of_their_own(local_cloud: LocalCloud):
    mailboxes = Mailboxes.of(local_cloud)
    statuses = []
    for name in ("ada", "bob"):
        person = Person(local_cloud, mailboxes, f"{name}@example.com")
        await person.sign_up(name)
        session = {"Authorization": f"Bearer {person.token}"}
        for renamed in (f"{name} the first", f"{name} the first", f"{name} the second"):
            reply = await keyed(local_cloud, "a", "account/Update", {"name": renamed}, **session)
            statuses.append(reply.status_code)
    assert statuses == [200, 200, 409] * 2


async def test_a_password_that_was_wrong_can_be_tried_again_and_is_not_kept(local_cloud: LocalCloud):
    mailboxes = Mailboxes.of(local_cloud)
    await Person(local_cloud, mailboxes, "ada@example.com").sign_up("Ada")
    body = {"email": "ada@example.com", "password": "not this one"}
    statuses = [(await keyed(local_cloud, "a", "account/Login", body)).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert look(local_cloud.application.sql, "SELECT COUNT(*) FROM idempotency") == [(0,)]


async def test_either_way_past_asgi_or_by_it_it_is_the_same_call(local_cloud: LocalCloud):
    body, key = b'{"key": "counter", "value": 1}', "Idempotency-Key: a"
    short = post("/v1/cache/Increment", body, key, key=local_cloud.key)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    long = head("POST /v1/cache/Increment", key, "Transfer-Encoding: chunked", key=local_cloud.key) + chunks
    await exchange(local_cloud, post("/v1/cache/Increment", body, key=local_cloud.key))  # the key is known
    answers = [await exchange(local_cloud, each) for each in (short, long, short, long)]
    assert [each.body for each in answers] == [answers[0].body] * 4
    assert [each.header("idempotent-replayed") for each in answers] == ["", "true", "true", "true"]
    assert await counter(local_cloud) == 2


async def test_another_key_of_the_same_project_repeats_the_same_call(local_cloud: LocalCloud):
    second = (await local_cloud.call("key/Create", {"scopes": ["cache"]}))["key"]
    await keyed(local_cloud, "a", "cache/Increment", COUNT)
    again = await keyed(local_cloud, "a", "cache/Increment", COUNT, Authorization=f"Bearer {second}")
    assert again.headers["idempotent-replayed"] == "true"


async def test_who_may_not_make_the_call_is_not_told_its_reply(local_cloud: LocalCloud):
    narrow = (await local_cloud.call("key/Create", {"scopes": ["cache/Get"]}))["key"]
    await keyed(local_cloud, "a", "cache/Increment", COUNT)
    response = await keyed(local_cloud, "a", "cache/Increment", COUNT, Authorization=f"Bearer {narrow}")
    assert response.status_code == 403


@pytest.mark.parametrize("number", [2, 50])
async def test_calls_at_the_same_time_are_done_once(
    local_cloud: LocalCloud, probe: ModuleType, pinged: list[str], number: int
):
    probe.gate.clear()
    calls = [asyncio.create_task(keyed(local_cloud, "a", "probe/Ping", {"name": "x"})) for _ in range(number)]
    await until(lambda: pinged)
    await asyncio.sleep(0)
    probe.gate.set()
    replies = await asyncio.gather(*calls)
    assert {told(reply)[2] for reply in replies} == {b'{"text":"1"}'}
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert pinged == ["x"]


async def test_another_request_is_a_conflict_while_the_first_is_being_done(
    local_cloud: LocalCloud, probe: ModuleType, pinged: list[str]
):
    probe.gate.clear()
    first = asyncio.create_task(keyed(local_cloud, "a", "probe/Ping", {"name": "x"}))
    await until(lambda: pinged)
    assert (await keyed(local_cloud, "a", "probe/Ping", {"name": "y"})).status_code == 409
    probe.gate.set()
    assert (await first).status_code == 200


async def test_a_repeat_does_not_wait_without_end(
    local_cloud: LocalCloud, probe: ModuleType, pinged: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.gateway.once.WAIT_MAX_S", 0.05)
    probe.gate.clear()
    first = asyncio.create_task(keyed(local_cloud, "a", "probe/Ping", {"name": "x"}))
    await until(lambda: pinged)
    again = await keyed(local_cloud, "a", "probe/Ping", {"name": "x"})
    assert (again.status_code, again.json()["retryable"]) == (503, True)
    probe.gate.set()
    assert (await first).status_code == 200


async def test_who_leaves_and_comes_back_gets_the_reply(
    local_cloud: LocalCloud, probe: ModuleType, pinged: list[str]
):
    probe.gate.clear()
    request = post("/v1/probe/Ping", b'{"name":"x"}', "Idempotency-Key: a", key=local_cloud.key)
    async with connected(local_cloud) as wire:
        await wire.send(request)
        await until(lambda: pinged)
        wire.cut()
    again = asyncio.create_task(exchange(local_cloud, request))
    await asyncio.sleep(0)
    probe.gate.set()
    assert (await again).json() == {"text": "1"}
    assert (await exchange(local_cloud, request)).header("idempotent-replayed") == "true"
    assert pinged == ["x"]


async def test_a_day_later_the_key_is_as_new(local_cloud: LocalCloud, clock: ManualClock):
    await keyed(local_cloud, "a", "cache/Increment", COUNT)
    clock.advance(DAY_S - 1)
    assert "idempotent-replayed" in (await keyed(local_cloud, "a", "cache/Increment", COUNT)).headers
    clock.advance(1)
    response = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    assert (response.json()["value"], "idempotent-replayed" in response.headers) == ("2", False)


async def test_what_is_older_than_a_day_does_not_stay(local_cloud: LocalCloud, clock: ManualClock):
    for number in range(20):
        await keyed(local_cloud, f"old-{number}", "cache/Increment", COUNT)
    clock.advance(DAY_S)
    for number in range(5):
        await keyed(local_cloud, f"new-{number}", "cache/Increment", COUNT)
    assert look(local_cloud.application.sql, "SELECT COUNT(*) FROM idempotency") == [(5,)]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("db/Update", {"table": "t", "id": "none", "record": {"a": 1}}, 404),
        ("db/DropTable", {"table": "none"}, 404),
        ("cache/Set", {"key": "a", "value": "b", "ttl": -1}, 400),
    ],
)
async def test_how_the_service_refused_is_kept(
    local_cloud: LocalCloud, path: str, body: dict[str, Any], status: int
):
    first = await keyed(local_cloud, "a", path, body)
    assert first.status_code == status
    assert (
        await local_cloud.post("db/Create", {"table": "t", "id": "none", "record": {}})
    ).status_code == 200
    again = await keyed(local_cloud, "a", path, body)
    assert told(again) == told(first)
    assert again.json()["request_id"] == first.headers["request-id"]
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_refusal_keeps_the_form_it_was_first_told_in(local_cloud: LocalCloud):
    missing = {"table": "none"}
    first = await keyed(local_cloud, "a", "db/DropTable", missing, Accept="application/problem+json")
    assert first.headers["content-type"] == "application/problem+json"
    assert told(await keyed(local_cloud, "a", "db/DropTable", missing)) == told(first)


async def test_what_was_refused_before_it_was_done_is_not_kept(local_cloud: LocalCloud):
    assert (await keyed(local_cloud, "a", "cache/Increment", {"kye": "counter"})).status_code == 400
    assert (await keyed(local_cloud, "a", "cache/Increment", b"{")).status_code == 400
    unknown = await keyed(local_cloud, "a", "cache/Increment", COUNT, Authorization="Bearer none")
    assert unknown.status_code == 401
    image = await keyed(local_cloud, "a", "cache/Increment", COUNT, **{"Content-Type": "image/png"})
    assert image.status_code == 415
    response = await keyed(local_cloud, "a", "cache/Increment", COUNT)
    assert (response.status_code, "idempotent-replayed" in response.headers) == (200, False)


async def test_what_failed_is_tried_again_under_the_same_key(
    local_cloud: LocalCloud, probe: ModuleType, pinged: list[str]
):
    probe.failures.extend([RuntimeError("broken"), TooManyRequests("slower", retry_after_s=1)])
    replies = [await keyed(local_cloud, "a", "probe/Ping", {"name": "x"}) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [500, 429, 200, 200]
    assert ["idempotent-replayed" in reply.headers for reply in replies] == [False, False, False, True]
    assert pinged == ["x"] * 3


def marks(cloud: LocalCloud) -> int:
    return len(look(cloud.application.sql, "SELECT id FROM probe_marks"))


async def test_what_fails_after_its_reply_was_committed_was_done(local_cloud: LocalCloud, probe: ModuleType):
    probe.failures.append(RuntimeError("broken"))
    first = await keyed(local_cloud, "a", "probe/Mark", {"name": "x"})
    assert (first.status_code, first.json()) == (200, {"text": "x"})
    assert told(await keyed(local_cloud, "a", "probe/Mark", {"name": "x"})) == told(first)
    assert marks(local_cloud) == 1


async def test_what_fails_after_an_effect_without_a_reply_is_not_done_again(
    local_cloud: LocalCloud, probe: ModuleType
):
    probe.failures.append(RuntimeError("broken"))
    replies = [await keyed(local_cloud, "a", "probe/Mark", {}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [500, 409]
    assert "cut short after it had written" in replies[1].json()["detail"]
    assert marks(local_cloud) == 1


@pytest.fixture
async def elsewhere(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Claim:
    """The claim on an increment that another process is doing, which is known to be alive."""
    application = local_cloud.application
    monkeypatch.setattr(application.gateway._branches.once._claims, "_peers", Strangers())
    operations = application.gateway._routes.operations()
    increment = next(each.endpoint for each in operations if each.id == "cache.increment")
    tenant = (await application.keyring.caller(local_cloud.key.encode())).tenant
    asked = (b"", msgspec.json.encode(COUNT))
    claims = Claims(application.sql.bound, application.clock, application.seal, Strangers())
    claim = await claims.take(Named.of(tenant, increment, "a", asked, "req_elsewhere"))
    assert isinstance(claim, Claim)
    return claim


async def test_a_call_that_another_process_does_is_waited_for(local_cloud: LocalCloud, elsewhere: Claim):
    again = [asyncio.create_task(keyed(local_cloud, "a", "cache/Increment", COUNT)) for _ in range(3)]
    await asyncio.wait(again, timeout=0.1)
    assert [each.done() for each in again] == [False] * 3
    await elsewhere.keep(outcome.Outcome("req_elsewhere", 200, "application/json", b"{}"))
    for each in await asyncio.gather(*again):
        assert (each.status_code, each.content) == (200, b"{}")
        assert each.headers["original-request-id"] == "req_elsewhere"
    assert await counter(local_cloud) == 0


async def test_a_call_that_another_process_gave_up_is_done(local_cloud: LocalCloud, elsewhere: Claim):
    again = asyncio.create_task(keyed(local_cloud, "a", "cache/Increment", COUNT))
    await asyncio.wait((again,), timeout=0.05)
    await elsewhere.release()
    assert (await again).json()["value"] == "1"


@pytest.mark.usefixtures("elsewhere")
async def test_another_process_is_not_waited_for_without_end(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.gateway.once.WAIT_MAX_S", 0.05)
    assert (await keyed(local_cloud, "a", "cache/Increment", COUNT)).status_code == 503


async def test_a_large_reply_is_given_but_not_kept(
    local_cloud: LocalCloud, pinged: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outcome, "BODY_MAX_BYTES", 5)
    assert (await keyed(local_cloud, "a", "probe/Ping", {"name": "x"})).json() == {"text": "1"}
    again = await keyed(local_cloud, "a", "probe/Ping", {"name": "x"})
    assert again.status_code == 409
    assert "too large" in again.json()["detail"]
    assert pinged == ["x"]


async def test_a_secret_is_given_again_and_is_in_no_file(local_cloud: LocalCloud):
    first = await keyed(local_cloud, "a", "key/Create", {"scopes": ["cache"]})
    again = await keyed(local_cloud, "a", "key/Create", {"scopes": ["cache"]})
    made = first.json()
    assert told(again) == told(first)
    assert len((await local_cloud.call("key/List"))["keys"]) == 2
    dump = b"".join(file.read_bytes() for file in local_cloud.application.home.glob("brickyard.db*"))
    assert made["key"].encode() not in dump


async def test_a_refusal_of_a_call_with_a_secret_is_kept(local_cloud: LocalCloud):
    asked = {"scopes": ["cache"], "expires_at": "2001-01-01T00:00:00Z"}
    first = await keyed(local_cloud, "a", "key/Create", asked)
    assert first.status_code == 400
    assert told(await keyed(local_cloud, "a", "key/Create", asked)) == told(first)


@pytest.mark.parametrize("accept", ["text/event-stream", "*/*"])
async def test_a_stream_takes_no_key(local_cloud: LocalCloud, accept: str):
    response = await keyed(local_cloud, "a", "helloworld/Stream", Accept=accept)
    assert response.status_code == 400
    assert "takes no Idempotency-Key" in response.json()["detail"]


@pytest.mark.parametrize("path", ["helloworld/Stream", "helloworld/Call"])
async def test_a_websocket_takes_no_key(local_cloud: LocalCloud, path: str):
    headers = {"Authorization": f"Bearer {local_cloud.key}", "Idempotency-Key": "a"}
    address = local_cloud.address.replace("http", "ws")
    async with connect(f"{address}/v1/{path}", additional_headers=headers) as socket:
        await socket.send("{}")
        assert "takes no Idempotency-Key" in str(await socket.recv())


async def test_a_repeat_is_a_call_of_its_own_and_costs_nothing(local_cloud: LocalCloud):
    first = await keyed(local_cloud, "a", "db/Create", {"table": "t", "record": {}})
    again = await keyed(local_cloud, "a", "db/Create", {"table": "t", "record": {}})
    calls = (await local_cloud.call("usage/Log", {"endpoint": "db/Create"}))["calls"]
    by_id = {call["request_id"]: call for call in calls}
    assert len(by_id) == 2
    assert by_id[first.headers["request-id"]]["replay_of"] == ""
    replay = by_id[again.headers["request-id"]]
    assert (replay["replay_of"], replay["cost"]) == (first.headers["request-id"], "0")
    assert (replay["status"], replay["bytes_out"]) == (200, len(again.content))


async def test_a_key_revoked_before_the_body_is_refused(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["cache"]})
    body = b'{"key": "counter", "value": 1}'
    async with connected(local_cloud) as wire:
        length = f"Content-Length: {len(body)}"
        await wire.send(
            head(
                "POST /v1/cache/Increment",
                length,
                "Idempotency-Key: a",
                "Expect: 100-continue",
                key=made["key"],
            )
        )
        await wire.answer(bodyless=True)
        await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
        await wire.send(body)
        assert (await wire.answer()).status == 401
    assert await counter(local_cloud) == 0

"""Keys that end while a stream is open."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect
from wire import Wire, connected, post

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.settings import Settings
from cloud import LocalCloud
from signed_in import Person


async def opened(cloud: LocalCloud, key: str, path: str) -> ClientConnection:
    headers = {"Authorization": f"Bearer {key}"}
    return await connect(f"{cloud.address.replace('http', 'ws')}/v1/{path}", additional_headers=headers)


async def refused(socket: ClientConnection) -> str:
    frame = msgspec.json.decode(await asyncio.wait_for(socket.recv(), 5))
    assert frame["code"] == 401
    return frame["detail"]


async def listening(cloud: LocalCloud, key: str) -> ClientConnection:
    socket = await opened(cloud, key, "event/Consume")
    await socket.send('{"topic":"t","offset":"earliest"}')
    await cloud.call("event/Publish", {"topic": "t", "message": {"n": 1}})
    assert msgspec.json.decode(await asyncio.wait_for(socket.recv(), 5))["message"] == {"n": 1}
    return socket


async def test_a_revoked_key_hears_nothing_more(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create")
    socket = await listening(local_cloud, made["key"])
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    await local_cloud.call("event/Publish", {"topic": "t", "message": {"secret": 1}})
    assert "revoked" in await refused(socket)


async def test_an_expired_key_hears_nothing_more(local_cloud: LocalCloud, clock: ManualClock):
    expires_at = datetime.fromtimestamp(clock.now_ns() / 1e9 + 10, UTC).isoformat()
    made = await local_cloud.call("key/Create", {"expires_at": expires_at})
    socket = await listening(local_cloud, made["key"])
    clock.advance(11)
    await local_cloud.call("event/Publish", {"topic": "t", "message": {"secret": 2}})
    assert "expired" in await refused(socket)


async def test_a_key_revoked_before_the_first_frame_opens_nothing(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create")
    socket = await opened(local_cloud, made["key"], "db/ListTables")
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    await socket.send("{}")
    assert "revoked" in await refused(socket)


async def held(cloud: LocalCloud, key: str) -> ClientConnection:
    """Open a stream that sends one piece and then nothing more."""
    socket = await opened(cloud, key, "probe/Hold")
    await socket.send("{}")
    assert msgspec.json.decode(await asyncio.wait_for(socket.recv(), 5))["number"] == "0"
    return socket


async def last_chunk(wire: Wire) -> bytes:
    """Read a stream to its end; gives the last of it."""
    last = b""
    while chunk := await wire.chunk():
        last = chunk
    return last


async def test_a_silent_websocket_ends_when_its_key_is_revoked(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create")
    socket, other = await held(local_cloud, made["key"]), await held(local_cloud, local_cloud.key)
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    assert "revoked" in await refused(socket)
    await socket.wait_closed()
    assert socket.close_code == 1008
    await asyncio.wait_for(await other.ping(), 5)
    assert other.close_code is None


@pytest.mark.parametrize(
    ("accept", "form"), [("Accept: text/event-stream", b"event: error\ndata: "), ("Accept: */*", b"")]
)
async def test_a_silent_response_ends_when_its_key_is_revoked(
    local_cloud: LocalCloud, accept: str, form: bytes
):
    made = await local_cloud.call("key/Create")
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Hold", b"{}", accept, key=made["key"]))
        await wire.head()
        await wire.chunk()
        await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
        last = await last_chunk(wire)
        assert last.startswith(form)
        assert msgspec.json.decode(last.removeprefix(form))["code"] == 401


async def test_a_stream_that_has_sent_nothing_is_refused_when_its_key_is_revoked(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create")
    socket = await opened(local_cloud, made["key"], "event/Consume")
    await socket.send('{"topic":"silent"}')
    await asyncio.wait_for(await socket.ping(), 5)
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    assert "revoked" in await refused(socket)


@pytest.mark.usefixtures("hurry")
async def test_a_silent_stream_ends_when_its_key_expires(local_cloud: LocalCloud, clock: ManualClock):
    expires_at = datetime.fromtimestamp(clock.now_ns() / 1e9 + 10, UTC).isoformat()
    made = await local_cloud.call("key/Create", {"expires_at": expires_at})
    socket, other = await held(local_cloud, made["key"]), await held(local_cloud, local_cloud.key)
    clock.advance(11)
    assert "expired" in await refused(socket)
    await socket.wait_closed()
    assert socket.close_code == 1008
    await asyncio.wait_for(await other.ping(), 5)
    assert other.close_code is None


async def test_a_call_may_revoke_the_key_it_is_made_with(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["key"]})
    socket = await opened(local_cloud, made["key"], "key/Revoke")
    await socket.send(msgspec.json.encode({"id": made["info"]["id"]}).decode())
    assert await asyncio.wait_for(socket.recv(), 5) == "{}"
    await socket.wait_closed()
    assert socket.close_code == 1000


async def test_a_stream_ended_with_its_key_is_counted_as_refused(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create")
    socket = await held(local_cloud, made["key"])
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    await refused(socket)
    await socket.wait_closed()
    metrics = (await local_cloud.client.get("/metrics")).text
    assert 'brickyard_calls_total{endpoint="Hold",service="probe",status="401"} 1.0' in metrics
    assert 'brickyard_streams{endpoint="Hold"' not in metrics


@pytest.mark.parametrize("scope", ["key\n", "db\n", "*\n"])
async def test_a_line_break_makes_no_scope(local_cloud: LocalCloud, scope: str):
    assert (await local_cloud.post("key/Create", {"scopes": [scope]})).status_code == 400


@pytest.mark.parametrize("what", ["project", "block"])
async def test_a_silent_stream_ends_soon_when_its_caller_may_no_more(local_cloud: LocalCloud, what: str):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    made, spared = await ada.call("key/Create", {"project": project}), await ada.project()
    other = await ada.call("key/Create", {"project": spared})
    doomed, going_on = await held(local_cloud, made["key"]), await held(local_cloud, other["key"])
    if what == "project":
        await ada.call("project/Delete", {"project": project})
    else:
        await local_cloud.call("admin/Block", {"id": made["info"]["id"], "reason": "spam"})
    frame = msgspec.json.decode(await asyncio.wait_for(doomed.recv(), 5))
    assert frame["code"] == (401 if what == "project" else 403)
    await asyncio.wait_for(await going_on.ping(), 5)
    assert going_on.close_code is None


@pytest.fixture
async def elsewhere(
    local_cloud: LocalCloud, settings: Settings, tmp_path: Path, clock: ManualClock
) -> AsyncIterator[LocalCloud]:
    """Another gateway on the local cloud's database; with a home of its own, if the database is in none."""
    home = settings.home if settings.database_url is None else tmp_path / "elsewhere"
    application = Application(replace(settings, home=home), clock)
    server = application.server()
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    async with LocalCloud(application, server, local_cloud.key) as cloud:
        yield cloud
    server.should_exit = True
    await serving
    application.close()


ENDS = {
    "key/Revoke": {"id": "key"},
    "key/Update": {"id": "key", "scopes": ["cache"]},
    "key/Rotate": {"id": "key", "overlap_hours": 0},
    "project/Delete": {"project": "project"},
    "admin/Block a key": {"id": "key", "reason": "spam"},
    "admin/Block a project": {"id": "project", "reason": "spam"},
    "admin/Block an account": {"id": "account", "reason": "spam"},
}
"""What ends a stream, by the call that does; `key`, `project` and `account` stand for their ids."""
SOON_S = 5.0
"""Between two looks passes one second; the rest is for a machine that is busy."""


@asynccontextmanager
async def silent_over_websocket(cloud: LocalCloud, key: str) -> AsyncGenerator[Any]:
    socket = await held(cloud, key)

    async def end() -> dict[str, Any]:
        frame = msgspec.json.decode(await socket.recv())
        await socket.wait_closed()
        return frame

    yield end
    await socket.close()


@asynccontextmanager
async def silent_over_http(cloud: LocalCloud, key: str) -> AsyncGenerator[Any]:
    async with connected(cloud) as wire:
        await wire.send(post("/v1/probe/Hold", b"{}", "Accept: text/event-stream", key=key))
        await wire.head()
        await wire.chunk()

        async def end() -> dict[str, Any]:
            return msgspec.json.decode((await last_chunk(wire)).removeprefix(b"event: error\ndata: "))

        yield end


@pytest.mark.parametrize("silent", [silent_over_websocket, silent_over_http])
@pytest.mark.parametrize("what", ENDS)
async def test_a_silent_stream_ends_soon_when_its_caller_may_no_more_by_another_gateway(
    local_cloud: LocalCloud, elsewhere: LocalCloud, what: str, silent: Any
):
    ada = await Person.of(local_cloud, "ada")
    bob = await Person.of(local_cloud, "bob")
    project, spared = await ada.project(), await bob.project()
    made = await ada.call("key/Create", {"project": project})
    other = await bob.call("key/Create", {"project": spared})
    ids = {"key": made["info"]["id"], "project": project, "account": ada.account}
    path, _, _ = what.partition(" ")
    body = {name: ids.get(str(given), given) for name, given in ENDS[what].items()}
    async with silent(elsewhere, made["key"]) as doomed, silent(elsewhere, other["key"]) as going_on:
        if path.startswith("admin/"):
            await local_cloud.call(path, body)
        else:
            await ada.call(path, {"project": project, **body})
        assert (await asyncio.wait_for(doomed(), SOON_S))["code"] in (401, 403)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(going_on(), 0.1)


@pytest.mark.usefixtures("hurry")
async def test_a_silent_stream_ends_when_the_time_runs_out_that_another_gateway_gave_its_key(
    local_cloud: LocalCloud, elsewhere: LocalCloud, clock: ManualClock
):
    made = await local_cloud.call("key/Create")
    async with silent_over_websocket(elsewhere, made["key"]) as end:
        await local_cloud.call("key/Rotate", {"id": made["info"]["id"], "overlap_hours": 1})
        ending = asyncio.create_task(end())
        assert not (await asyncio.wait((ending,), timeout=0.3))[0]
        clock.advance(3601)
        assert "expired" in (await asyncio.wait_for(ending, SOON_S))["detail"]


async def test_a_key_revoked_at_another_gateway_hears_nothing_that_is_published_after_it(
    local_cloud: LocalCloud, elsewhere: LocalCloud
):
    made = await local_cloud.call("key/Create")
    socket = await listening(elsewhere, made["key"])
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    await local_cloud.call("event/Publish", {"topic": "t", "message": {"secret": 1}})
    assert "revoked" in await refused(socket)

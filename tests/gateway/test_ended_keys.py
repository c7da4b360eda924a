"""Keys that end while a stream is open."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from brickyard.engines.clock import ManualClock
from cloud import LocalCloud


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


@pytest.mark.parametrize("scope", ["key\n", "db\n", "*\n"])
async def test_a_line_break_makes_no_scope(local_cloud: LocalCloud, scope: str):
    assert (await local_cloud.post("key/Create", {"scopes": [scope]})).status_code == 400

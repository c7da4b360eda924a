import asyncio
from contextlib import suppress
from types import ModuleType

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from wire import LIMIT_S, connected, post, until

from brickyard.gateway import sse, websocket
from cloud import LocalCloud

PIECE_BYTES = 50_000
AHEAD_MAX_BYTES = 12_000_000
"""What may be made before a reader that takes nothing stops it: the two kernel buffers of a connection
(6 MB each at most, as Linux is set up) and one of the server's."""
FLOOD = "/v1/probe/Flood"
BODY = b'{"size": %d}' % PIECE_BYTES


@pytest.fixture(autouse=True)
def impatient(hurry: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - it hurries
    """Wait for readers for a tenth of a second only."""
    for module in (sse, websocket):
        monkeypatch.setattr(module, "WRITE_LIMIT_S", 0.1)


async def cut_off(cloud: LocalCloud, probe: ModuleType) -> None:
    """Hold when the stream has ended, having made no more than its buffers hold."""
    await until(lambda: probe.sent and not probe.running)
    assert len(probe.sent) * PIECE_BYTES < AHEAD_MAX_BYTES
    await until(lambda: not cloud.application.streams.items())
    calls = (await cloud.client.get("/metrics")).text
    assert 'brickyard_calls_total{endpoint="Flood",service="probe",status="503"} 1.0' in calls


@pytest.mark.parametrize("accept", ["Accept: text/event-stream", "Accept: */*"])
async def test_a_reader_that_takes_nothing_is_cut_off(
    local_cloud: LocalCloud, probe: ModuleType, accept: str
):
    async with connected(local_cloud, receive_buffer_bytes=4_096) as wire:
        await wire.send(post(FLOOD, BODY, accept, key=local_cloud.key))
        await cut_off(local_cloud, probe)
        await until(lambda: not local_cloud_connections())


def local_cloud_connections() -> list[asyncio.Task]:
    """Give the tasks of the server that serve a stream."""
    return [task for task in asyncio.all_tasks() if "run_asgi" in repr(task)]


async def test_a_websocket_that_takes_nothing_is_cut_off(local_cloud: LocalCloud, probe: ModuleType):
    headers = {"authorization": f"Bearer {local_cloud.key}"}
    address = local_cloud.address.replace("http", "ws") + FLOOD
    async with connect(address, additional_headers=headers, max_size=None, max_queue=1) as socket:
        await socket.send(BODY.decode())
        await cut_off(local_cloud, probe)
        with suppress(ConnectionClosed):
            async with asyncio.timeout(LIMIT_S):
                async for _ in socket:
                    pass
        assert socket.close_code is not None


async def test_a_reader_that_takes_its_time_within_the_limit_is_served(
    local_cloud: LocalCloud, probe: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    for module in (sse, websocket):
        monkeypatch.setattr(module, "WRITE_LIMIT_S", LIMIT_S)  # whatever else the machine does
    async with connected(local_cloud, receive_buffer_bytes=4_096) as wire:
        await wire.send(post(FLOOD, BODY, key=local_cloud.key))
        await wire.head()
        for _ in range(30):
            assert len(await wire.chunk()) > PIECE_BYTES
        assert probe.running == ["flood"]


async def test_a_slow_reader_holds_up_no_one_else(local_cloud: LocalCloud, probe: ModuleType):
    async with connected(local_cloud, receive_buffer_bytes=4_096) as wire:
        await wire.send(post(FLOOD, BODY, key=local_cloud.key))
        await until(lambda: probe.running)
        for _ in range(20):
            async with asyncio.timeout(2):
                await local_cloud.call("helloworld/Call")
        await cut_off(local_cloud, probe)


async def test_a_long_reply_that_nobody_takes_holds_no_one_up(local_cloud: LocalCloud, probe: ModuleType):  # noqa: ARG001 - the service is needed
    body = b'{"name": "%b"}' % (b"x" * 90_000)
    async with connected(local_cloud, receive_buffer_bytes=4_096) as wire:
        await wire.send(b"".join(post("/v1/probe/Echo", body, key=local_cloud.key) for _ in range(5)))
        assert await local_cloud.call("helloworld/Call") == {"message": "Hello"}
        for _ in range(5):
            assert len((await wire.answer()).body) > 90_000

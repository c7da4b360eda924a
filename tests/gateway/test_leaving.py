import asyncio
from types import ModuleType

import pytest
from websockets.asyncio.client import connect
from wire import connected, head, post, until

from brickyard.gateway import sse
from cloud import LocalCloud

HOLD = "/v1/probe/Hold"
EVENTS = "Accept: text/event-stream"


async def nothing_is_left(cloud: LocalCloud, probe: ModuleType) -> None:
    """Hold when no call, no stream and no task of the server's is under way any longer."""
    await until(lambda: not probe.running)
    await until(lambda: not cloud.application.streams.items())
    text = (await cloud.client.get("/metrics")).text
    assert "brickyard_streams{" not in text
    await cloud.client.aclose()
    await until(lambda: not [task for task in asyncio.all_tasks() if "run_asgi" in repr(task)])


async def test_who_leaves_before_the_body_is_whole_leaves_nothing(local_cloud: LocalCloud, probe: ModuleType):
    async with connected(local_cloud) as wire:
        await wire.send(head("POST /v1/probe/Wait", "Content-Length: 99", key=local_cloud.key), b"{")
        wire.cut()
    await nothing_is_left(local_cloud, probe)


async def test_who_leaves_within_the_head_leaves_nothing(local_cloud: LocalCloud, probe: ModuleType):
    async with connected(local_cloud) as wire:
        await wire.send(b"POST /v1/probe/Wa")
        wire.cut()
    await nothing_is_left(local_cloud, probe)


async def test_who_leaves_during_a_call_leaves_nothing_once_it_is_done(
    local_cloud: LocalCloud, probe: ModuleType
):
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Wait", b'{"seconds": 0.1}', key=local_cloud.key))
        await until(lambda: probe.running == ["wait"])
        wire.cut()
    await nothing_is_left(local_cloud, probe)


@pytest.mark.parametrize("accept", [EVENTS, "Accept: */*"])
async def test_who_leaves_a_stream_ends_it(local_cloud: LocalCloud, probe: ModuleType, accept: str):
    async with connected(local_cloud) as wire:
        await wire.send(post(HOLD, b"{}", accept, key=local_cloud.key))
        await wire.head()
        await wire.chunk()
        assert probe.running == ["hold"]
        metrics = (await local_cloud.client.get("/metrics")).text
        assert 'brickyard_streams{endpoint="Hold",service="probe"} 1.0' in metrics
        wire.cut()
    await until(lambda: not probe.running)
    metrics = (await local_cloud.client.get("/metrics")).text
    assert 'brickyard_calls_total{endpoint="Hold",service="probe",status="499"} 1.0' in metrics
    await nothing_is_left(local_cloud, probe)


async def test_who_half_closes_a_stream_ends_it(local_cloud: LocalCloud, probe: ModuleType):
    async with connected(local_cloud) as wire:
        await wire.send(post(HOLD, b"{}", EVENTS, key=local_cloud.key))
        await wire.head()
        wire.writer.write_eof()
        await nothing_is_left(local_cloud, probe)


async def test_who_leaves_a_flood_ends_it(local_cloud: LocalCloud, probe: ModuleType):
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Flood", b'{"size": 1000}', EVENTS, key=local_cloud.key))
        await wire.head()
        await wire.chunk()
        wire.cut()
    await nothing_is_left(local_cloud, probe)


async def test_who_leaves_a_stream_with_a_request_sent_behind_it_ends_it(
    local_cloud: LocalCloud, probe: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.05)
    async with connected(local_cloud) as wire:
        await wire.send(post(HOLD, b"{}", EVENTS, key=local_cloud.key) + head("GET /healthz"))
        await wire.head()
        await wire.chunk()
        await wire.send(head("GET /healthz"))
        wire.cut()
    await nothing_is_left(local_cloud, probe)


async def test_who_leaves_a_websocket_ends_its_stream(local_cloud: LocalCloud, probe: ModuleType):
    address = local_cloud.address.replace("http", "ws") + HOLD
    async with connect(address, additional_headers={"authorization": f"Bearer {local_cloud.key}"}) as socket:
        await socket.send("{}")
        await socket.recv()
        assert probe.running == ["hold"]
        socket.transport.abort()
    await nothing_is_left(local_cloud, probe)


async def test_who_closes_a_websocket_before_the_first_frame_leaves_nothing(
    local_cloud: LocalCloud, probe: ModuleType
):
    address = local_cloud.address.replace("http", "ws") + HOLD
    async with connect(address, additional_headers={"authorization": f"Bearer {local_cloud.key}"}):
        pass
    await nothing_is_left(local_cloud, probe)


async def test_a_hundred_who_leave_at_once_leave_nothing(local_cloud: LocalCloud, probe: ModuleType):
    async def visit() -> None:
        async with connected(local_cloud) as wire:
            await wire.send(post(HOLD, b"{}", EVENTS, key=local_cloud.key))
            await wire.head()
            wire.cut()

    await asyncio.gather(*(visit() for _ in range(100)))
    await nothing_is_left(local_cloud, probe)

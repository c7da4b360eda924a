"""A server that was told to stop says so before it stops."""

import asyncio
import signal
from pathlib import Path

import httpx2 as httpx
from probing import cloud_with_probes
from wire import LIMIT_S, connected, exchange, head, post, until

from cloud import LocalCloud, ProcessCloud

READY = head("GET /readyz", "Connection: close")
STREAM = "/v1/helloworld/Stream"


def stop(cloud: ProcessCloud) -> None:
    cloud.process.send_signal(signal.SIGTERM)


async def stopping(cloud: ProcessCloud) -> None:
    """Tell a cloud to stop; waits until new connections are told that it does."""
    stop(cloud)
    await until(lambda: httpx.get(cloud.address + "/readyz").status_code == 503)


async def ended(cloud: ProcessCloud) -> int:
    """Wait for the process to end; gives its exit code."""
    return await asyncio.to_thread(cloud.process.wait, LIMIT_S)


async def test_while_it_drains_it_is_not_ready_and_answers(draining_cloud: ProcessCloud):
    await stopping(draining_cloud)
    answer = await exchange(draining_cloud, READY)
    assert (answer.status, answer.json()) == (503, {"status": "stopping"})
    key = draining_cloud.key
    call = await exchange(draining_cloud, post("/v1/helloworld/Call", b"{}", key=key))
    assert (call.status, call.json()) == (200, {"message": "Hello"})
    assert (await exchange(draining_cloud, post(STREAM, b"{}", key=key))).status == 200
    assert (await exchange(draining_cloud, head("GET /healthz"))).status == 200
    stop(draining_cloud)
    assert await ended(draining_cloud) == 0


async def test_streams_go_on_while_it_drains(draining_cloud: ProcessCloud):
    async with connected(draining_cloud) as wire:
        await wire.send(post("/v1/probe/Flood", b"{}", key=draining_cloud.key))
        await wire.head()
        await stopping(draining_cloud)
        assert all([b'"number"' in await wire.piece() for _ in range(100)])
        stop(draining_cloud)
        assert b'"code":503' in await wire.rest()
    assert await ended(draining_cloud) == 0


async def test_it_stops_once_it_has_drained(tmp_path: Path):
    with cloud_with_probes(tmp_path / "home", BRICKYARD_DRAIN_S="0.2") as cloud:
        stop(cloud)
        assert await ended(cloud) == 0


async def test_what_is_told_to_stop_is_not_ready_from_then_on(local_cloud: LocalCloud):
    local_cloud.application.server().handle_exit(signal.SIGTERM, None)
    assert (await local_cloud.client.get("/readyz")).json() == {"status": "stopping"}
    assert (await local_cloud.post("helloworld/Stream")).status_code == 200

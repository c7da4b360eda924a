import asyncio
import json
import signal

import msgspec
import pytest
from websockets.asyncio.client import connect
from wire import LIMIT_S, connected, head, post

from cloud import ProcessCloud

HOLD = "/v1/probe/Hold"
EVENTS = "Accept: text/event-stream"


def stop(cloud: ProcessCloud) -> None:
    cloud.process.send_signal(signal.SIGTERM)


async def ended(cloud: ProcessCloud) -> int:
    """Wait for the process to end; gives its exit code."""
    return await asyncio.to_thread(cloud.process.wait, LIMIT_S)


async def test_a_call_in_flight_is_finished_and_answered(mortal_cloud: ProcessCloud):
    async with connected(mortal_cloud) as wire:
        await wire.send(post("/v1/probe/Wait", b'{"seconds": 0.7}', key=mortal_cloud.key))
        await asyncio.sleep(0.2)  # the process has it by then, or the test proves less
        stop(mortal_cloud)
        answer = await wire.answer()
        assert (answer.status, answer.json()) == (200, {"text": "done"})
        assert await wire.rest() == b""
    assert await ended(mortal_cloud) == 0


async def test_a_body_under_way_is_read_and_answered(mortal_cloud: ProcessCloud):
    async with connected(mortal_cloud) as wire:
        await wire.send(head("POST /v1/helloworld/Call", "Content-Length: 2", key=mortal_cloud.key), b"{")
        await asyncio.to_thread(mortal_cloud.call, "helloworld/Call")  # so what was sent before has arrived
        stop(mortal_cloud)
        await asyncio.sleep(0.2)
        await wire.send(b"}")
        assert (await wire.answer()).json() == {"message": "Hello"}
    assert await ended(mortal_cloud) == 0


async def test_no_new_connection_is_taken_and_idle_ones_are_closed(mortal_cloud: ProcessCloud):
    async with connected(mortal_cloud) as idle, connected(mortal_cloud) as busy:
        await idle.send(post("/v1/helloworld/Call", b"{}", key=mortal_cloud.key))
        assert (await idle.answer()).status == 200
        await busy.send(post("/v1/probe/Wait", b'{"seconds": 0.7}', key=mortal_cloud.key))
        await asyncio.sleep(0.2)
        stop(mortal_cloud)
        assert await idle.rest() == b""
        with pytest.raises(ConnectionError):
            async with connected(mortal_cloud):
                pass
        assert (await busy.answer()).status == 200
    assert await ended(mortal_cloud) == 0


async def test_an_event_stream_ends_with_an_error_event(mortal_cloud: ProcessCloud):
    async with connected(mortal_cloud) as wire:
        await wire.send(post(HOLD, b"{}", EVENTS, key=mortal_cloud.key))
        await wire.head()
        await wire.chunk()
        stop(mortal_cloud)
        last = await wire.piece()
        assert last.startswith(b"event: error\ndata: ")
        problem = msgspec.json.decode(last.partition(b"data: ")[2])
        assert (problem["code"], problem["retryable"]) == (503, True)
        assert await wire.chunk() == b""
        assert await wire.rest() == b""
    assert await ended(mortal_cloud) == 0


async def test_a_stream_of_objects_ends_with_an_error_object(mortal_cloud: ProcessCloud):
    async with connected(mortal_cloud) as wire:
        await wire.send(post(HOLD, b"{}", key=mortal_cloud.key))
        await wire.head()
        await wire.chunk()
        stop(mortal_cloud)
        assert msgspec.json.decode(await wire.piece())["code"] == 503
        assert await wire.chunk() == b""
    assert await ended(mortal_cloud) == 0


async def test_a_websocket_ends_with_an_error_frame_and_close_1013(mortal_cloud: ProcessCloud):
    headers = {"authorization": f"Bearer {mortal_cloud.key}"}
    address = mortal_cloud.address.replace("http", "ws") + HOLD
    async with connect(address, additional_headers=headers) as socket:
        await socket.send("{}")
        await socket.recv()
        stop(mortal_cloud)
        problem = json.loads(await socket.recv())
        assert (problem["code"], problem["retryable"]) == (503, True)
        await socket.wait_closed()
        assert socket.close_code == 1013
    assert await ended(mortal_cloud) == 0


async def test_a_websocket_that_has_asked_for_nothing_is_closed(mortal_cloud: ProcessCloud):
    headers = {"authorization": f"Bearer {mortal_cloud.key}"}
    address = mortal_cloud.address.replace("http", "ws") + HOLD
    async with connect(address, additional_headers=headers) as socket:
        stop(mortal_cloud)
        await socket.wait_closed()
        assert socket.close_code in {1012, 1013}
    assert await ended(mortal_cloud) == 0


async def test_many_streams_do_not_hold_a_stop_up(mortal_cloud: ProcessCloud):
    async def read() -> bytes:
        async with connected(mortal_cloud) as wire:
            await wire.send(post(HOLD, b"{}", EVENTS, key=mortal_cloud.key))
            await wire.head()
            await wire.chunk()
            begun.release()
            return await wire.rest()

    begun = asyncio.Semaphore(0)
    readers = [asyncio.create_task(read()) for _ in range(200)]
    for _ in readers:
        await begun.acquire()
    stop(mortal_cloud)
    assert await ended(mortal_cloud) == 0
    for last in await asyncio.gather(*readers):
        assert b"event: error" in last
        assert last.endswith(b"0\r\n\r\n")

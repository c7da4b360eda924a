import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from types import ModuleType

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from wire import LIMIT_S

from brickyard.gateway import websocket
from cloud import LocalCloud, ProcessCloud

BODY_MAX_BYTES = 100_000


def opened(cloud: ProcessCloud | LocalCloud, path: str = "helloworld/Stream", **options: object) -> connect:
    options.setdefault("additional_headers", {"authorization": f"Bearer {cloud.key}"})
    return connect(f"{cloud.address.replace('http', 'ws')}/v1/{path}", max_size=None, **options)


async def frames(socket: ClientConnection) -> list[dict]:
    """Read to the end."""
    async with asyncio.timeout(LIMIT_S):
        return [json.loads(frame) async for frame in _each(socket)]


async def _each(socket: ClientConnection) -> AsyncIterator[str | bytes]:
    with suppress(ConnectionClosed):
        async for frame in socket:
            yield frame


async def refusal(socket: ClientConnection) -> dict:
    """Read the last frame, which says why the socket is closed."""
    problem = (await frames(socket))[-1]
    assert list(problem)[:4] == ["id", "code", "detail", "status"]
    assert socket.close_reason
    assert problem["detail"].startswith(socket.close_reason[:100])
    return problem


async def test_each_reply_is_a_frame_and_the_end_is_a_normal_close(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send('{"name": "John", "messages": "3"}')
        assert await frames(socket) == [{"message": "Hello John"}] * 3
        assert socket.close_code == 1000


@pytest.mark.parametrize("path", ["HELLOWORLD/stream", "hello/world/stream", "helloworld/Helloworld/Stream"])
async def test_paths_are_spelled_as_for_calls(probe_cloud: ProcessCloud, path: str):
    async with opened(probe_cloud, path) as socket:
        await socket.send("{}")
        assert await frames(socket) == [{"message": "Hello"}]


async def test_a_call_that_is_no_stream_is_answered_with_one_frame(probe_cloud: ProcessCloud):
    async with opened(probe_cloud, "helloworld/Call") as socket:
        await socket.send('{"name": "John"}')
        assert await frames(socket) == [{"message": "Hello John"}]
        assert socket.close_code == 1000


async def test_a_request_in_fragments_is_read(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send(['{"na', 'me": ', '"John"}'])
        assert await frames(socket) == [{"message": "Hello John"}]


async def test_frames_behind_the_request_mean_nothing(
    probe_cloud: ProcessCloud,
):
    async with opened(probe_cloud, "probe/Hold") as socket:
        await socket.send("{}")
        assert json.loads(await socket.recv()) == {"number": "0", "text": ""}
        for frame in ("{", b"\x00", "x" * 10_000, ""):
            await socket.send(frame)
        await asyncio.wait_for(await socket.ping(), LIMIT_S)


@pytest.mark.parametrize(
    ("path", "frame", "code", "where"),
    [
        ("none/None", "{}", 404, "v1"),
        ("helloworld/Streem", "{}", 404, "v1"),
        ("", "{}", 404, "v1"),
        ("helloworld/Stream", "{", 400, "helloworld.stream"),
        ("helloworld/Stream", "[]", 400, "helloworld.stream"),
        ("helloworld/Stream", '{"nmae": 1}', 400, "helloworld.stream"),
        ("helloworld/Stream", '{"name": "a", "name": "b"}', 400, "helloworld.stream"),
        ("helloworld/Stream", '{"messages": 5000}', 400, "helloworld.stream"),
        ("helloworld/Stream", b"{}", 400, "helloworld.stream"),
        ("helloworld/Stream", b"\xff", 400, "helloworld.stream"),
        ("helloworld/Call", '{"name": 1}', 400, "helloworld.call"),
    ],
)
async def test_what_is_refused_gets_an_error_frame_and_close_1008(
    probe_cloud: ProcessCloud, path: str, frame: str | bytes, code: int, where: str
):
    async with opened(probe_cloud, path) as socket:
        await socket.send(frame)
        problem = await refusal(socket)
        assert (problem["code"], problem["id"]) == (code, where)
        assert problem["request_id"] == socket.response.headers["request-id"]
        assert socket.close_code == 1008


@pytest.mark.parametrize("path", ["probe/Crash", "probe/Trip"])
async def test_what_breaks_gets_an_error_frame_and_close_1011(probe_cloud: ProcessCloud, path: str):
    async with opened(probe_cloud, path) as socket:
        await socket.send("{}")
        problem = await refusal(socket)
        assert (problem["code"], problem["retryable"]) == (500, True)
        assert "open-sesame" not in problem["detail"]
        assert socket.close_code == 1011


async def test_a_stream_refused_half_way_ends_with_an_error_frame(probe_cloud: ProcessCloud):
    async with opened(probe_cloud, "probe/Refuse") as socket:
        await socket.send("{}")
        first, problem = await frames(socket)
        assert first == {"number": "0", "text": ""}
        assert (problem["code"], problem["errors"][0]["pointer"]) == (400, "/size")
        assert socket.close_code == 1008


async def test_an_empty_frame_is_the_empty_request(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send("")
        assert await frames(socket) == [{"message": "Hello"}]


async def test_a_frame_larger_than_allowed_is_close_1009(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send("x" * (BODY_MAX_BYTES + 1))
        await frames(socket)
        assert socket.close_code == 1009


async def test_fragments_larger_than_allowed_together_are_close_1009(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send(["x" * 60_000, "x" * 60_000])
        await frames(socket)
        assert socket.close_code == 1009


async def test_a_text_frame_that_is_not_utf_8_is_close_1007(probe_cloud: ProcessCloud):
    async with opened(probe_cloud) as socket:
        await socket.send(b'{"name": "\xff"}', text=True)
        await frames(socket)
        assert socket.close_code == 1007


@pytest.mark.parametrize("bytes_", [b"\x83\x80\x00\x00\x00\x00", b"\x01\x00", b"\xff" * 20])
async def test_what_is_no_frame_is_close_1002(probe_cloud: ProcessCloud, bytes_: bytes):
    async with opened(probe_cloud) as socket:
        socket.transport.write(bytes_)
        await frames(socket)
        assert socket.close_code == 1002


@pytest.mark.usefixtures("hurry")
async def test_no_request_in_time_is_refused(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "FIRST_FRAME_LIMIT_S", 0.05)
    async with opened(local_cloud) as socket:
        problem = await refusal(socket)
        assert problem["code"] == 408
        assert socket.close_code == 1008


@pytest.mark.usefixtures("hurry")
async def test_half_a_request_in_time_is_refused(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(websocket, "FIRST_FRAME_LIMIT_S", 0.05)
    async with opened(local_cloud) as socket:
        socket.transport.write(b"\x81\xfe\x00\xff\x00\x00\x00\x00{")
        assert json.loads(await socket.recv())["code"] == 408
        socket.transport.abort()  # its own close would be read as the rest of the frame


async def test_pings_are_answered_before_and_after_the_request(local_cloud: LocalCloud, probe: ModuleType):
    async with opened(local_cloud, "probe/Hold") as socket:
        await asyncio.wait_for(await socket.ping(), LIMIT_S)
        await socket.send("{}")
        await socket.recv()
        await asyncio.wait_for(await socket.ping(), LIMIT_S)
        assert probe.running == ["hold"]


async def test_many_sockets_at_once_get_their_own_replies(probe_cloud: ProcessCloud):
    async def ask(name: str) -> list[dict]:
        async with opened(probe_cloud) as socket:
            await socket.send(json.dumps({"name": name, "messages": 5}))
            return await frames(socket)

    names = [f"n{number}" for number in range(60)]
    for name, replies in zip(names, await asyncio.gather(*map(ask, names)), strict=True):
        assert replies == [{"message": f"Hello {name}"}] * 5


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("KEY",), "KEY"),
        (("KEY", "json"), "json"),
        (("json", "KEY"), "json"),
        (("bearer", "KEY"), "bearer"),
        (("bearer", "KEY", "json"), "bearer"),
    ],
)
async def test_a_key_among_other_protocols_is_found_and_not_repeated(
    probe_cloud: ProcessCloud, offered: tuple[str, ...], chosen: str
):
    protocols = [each.replace("KEY", probe_cloud.key) for each in offered]
    async with opened(probe_cloud, additional_headers={}, subprotocols=protocols) as socket:
        assert socket.subprotocol == chosen.replace("KEY", probe_cloud.key)
        await socket.send("{}")
        assert await frames(socket) == [{"message": "Hello"}]


async def test_a_key_in_its_header_is_taken_before_one_among_protocols(probe_cloud: ProcessCloud):
    async with opened(probe_cloud, subprotocols=["bk_sk_live_other", "json"]) as socket:
        assert socket.subprotocol == "json"
        await socket.send("{}")
        assert await frames(socket) == [{"message": "Hello"}]


async def test_a_query_is_merged_with_the_frame_which_wins(probe_cloud: ProcessCloud):
    async with opened(probe_cloud, "helloworld/Stream?name=Jane&messages=2") as socket:
        await socket.send('{"name": "John"}')
        assert await frames(socket) == [{"message": "Hello John"}] * 2


async def test_a_query_that_does_not_fit_is_refused(probe_cloud: ProcessCloud):
    async with opened(probe_cloud, "helloworld/Stream?nmae=Jane") as socket:
        await socket.send("{}")
        assert "Did you mean name?" in (await refusal(socket))["detail"]

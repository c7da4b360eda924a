import msgspec
import pytest
from wire import Answer, connected, exchange, head, post

from brickyard.gateway import sse
from cloud import LocalCloud, ProcessCloud

STREAM = "/v1/helloworld/Stream"
EVENTS = "Accept: text/event-stream"
LINES = msgspec.json.Decoder()
THREE = b'{"name": "John", "messages": 3}'


def parsed(text: bytes) -> list[tuple[str, str]]:
    """Read events as the HTML standard says: (name, data), comments left out."""
    events = []
    for block in text.decode().split("\n\n")[:-1]:
        lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
        if lines:
            fields = {name: value for name, _, value in lines}
            events.append((fields.get("event", "message"), fields["data"]))
    return events


async def asked(cloud: ProcessCloud, path: str, body: bytes, *headers: str) -> Answer:
    return await exchange(cloud, post(path, body, *headers, key=cloud.key))


@pytest.mark.parametrize(
    "accept",
    [
        "text/event-stream",
        "text/event-stream, */*;q=0.1",
        "application/json, text/event-stream",
        "TEXT/Event-Stream",
    ],
)
async def test_replies_are_events_for_who_accepts_them(probe_cloud: ProcessCloud, accept: str):
    answer = await asked(probe_cloud, STREAM, THREE, f"Accept: {accept}")
    assert answer.status == 200
    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-accel-buffering") == "no"
    assert answer.body == b'data: {"message":"Hello John"}\n\n' * 3


async def test_events_may_be_asked_for_with_get(probe_cloud: ProcessCloud):
    request = head(f"GET {STREAM}?name=John&messages=2", EVENTS, key=probe_cloud.key)
    answer = await exchange(probe_cloud, request)
    assert parsed(answer.body) == [("message", '{"message":"Hello John"}')] * 2


@pytest.mark.parametrize(
    "accept", ["Accept: */*", "Accept: application/json", "Accept: text/event-stream;q=0", "X-None: 1"]
)
async def test_replies_are_objects_one_after_another_for_everyone_else(
    probe_cloud: ProcessCloud, accept: str
):
    answer = await asked(probe_cloud, STREAM, THREE, accept)
    assert answer.header("content-type") == "application/json"
    assert answer.header("transfer-encoding") == "chunked"
    assert LINES.decode_lines(answer.body) == [{"message": "Hello John"}] * 3


async def test_an_event_is_one_line_whatever_it_holds(probe_cloud: ProcessCloud):
    name = "a\nb\r\nc\u2028d\u0085"
    answer = await asked(probe_cloud, STREAM, msgspec.json.encode({"name": name}), EVENTS)
    ((_, data),) = parsed(answer.body)
    assert msgspec.json.decode(data) == {"message": f"Hello {name}"}
    assert answer.body.count(b"\n") == 2
    assert b"\r" not in answer.body


async def test_the_connection_serves_the_next_call(probe_cloud: ProcessCloud):
    async with connected(probe_cloud) as wire:
        for _ in range(3):
            await wire.send(post(STREAM, THREE, EVENTS, key=probe_cloud.key))
            assert len(parsed((await wire.answer()).body)) == 3


@pytest.mark.parametrize("accept", [EVENTS, "Accept: */*"])
@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (STREAM, b"{", 400),
        (STREAM, b'{"nmae": 1}', 400),
        (STREAM, b'{"messages": 5000}', 400),
        ("/v1/helloworld/Streem", b"{}", 404),
    ],
)
async def test_what_is_refused_before_the_first_reply_is_an_ordinary_error(
    probe_cloud: ProcessCloud, path: str, body: bytes, status: int, accept: str
):
    answer = await asked(probe_cloud, path, body, accept)
    assert (answer.status, answer.json()["code"]) == (status, status)
    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize(("path", "status"), [("/v1/probe/Refuse", 400), ("/v1/probe/Trip", 500)])
async def test_what_fails_later_is_the_last_event(probe_cloud: ProcessCloud, path: str, status: int):
    answer = await asked(probe_cloud, path, b"{}", EVENTS)
    first, (name, data) = parsed(answer.body)
    assert first == ("message", '{"number":"0","text":""}')
    assert name == "error"
    problem = msgspec.json.decode(data)
    assert list(problem)[:4] == ["id", "code", "detail", "status"]
    assert problem["code"] == status
    assert problem["request_id"] == answer.header("request-id")
    assert "open-sesame" not in data


@pytest.mark.parametrize(("path", "status"), [("/v1/probe/Refuse", 400), ("/v1/probe/Trip", 500)])
async def test_what_fails_later_is_the_last_object(probe_cloud: ProcessCloud, path: str, status: int):
    first, problem = LINES.decode_lines((await asked(probe_cloud, path, b"{}")).body)
    assert first == {"number": "0", "text": ""}
    assert (problem["code"], list(problem)[:4]) == (status, ["id", "code", "detail", "status"])


@pytest.mark.parametrize(("accept", "beat"), [(EVENTS, b": heartbeat\n\n"), ("Accept: */*", b"\n")])
async def test_a_silent_stream_is_kept_alive(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, accept: str, beat: bytes
):
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.02)
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Hold", b"{}", accept, key=local_cloud.key))
        await wire.head()
        assert b'"number":"0"' in await wire.chunk()
        assert [await wire.chunk() for _ in range(3)] == [beat] * 3


async def test_a_beat_never_falls_into_an_event(local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.001)
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Flood", b'{"size": 50000}', EVENTS, key=local_cloud.key))
        await wire.head()
        for _ in range(50):
            chunk = await wire.chunk()
            assert chunk == b": heartbeat\n\n" or (
                chunk.startswith(b'data: {"') and chunk.endswith(b'"}\n\n')
            )


async def test_http_1_0_gets_a_stream_whole_and_then_the_end_of_the_connection(probe_cloud: ProcessCloud):
    request = post(STREAM, THREE, EVENTS, key=probe_cloud.key).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with connected(probe_cloud) as wire:
        await wire.send(request)
        assert len(parsed((await wire.answer()).body)) == 3
        assert await wire.rest() == b""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect
from wire import basic, exchange, head, post, until

from brickyard.platform.key.token import new_token
from cloud import ProcessCloud

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
SECRETS = ("a-secret-name", "open-sesame")


@pytest.fixture
def lines(probe_cloud: ProcessCloud) -> Callable[[], list[dict[str, Any]]]:
    """Give what was logged since the test began."""
    start = probe_cloud.log.stat().st_size

    def read() -> list[dict[str, Any]]:
        with probe_cloud.log.open("rb") as log:
            log.seek(start)
            return [msgspec.json.decode(line) for line in log.read().splitlines()]

    return read


Lines = Callable[[], list[dict[str, Any]]]


async def logged(lines: Lines, request_id: str, event: str = "call") -> dict[str, Any]:
    """Give the line of a call, or of another event, once it is written."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = [
            line for line in lines() if line.get("request_id") == request_id and line["event"] == event
        ]
        return bool(found)

    await until(there)
    return found[0]


@pytest.mark.parametrize(
    ("path", "body", "status", "level"),
    [
        ("helloworld/Call", {}, 200, "info"),
        ("helloworld/Call", {"x": 1}, 400, "info"),
        ("probe/Crash", {}, 500, "error"),
        ("helloworld/Stream", {}, 200, "info"),
    ],
)
async def test_a_call_is_a_line(
    probe_cloud: ProcessCloud, lines: Lines, path: str, body: dict, status: int, level: str
):
    response = probe_cloud.post(path, body)
    line = await logged(lines, response.headers["request-id"])
    assert (line["call"], line["status"], line["level"]) == (path.replace("/", ".").lower(), status, level)
    assert 0 <= line["duration_ms"] < 10_000
    assert line["time"] > 1_700_000_000


async def test_a_crash_is_a_line_with_its_stack(probe_cloud: ProcessCloud, lines: Lines):
    request_id = probe_cloud.post("probe/Crash").headers["request-id"]
    await logged(lines, request_id)
    (crash,) = [line for line in lines() if line["event"] == "crash"]
    assert (crash["request_id"], crash["error"]) == (request_id, "RuntimeError")
    assert "probe.py" in crash["stack"]


async def test_the_callers_trace_is_in_the_line(probe_cloud: ProcessCloud, lines: Lines):
    response = probe_cloud.post("helloworld/Call", headers={"traceparent": TRACEPARENT})
    assert (await logged(lines, response.headers["request-id"]))["trace_id"] == TRACE


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "garbage",
        TRACEPARENT.upper(),
        TRACEPARENT[:-1],
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f'00-{TRACE[:-1]}"-00f067aa0ba902b7-01',
        "00-" + "a" * 20_000,
    ],
)
async def test_a_trace_that_is_none_is_passed_over(probe_cloud: ProcessCloud, lines: Lines, traceparent: str):
    response = probe_cloud.post("helloworld/Call", headers={"traceparent": traceparent})
    assert response.status_code == 200
    assert "trace_id" not in await logged(lines, response.headers["request-id"])


async def test_a_stream_whose_reader_left_is_a_line(probe_cloud: ProcessCloud, lines: Lines):
    headers = {"authorization": f"Bearer {probe_cloud.key}"}
    async with connect(
        probe_cloud.address.replace("http", "ws") + "/v1/probe/Hold", additional_headers=headers
    ) as socket:
        request_id = socket.response.headers["request-id"]
        await socket.send("{}")
        await socket.recv()
    assert (await logged(lines, request_id))["status"] == 499


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/none/Call", 404),
        ("POST", "/v1/probe/None", 404),
        ("PUT", "/v1/probe/Echo", 405),
        ("GET", "/none", 404),
        ("POST", "/healthz", 405),
    ],
)
async def test_what_is_refused_before_it_is_a_call_is_a_line(
    probe_cloud: ProcessCloud, lines: Lines, method: str, path: str, status: int
):
    response = probe_cloud.client.request(method, path)
    line = await logged(lines, response.headers["request-id"], "refused")
    assert (line["path"], line["status"], line["level"]) == (path, status, "info")


@pytest.mark.parametrize(
    ("request_bytes", "path"),
    [
        (b"hello\r\n\r\n", ""),
        (b"GET /v1/helloworld/Call?name=open-sesame HTTP/1.1\r\n\r\n", "/v1/helloworld/Call"),
        (b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "/healthz"),
        (
            head(
                "GET /v1/probe/Hold", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 7"
            ),
            "/v1/probe/Hold",
        ),
    ],
    ids=["not HTTP", "no host", "no length", "no WebSocket"],
)
async def test_what_could_not_be_read_is_one_line_by_the_id_that_was_answered(
    probe_cloud: ProcessCloud, lines: Lines, request_bytes: bytes, path: str
):
    answer = await exchange(probe_cloud, request_bytes)
    assert answer.header("access-control-allow-origin") == "*"
    line = await logged(lines, answer.header("request-id"), "refused")
    assert (line["path"], line["status"]) == (path, 400)
    assert [each["request_id"] for each in lines()] == [answer.header("request-id")]


async def test_a_refused_path_is_logged_short_and_without_a_key(probe_cloud: ProcessCloud, lines: Lines):
    key = probe_cloud.key
    for path, logged_as in (
        (f"/v1/{key}/Call", "/v1/bk_…/Call"),
        (f"/v1/none/{key}?key={key}", "/v1/none/bk_…"),
        (f"/v1/{'x' * 200}/Call", f"/v1/{'x' * 96}"),
        (f"/v1/{'x' * 80}/{key}", f"/v1/{'x' * 80}/bk_…"),
    ):
        response = probe_cloud.client.get(path)
        assert (await logged(lines, response.headers["request-id"], "refused"))["path"] == logged_as
    assert key[12:32] not in probe_cloud.log.read_text()


async def test_a_socket_to_an_unknown_call_is_a_line(probe_cloud: ProcessCloud, lines: Lines):
    async with connect(f"{probe_cloud.address.replace('http', 'ws')}/v1/none/{probe_cloud.key}") as socket:
        await socket.send("{}")
        await socket.wait_closed()
        line = await logged(lines, socket.response.headers["request-id"], "refused")
    assert (line["path"], line["status"]) == ("/v1/none/bk_…", 404)


@pytest.fixture
def talkative(probe_cloud: ProcessCloud) -> tuple[str, ...]:
    """The keys that were used in every place where a key can be put, right and wrong."""
    key, unknown = probe_cloud.key, new_token("sk", "live")
    for each in (key, unknown, key[:-1], key + "x"):
        for header in (f"Bearer {each}", basic("user", each), basic(each, "wrong"), each, f"Token {each}"):
            probe_cloud.post("probe/Echo", {"name": SECRETS[0]}, headers={"authorization": header})
            probe_cloud.post("probe/Echo", {SECRETS[0]: 1}, headers={"authorization": header})
        probe_cloud.client.get(
            f"/v1/probe/Echo?name={SECRETS[0]}&key={each}", headers={"authorization": f"Bearer {each}"}
        )
        probe_cloud.post("probe/Crash", headers={"authorization": f"Bearer {each}"})
    return key, unknown


async def test_no_key_and_nothing_of_a_request_is_logged(
    probe_cloud: ProcessCloud, talkative: tuple[str, ...]
):
    for key in talkative:
        address = probe_cloud.address.replace("http", "ws") + f"/v1/helloworld/Stream?key={key}"
        async with connect(address, subprotocols=[key]) as socket:
            await socket.send('{"name": "a-secret-name"}')
            await socket.wait_closed()
        await exchange(probe_cloud, post("/v1/probe/Echo", b"{", f"Authorization: Bearer {key} \x7f"))
        await exchange(probe_cloud, f"BREW /{key} HTTP/1.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    last = probe_cloud.post("helloworld/Call").headers["request-id"].encode()
    await until(lambda: last in probe_cloud.log.read_bytes())
    text = probe_cloud.log.read_text()
    for secret in (
        *talkative,
        *SECRETS,
        *(base64.b64encode(f"user:{key}".encode()).decode() for key in talkative),
    ):
        assert secret not in text
        assert secret[12:32] not in text or secret in SECRETS


def test_every_line_of_the_log_is_json(probe_cloud: ProcessCloud, talkative: tuple[str, ...]):  # noqa: ARG001 - what it logged
    for line in Path(probe_cloud.log).read_bytes().splitlines():
        assert {"time", "level", "event"} <= set(msgspec.json.decode(line))


def test_no_reply_has_the_key_that_asked_for_it(probe_cloud: ProcessCloud):
    key = probe_cloud.key
    for path, body in (
        ("probe/Echo", {"count": key}),
        ("key/List", {}),
        (f"none/{key}", {}),
        (f"{key}/Call", {}),
    ):
        response = probe_cloud.post(path, body)
        if key not in path:
            assert key not in response.text
        assert key not in str(response.headers)

import asyncio

import pytest
from wire import Answer, connected, exchange, head, post

from cloud import ProcessCloud

CALL = "/v1/helloworld/Call"
JOHN = b'{"name": "John"}'
HELLO = {"message": "Hello John"}
MALFORMED = {
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello TLS \r\n\r\n",
    "words": b"hello there\r\n\r\n",
    "zeros": b"\x00" * 100,
    "version of the future": b"POST /v1/helloworld/Call HTTP/9.9\r\nHost: a\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "unknown method": b"BREW /v1/helloworld/Call HTTP/1.1\r\nHost: a\r\n\r\n",
    "space in the path": b"POST /v1/hello world/Call HTTP/1.1\r\nHost: a\r\n\r\n",
    "no slash": b"POST v1/helloworld/Call HTTP/1.1\r\nHost: a\r\n\r\n",
    "raw bytes in the path": b"POST /v1/\xff\xfe/Call HTTP/1.1\r\nHost: a\r\n\r\n",
    "header without a colon": b"POST /v1/helloworld/Call HTTP/1.1\r\nHost a\r\n\r\n",
    "header with a space": b"POST /v1/helloworld/Call HTTP/1.1\r\nHo st: a\r\n\r\n",
    "header folded": b"POST /v1/helloworld/Call HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
    "header with NUL": b"POST /v1/helloworld/Call HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n",
    "header with a bare CR": b"POST /v1/helloworld/Call HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n",
    "negative length": head(f"POST {CALL}", "Content-Length: -1"),
    "length in words": head(f"POST {CALL}", "Content-Length: many"),
    "length in hex": head(f"POST {CALL}", "Content-Length: 0x10"),
    "signed length": head(f"POST {CALL}", "Content-Length: +16") + JOHN,
    "length beyond 64 bits": head(f"POST {CALL}", "Content-Length: 99999999999999999999999"),
    "two lengths": head(f"POST {CALL}", "Content-Length: 16", "Content-Length: 17") + JOHN,
    "list of lengths": head(f"POST {CALL}", "Content-Length: 16, 17") + JOHN,
    "length and chunks": head(f"POST {CALL}", "Content-Length: 16", "Transfer-Encoding: chunked") + JOHN,
    "chunks and length": head(f"POST {CALL}", "Transfer-Encoding: chunked", "Content-Length: 16") + JOHN,
    "unknown transfer coding": head(f"POST {CALL}", "Transfer-Encoding: cow") + JOHN,
    "chunked not last": head(f"POST {CALL}", "Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n",
    "chunk size in words": head(f"POST {CALL}", "Transfer-Encoding: chunked") + b"many\r\n",
    "negative chunk size": head(f"POST {CALL}", "Transfer-Encoding: chunked") + b"-5\r\n",
    "chunk size beyond 64 bits": head(f"POST {CALL}", "Transfer-Encoding: chunked") + b"f" * 20 + b"\r\n",
    "length behind the chunks": head(f"POST {CALL}", "Transfer-Encoding: chunked")
    + b"0\r\nContent-Length: abc\r\n\r\n",
    "chunk longer than its size": head(f"POST {CALL}", "Transfer-Encoding: chunked")
    + b"2\r\n{}{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_not_http_is_refused_and_the_connection_closed(
    probe_cloud: ProcessCloud, request_bytes: bytes
):
    async with connected(probe_cloud) as wire:
        await wire.send(
            request_bytes.replace(b"Host:", f"Authorization: Bearer {probe_cloud.key}\r\nHost:".encode(), 1)
        )
        answer = await wire.answer()
        assert answer.status in {400, 404}
        assert answer.header("content-type") == "application/json"
        assert answer.header("request-id") == answer.json()["request_id"]
        assert answer.json()["code"] == answer.status
        if answer.status == 400:
            assert await wire.rest() == b""


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n"], ids=["none", "two"])
async def test_a_request_has_one_host(probe_cloud: ProcessCloud, hosts: bytes):
    request = post(CALL, JOHN, key=probe_cloud.key)
    async with connected(probe_cloud) as wire:
        await wire.send(request)
        assert (await wire.answer()).status == 200
        await wire.send(request.replace(b"Host: cloud\r\n", hosts))
        answer = await wire.answer()
        assert (answer.status, "Host" in answer.json()["detail"]) == (400, True)
        assert await wire.rest() == b""


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "TRACE", "PROPFIND"])
async def test_calls_are_made_with_no_other_methods(probe_cloud: ProcessCloud, method: str):
    async with connected(probe_cloud) as wire:
        await wire.send(head(f"{method} {CALL}", "Content-Length: 0", key=probe_cloud.key))
        answer = await wire.answer(bodyless=method == "HEAD")
        assert answer.status == 405
        assert answer.header("allow") == "GET, POST, OPTIONS"
        assert answer.header("request-id").startswith("req_")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/healthz", "/v1", "/metrics", "/"])
async def test_pages_are_read_with_no_other_methods(probe_cloud: ProcessCloud, method: str, path: str):
    answer = await exchange(probe_cloud, head(f"{method} {path}", "Content-Length: 0"))
    assert answer.status == 405
    assert answer.header("allow") == "GET, HEAD"


@pytest.mark.parametrize("path", ["/healthz", "/v1", "/metrics", "/publicapi/explore/index"])
async def test_head_of_a_page_is_its_get_without_a_body(probe_cloud: ProcessCloud, path: str):
    async with connected(probe_cloud) as wire:
        await wire.send(head(f"HEAD {path}"))
        answer = await wire.answer(bodyless=True)
        await wire.send(head(f"GET {path}"))
        page = await wire.answer()
    assert (answer.status, page.status) == (200, 200)
    assert answer.header("content-type") == page.header("content-type")


@pytest.mark.parametrize("method", ["CONNECT cloud:80", "OPTIONS *", "CONNECT /v1/helloworld/Call"])
async def test_methods_for_proxies_are_answered(probe_cloud: ProcessCloud, method: str):
    answer = await exchange(probe_cloud, head(method))
    assert answer.status in {204, 400, 404, 405}


async def test_a_body_in_chunks_is_read(probe_cloud: ProcessCloud):
    request = head(f"POST {CALL}", "Transfer-Encoding: chunked", key=probe_cloud.key)
    chunks = [b"%x\r\n%c\r\n" % (1, each) for each in JOHN]
    answer = await exchange(probe_cloud, request, *chunks, b"0\r\n\r\n")
    assert (answer.status, answer.json()) == (200, HELLO)


async def test_chunk_extensions_are_ignored(probe_cloud: ProcessCloud):
    request = head(f"POST {CALL}", "Transfer-Encoding: chunked", key=probe_cloud.key)
    answer = await exchange(probe_cloud, request + b'10;a=b;c="d"\r\n' + JOHN + b"\r\n0\r\n\r\n")
    assert (answer.status, answer.json()) == (200, HELLO)


@pytest.mark.parametrize(
    "trailer",
    ["Content-Encoding: gzip", "Authorization: Bearer x", "Accept: application/problem+json"],
)
async def test_what_follows_a_chunked_body_does_not_count_as_its_head(
    probe_cloud: ProcessCloud, trailer: str
):
    request = head(f"POST {CALL}", "Transfer-Encoding: chunked", key=probe_cloud.key)
    body = b"10\r\n" + JOHN + b"\r\n0\r\n" + trailer.encode() + b"\r\n\r\n"
    answer = await exchange(probe_cloud, request + body)
    assert (answer.status, answer.json()) == (200, HELLO)


async def test_a_key_that_follows_the_body_opens_nothing(probe_cloud: ProcessCloud):
    request = head(f"POST {CALL}", "Transfer-Encoding: chunked")
    answer = await exchange(
        probe_cloud, request + f"0\r\nAuthorization: Bearer {probe_cloud.key}\r\n\r\n".encode()
    )
    assert answer.status == 401


async def test_a_length_shorter_than_the_body_is_no_second_request(probe_cloud: ProcessCloud):
    request = head(f"POST {CALL}", "Content-Length: 8", key=probe_cloud.key)
    async with connected(probe_cloud) as wire:
        await wire.send(request + JOHN)
        answer = await wire.answer()
        assert answer.status == 400
        assert await wire.rest() == b""


async def test_garbage_behind_a_request_does_not_change_its_answer(probe_cloud: ProcessCloud):
    async with connected(probe_cloud) as wire:
        await wire.send(post(CALL, JOHN, key=probe_cloud.key) + b"\x00garbage\r\n\r\n")
        answer = await wire.answer()
        assert (answer.status, answer.json()) == (200, HELLO)
        assert await wire.rest() == b""


async def test_requests_sent_in_a_row_are_answered_in_order(probe_cloud: ProcessCloud):
    names = [f"n{number}" for number in range(50)]
    requests = [post(CALL, b'{"name": "%s"}' % name.encode(), key=probe_cloud.key) for name in names]
    async with connected(probe_cloud) as wire:
        await wire.send(b"".join(requests))
        answers = [(await wire.answer()).json()["message"] for _ in names]
    assert answers == [f"Hello {name}" for name in names]


async def test_a_row_of_good_and_bad_requests_gets_an_answer_each(probe_cloud: ProcessCloud):
    key = probe_cloud.key
    requests = [
        post(CALL, JOHN, key=key),
        post(CALL, JOHN),
        post(CALL, b"{", key=key),
        post("/v1/none/None", JOHN, key=key),
        head("GET /healthz"),
        post(CALL, b"", key=key),
    ]
    async with connected(probe_cloud) as wire:
        await wire.send(b"".join(requests))
        statuses = [(await wire.answer()).status for _ in requests]
    assert statuses == [200, 401, 400, 404, 200, 200]


async def test_a_request_in_single_bytes_is_read(probe_cloud: ProcessCloud):
    request = post(CALL, JOHN, key=probe_cloud.key)
    answer = await exchange(probe_cloud, *[bytes([each]) for each in request])
    assert (answer.status, answer.json()) == (200, HELLO)


async def test_http_1_0_is_answered_and_closed(probe_cloud: ProcessCloud):
    request = post(CALL, JOHN, key=probe_cloud.key).replace(b"HTTP/1.1", b"HTTP/1.0")
    async with connected(probe_cloud) as wire:
        await wire.send(request)
        answer = await wire.answer()
        assert (answer.status, answer.json()) == (200, HELLO)
        assert await wire.rest() == b""


async def test_http_1_0_without_a_host_is_answered(probe_cloud: ProcessCloud):
    assert (await exchange(probe_cloud, b"GET /healthz HTTP/1.0\r\n\r\n")).status == 200


async def test_connection_close_is_obeyed(probe_cloud: ProcessCloud):
    async with connected(probe_cloud) as wire:
        await wire.send(post(CALL, JOHN, "Connection: close", key=probe_cloud.key))
        assert (await wire.answer()).header("connection") == "close"
        assert await wire.rest() == b""


PATHS = {
    "http://cloud/v1/helloworld/Call": 200,
    "http://elsewhere.example:99/v1/helloworld/Call?name=John": 200,
    "/v1/%68elloworld/C%61ll": 200,
    "/v1/helloworld/Call/": 200,
    "/v1//helloworld/Call": 200,
    "/v1/helloworld/Call#part": 200,
    "/v1/helloworld/Call?": 200,
    "//v1/helloworld/Call": 404,
    "//": 404,
    "/v1/helloworld%2FCall": 200,
    "/v1/./helloworld/Call": 404,
    "/v1/../v1/helloworld/Call": 404,
    "/v1/helloworld/Call%00": 404,
    "/v1/helloworld/Call%": 404,
    "/v1/helloworld/Call%zz": 404,
    "/v1/helloworld/Call;a=b": 404,
    "/V1/helloworld/Call": 404,
    "/v1/": 405,
    "http://cloud": 404,
    "/v1/" + "a" * 60_000 + "/Call": 404,
    "/v1/" + "a/" * 30_000: 404,
    "/v1/" + "%41" * 20_000: 404,
    "/v1/helloworld/Call?" + "a" * 60_000: 400,
}


@pytest.mark.parametrize(("path", "status"), PATHS.items(), ids=[path[:40] for path in PATHS])
async def test_a_path_in_any_spelling_is_answered(probe_cloud: ProcessCloud, path: str, status: int):
    answer = await exchange(probe_cloud, post(path, b"", key=probe_cloud.key))
    assert answer.status in {
        status,
        405 if status == 404 else status,
        400 if path == "http://cloud" else status,
    }
    assert answer.header("content-type") == "application/json"
    assert len(answer.body) < 3_000


@pytest.mark.parametrize(
    "path", ["/v1/%0d%0aX-Bad:%201/Call", "/%0d%0aX-Bad:%201", "/v1/helloworld/%0aX-Bad:1"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
async def test_a_line_break_in_a_path_makes_no_header(probe_cloud: ProcessCloud, path: str, method: str):
    answer = await exchange(probe_cloud, head(f"{method} {path}", "Content-Length: 0", key=probe_cloud.key))
    assert answer.header("x-bad") == ""
    assert answer.status in {204, 404, 405}


async def test_a_line_break_in_what_is_asked_makes_no_header(probe_cloud: ProcessCloud):
    for name in ("Origin", "Accept", "Accept-Encoding", "Traceparent", "Content-Type", "Idempotency-Key"):
        answer = await exchange(
            probe_cloud, post(CALL, JOHN, f"{name}: a%0d%0aX-Bad: 1", key=probe_cloud.key)
        )
        assert answer.header("x-bad") == ""
        assert answer.status in {200, 400}


async def test_a_client_that_asks_before_sending_is_told_to_go_on(probe_cloud: ProcessCloud):
    request = head(f"POST {CALL}", "Content-Length: 16", "Expect: 100-continue", key=probe_cloud.key)
    async with connected(probe_cloud) as wire:
        await wire.send(request)
        assert (await wire.answer()).status == 100
        await wire.send(JOHN)
        answer = await wire.answer()
        assert (answer.status, answer.json()) == (200, HELLO)


async def test_a_client_that_asks_before_sending_is_refused_without_its_body(probe_cloud: ProcessCloud):
    for header, status in (("Content-Length: 999999999", 413), ("Content-Encoding: gzip", 415)):
        request = head(f"POST {CALL}", header, "Expect: 100-continue", key=probe_cloud.key)
        if status == 415:
            request = head(
                f"POST {CALL}", header, "Content-Length: 9", "Expect: 100-continue", key=probe_cloud.key
            )
        assert (await exchange(probe_cloud, request)).status == status
    request = head(f"POST {CALL}", "Content-Length: 16", "Expect: 100-continue")
    assert (await exchange(probe_cloud, request)).status == 401


@pytest.mark.parametrize("upgrade", ["h2c", "TLS/1.0", "websocket2", "irc/6.9"])
async def test_an_upgrade_to_what_is_not_spoken_is_passed_over(probe_cloud: ProcessCloud, upgrade: str):
    headers = (
        f"Upgrade: {upgrade}",
        "Connection: Upgrade, HTTP2-Settings",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
    )
    request = post(CALL, JOHN, *headers, key=probe_cloud.key)
    answer = await exchange(probe_cloud, request)
    assert (answer.status, answer.json()) == (200, HELLO)


WEBSOCKET = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
ODD_UPGRADES = {
    "no key": head("GET /v1/helloworld/Stream", *WEBSOCKET[:3]),
    "bad key": head("GET /v1/helloworld/Stream", *WEBSOCKET[:3], "Sec-WebSocket-Key: short"),
    "old version": head(
        "GET /v1/helloworld/Stream", *WEBSOCKET[:2], "Sec-WebSocket-Version: 8", WEBSOCKET[3]
    ),
    "POST": head("POST /v1/helloworld/Stream", "Content-Length: 2", *WEBSOCKET) + b"{}",
    "long header": head("GET /v1/helloworld/Stream", *WEBSOCKET, "X-Long: " + "x" * 20_000),
    "many headers": head("GET /v1/helloworld/Stream", *WEBSOCKET, *["X-Many: 1"] * 500),
    "long path": head("GET /v1/helloworld/Stream?" + "x" * 20_000, *WEBSOCKET),
    "raw bytes in the path": head("GET /v1/hellowörld/Stream", *WEBSOCKET),
    "raw bytes in the query": head("GET /v1/helloworld/Stream?ö", *WEBSOCKET),
    "absolute path": head("GET http://cloud/v1/helloworld/Stream", *WEBSOCKET),
    "no host": head("GET /v1/helloworld/Stream", *WEBSOCKET).replace(b"Host: cloud\r\n", b""),
    "HTTP/1.0": head("GET /v1/helloworld/Stream", *WEBSOCKET).replace(b"HTTP/1.1", b"HTTP/1.0"),
}


@pytest.mark.parametrize("request_bytes", ODD_UPGRADES.values(), ids=ODD_UPGRADES.keys())
async def test_an_upgrade_that_is_not_quite_one_is_answered(probe_cloud: ProcessCloud, request_bytes: bytes):
    async with connected(probe_cloud) as wire:
        await wire.send(request_bytes)
        answer: Answer = await wire.head()
        assert answer.status in {101, 200, 400, 401, 405, 414, 426, 431}


@pytest.mark.parametrize("name", ["no key", "bad key", "old version"])
async def test_an_upgrade_that_is_none_is_answered_with_the_error_object(
    probe_cloud: ProcessCloud, name: str
):
    answer = await exchange(probe_cloud, ODD_UPGRADES[name])
    assert (answer.status, answer.json()["code"]) == (400, 400)
    assert answer.header("content-type") == "application/json"
    assert answer.header("sec-websocket-version") == "13"
    assert answer.header("request-id") == answer.json()["request_id"]


async def test_the_cloud_answers_still(probe_cloud: ProcessCloud):
    await asyncio.sleep(0)
    assert probe_cloud.call("helloworld/Call", {"name": "John"}) == HELLO

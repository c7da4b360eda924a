import pytest
from wire import connected, exchange, head, post

from brickyard.gateway import connection
from cloud import LocalCloud, ProcessCloud

CALL = "/v1/helloworld/Call"
ECHO = "/v1/probe/Echo"
LIMIT_BYTES = 100_000


def named(size_bytes: int) -> bytes:
    """A body of exactly that size."""
    return b'{"name":"%b"}' % (b"x" * (size_bytes - 11))


async def test_a_body_as_large_as_allowed_is_read(probe_cloud: ProcessCloud):
    assert (await exchange(probe_cloud, post(ECHO, named(LIMIT_BYTES), key=probe_cloud.key))).status == 200


@pytest.mark.parametrize("size_bytes", [LIMIT_BYTES + 1, 5 * LIMIT_BYTES])
async def test_a_larger_body_is_refused_and_its_sender_lives_to_see_it(
    probe_cloud: ProcessCloud, size_bytes: int
):
    async with connected(probe_cloud) as wire:
        await wire.send(post(ECHO, named(size_bytes), key=probe_cloud.key))
        answer = await wire.answer()
        assert (answer.status, answer.json()["status"]) == (413, "Content Too Large")
        assert str(LIMIT_BYTES) in answer.json()["detail"]
        await wire.send(post(CALL, b"", key=probe_cloud.key))
        assert (await wire.answer()).status == 200


async def test_a_larger_body_without_a_length_is_refused(probe_cloud: ProcessCloud):
    request = head(f"POST {ECHO}", "Transfer-Encoding: chunked", key=probe_cloud.key)
    chunk = b"2710\r\n" + b" " * 10_000 + b"\r\n"
    answer = await exchange(probe_cloud, request, *[chunk] * 11)
    assert answer.status == 413


async def test_a_larger_body_is_refused_as_soon_as_its_head_says_so(probe_cloud: ProcessCloud):
    request = head(f"POST {ECHO}", "Content-Length: 99999999999", key=probe_cloud.key)
    assert (await exchange(probe_cloud, request, b"{")).status == 413


async def test_a_body_without_end_is_cut(probe_cloud: ProcessCloud):
    async with connected(probe_cloud) as wire:
        await wire.send(head(f"POST {ECHO}", "Transfer-Encoding: chunked", key=probe_cloud.key))
        assert not await wire.takes([b"2710\r\n" + b" " * 10_000 + b"\r\n"] * 1_000)


@pytest.mark.parametrize(
    "piece", [b"X-A: " + b"a" * 9_000 + b"\r\n", b"a" * 9_000], ids=["lines", "one line"]
)
async def test_a_tail_without_end_behind_a_body_is_cut(probe_cloud: ProcessCloud, piece: bytes):
    async with connected(probe_cloud) as wire:
        await wire.send(head(f"POST {ECHO}", "Transfer-Encoding: chunked", key=probe_cloud.key) + b"0\r\n")
        assert not await wire.takes([piece] * 1_000)


@pytest.mark.parametrize(
    "piece", [b"X-A: " + b"a" * 9_000 + b"\r\n", b"a" * 9_000], ids=["lines", "one line"]
)
async def test_a_head_without_end_is_refused(probe_cloud: ProcessCloud, piece: bytes):
    async with connected(probe_cloud) as wire:
        await wire.send(head(f"POST {ECHO}")[:-2])
        for _ in range(9):
            await wire.send(piece)
        answer = await wire.answer()
        assert answer.status == 400
        assert "65536" in answer.json()["detail"]


@pytest.mark.parametrize("size_bytes", [70_000, 40_000, 999])
@pytest.mark.parametrize("used_before", [False, True])
async def test_a_head_too_large_is_refused_however_it_comes(
    probe_cloud: ProcessCloud, size_bytes: int, *, used_before: bool
):
    large = head("GET /healthz", *["X-A: " + "a" * 6_000] * 11)
    async with connected(probe_cloud) as wire:
        if used_before:
            await wire.send(post(CALL, b"", key=probe_cloud.key))
            assert (await wire.answer()).status == 200
        await wire.send(*[large[start : start + size_bytes] for start in range(0, len(large), size_bytes)])
        answer = await wire.answer()
        assert (answer.status, "65536" in answer.json()["detail"]) == (400, True)


async def test_a_head_as_large_as_allowed_is_read_with_a_body_behind_it(probe_cloud: ProcessCloud):
    request = post(ECHO, named(LIMIT_BYTES), *["X-A: " + "a" * 6_000] * 10, key=probe_cloud.key)
    async with connected(probe_cloud) as wire:
        await wire.send(request + request)
        assert [(await wire.answer()).status for _ in range(2)] == [200, 200]


async def test_a_request_line_without_end_is_refused(probe_cloud: ProcessCloud):
    async with connected(probe_cloud) as wire:
        await wire.send(b"GET /", *[b"a" * 9_000] * 9)
        assert (await wire.answer()).status == 400


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "identity, gzip"])
async def test_a_packed_body_is_refused(probe_cloud: ProcessCloud, coding: str):
    body = b"\x1f\x8b\x08\x00"
    answer = await exchange(probe_cloud, post(ECHO, body, f"Content-Encoding: {coding}", key=probe_cloud.key))
    assert (answer.status, answer.json()["status"]) == (415, "Unsupported Media Type")


@pytest.mark.parametrize("coding", ["identity", "Identity"])
async def test_a_body_said_to_be_plain_is_read(probe_cloud: ProcessCloud, coding: str):
    answer = await exchange(
        probe_cloud, post(ECHO, b"{}", f"Content-Encoding: {coding}", key=probe_cloud.key)
    )
    assert answer.status == 200


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "image/png", "application/octet-stream"])
async def test_a_body_of_another_kind_is_refused(probe_cloud: ProcessCloud, kind: str):
    answer = await exchange(probe_cloud, post(ECHO, b"--x", f"Content-Type: {kind}", key=probe_cloud.key))
    assert answer.status == 415


async def test_a_body_that_does_not_come_in_time_is_refused(local_cloud: LocalCloud):
    async with connected(local_cloud) as wire:
        await wire.send(head(f"POST {CALL}", "Content-Length: 16", key=local_cloud.key), b'{"na')
        answer = await wire.answer()
        assert (answer.status, answer.json()["status"]) == (408, "Request Timeout")
        assert answer.json()["retryable"] is True
        assert answer.header("request-id") == answer.json()["request_id"]
        assert await wire.rest() == b""


async def test_a_late_body_is_refused_on_a_connection_used_before(local_cloud: LocalCloud):
    async with connected(local_cloud) as wire:
        await wire.send(post(CALL, b"{}", key=local_cloud.key))
        assert (await wire.answer()).status == 200
        await wire.send(head(f"POST {CALL}", "Content-Length: 16", key=local_cloud.key))
        assert (await wire.answer()).status == 408


async def test_a_body_that_never_comes_behind_a_refusal_holds_no_connection(local_cloud: LocalCloud):
    async with connected(local_cloud) as wire:
        await wire.send(head(f"POST {CALL}", "Content-Length: 16"), b"{")
        assert (await wire.answer()).status == 401
        assert await wire.rest() == b""


async def test_a_head_that_does_not_come_in_time_is_refused(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "HEAD_LIMIT_S", 0.1)
    async with connected(local_cloud) as silent, connected(local_cloud) as slow:
        await slow.send(b"POST /v1/hello")
        answer = await slow.answer()
        assert answer.status == 408
        assert await slow.rest() == b""
        assert await silent.rest() == b""


async def test_a_late_head_behind_an_answered_request_is_refused(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "HEAD_LIMIT_S", 0.1)
    async with connected(local_cloud) as wire:
        await wire.send(post(CALL, b"{}", key=local_cloud.key) + b"P")
        assert (await wire.answer()).status == 200
        assert (await wire.answer()).status == 408


async def test_a_late_head_behind_a_call_under_way_leaves_its_answer_whole(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "HEAD_LIMIT_S", 0.1)
    async with connected(local_cloud) as wire:
        await wire.send(post("/v1/probe/Wait", b'{"seconds": 1.5}', key=local_cloud.key) + b"P")
        answer = await wire.answer()
        assert (answer.status, answer.json()) == (200, {"text": "done"})
        assert await wire.rest() == b""

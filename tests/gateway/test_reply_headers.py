import gzip

import httpx2 as httpx
import pytest
import zstandard
from wire import Answer, exchange, head, post

from cloud import ProcessCloud

LONG = b'{"name": "%b"}' % (b"x" * 5_000)
SHORT = b'{"name": "x"}'
ORIGIN = "https://app.example"


async def echoed(cloud: ProcessCloud, body: bytes, *headers: str) -> Answer:
    answer = await exchange(cloud, post("/v1/probe/Echo", body, *headers, key=cloud.key))
    assert answer.status == 200
    return answer


async def test_a_long_reply_is_packed_for_who_can_unpack_it(probe_cloud: ProcessCloud):
    plain = await echoed(probe_cloud, LONG)
    assert plain.header("content-encoding") == ""
    packed = await echoed(probe_cloud, LONG, "Accept-Encoding: gzip")
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    packed = await echoed(probe_cloud, LONG, "Accept-Encoding: zstd")
    assert packed.header("content-encoding") == "zstd"
    assert zstandard.ZstdDecompressor().decompress(packed.body) == plain.body
    assert packed.header("vary") == "accept-encoding"
    assert len(packed.body) < len(plain.body) / 10


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("gzip, zstd", "zstd"),
        ("GZIP", "gzip"),
        ("gzip;q=0.5", "gzip"),
        ("gzip; q=0.05", "gzip"),
        ("gzip;q=0", ""),
        ("gzip;q=0.0, zstd;q=0.000", ""),
        ("zstd;q=0, gzip", "gzip"),
        ("identity", ""),
        ("br", ""),
        ("", ""),
        (",;=,", ""),
        ("gzip" * 1_000, ""),
    ],
)
async def test_a_coding_is_used_only_if_it_is_accepted(probe_cloud: ProcessCloud, accepted: str, coding: str):
    answer = await echoed(probe_cloud, LONG, f"Accept-Encoding: {accepted}")
    assert answer.header("content-encoding") == coding


async def test_a_short_reply_is_not_packed(probe_cloud: ProcessCloud):
    assert (await echoed(probe_cloud, SHORT, "Accept-Encoding: gzip")).header("content-encoding") == ""


async def test_a_page_is_packed(probe_cloud: ProcessCloud):
    answer = await exchange(probe_cloud, head("GET /v1", "Accept-Encoding: gzip"))
    assert b'"helloworld"' in gzip.decompress(answer.body)


def test_a_client_library_unpacks_what_it_asked_for(probe_cloud: ProcessCloud):
    response = probe_cloud.post("probe/Echo", {"name": "x" * 90_000})
    assert response.headers["content-encoding"] == "gzip"
    assert response.json()["name"] == "x" * 90_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/helloworld/Call", 200),
        ("GET", "/v1/helloworld/Call", 200),
        ("OPTIONS", "/v1/helloworld/Call", 204),
        ("PUT", "/v1/helloworld/Call", 405),
        ("POST", "/v1/none/None", 404),
        ("POST", "/v1/probe/Crash", 500),
        ("POST", "/v1/helloworld/Stream", 200),
        ("GET", "/v1", 200),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/none", 404),
        ("POST", "/healthz", 405),
    ],
)
def test_every_answer_has_a_request_id(probe_cloud: ProcessCloud, method: str, path: str, status: int):
    response = probe_cloud.client.request(method, path)
    assert response.status_code == status
    assert len(response.headers.get_list("request-id")) == 1
    assert response.headers["request-id"].startswith("req_")


@pytest.mark.parametrize("path", ["/v1/helloworld/Call", "/v1/none/None", "/v1/helloworld/Stream"])
def test_a_browser_may_ask_whether_it_may_call(probe_cloud: ProcessCloud, path: str):
    response = httpx.request(
        "OPTIONS",
        probe_cloud.address + path,
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, content-type, max-cost",
        },
    )
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "*"
    assert {"GET", "POST"} <= set(response.headers["access-control-allow-methods"].split(", "))
    allowed = set(response.headers["access-control-allow-headers"].split(", "))
    assert {"authorization", "content-type", "idempotency-key", "max-cost"} <= allowed
    assert int(response.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("path", "authorized"),
    [
        ("helloworld/Call", True),
        ("helloworld/Call", False),
        ("none/None", True),
        ("helloworld/Stream", True),
        ("probe/Crash", True),
    ],
)
def test_a_browser_may_read_every_answer_and_its_id(probe_cloud: ProcessCloud, path: str, authorized: bool):  # noqa: FBT001 - a case
    key = probe_cloud.key if authorized else "none"
    headers = {"origin": ORIGIN, "authorization": f"Bearer {key}"}
    response = probe_cloud.client.post(f"/v1/{path}", headers=headers)
    assert response.headers.get_list("access-control-allow-origin") == ["*"]
    assert "request-id" in response.headers["access-control-expose-headers"]


def test_the_server_does_not_say_what_it_is(probe_cloud: ProcessCloud):
    assert "server" not in probe_cloud.post("helloworld/Call").headers

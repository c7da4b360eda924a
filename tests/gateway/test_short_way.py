"""Calls that come whole take another way through the server than those that do not; nobody can tell."""

import asyncio

import pytest
from wire import LIMIT_S, Answer, connected, exchange, head, post, until

from brickyard.gateway.connection import HttpProtocol
from cloud import LocalCloud, ProcessCloud

ECHO = "/v1/probe/Echo"
LONG = b'{"name": "%s"}' % (b"x" * 70_000)
PROBLEM = "Accept: application/problem+json"
BODIES = {
    "an ordinary body": (b'{"name": "John", "count": 3}', ()),
    "no body": (b"", ()),
    "a form": (b"name=John", ("Content-Type: application/x-www-form-urlencoded",)),
    "a body for which an origin asks": (b"{}", ("Origin: https://shop.example",)),
    "a reply worth packing": (b'{"name": "%s"}' % (b"x" * 5_000), ("Accept-Encoding: gzip",)),
    "an unknown field": (b'{"nam": 1}', ()),
    "an unknown field, for a reader of RFC 9457": (b'{"nam": 1}', (PROBLEM,)),
    "broken JSON": (b'{"name": ', ()),
    "an image": (b"\x89PNG", ("Content-Type: image/png",)),
}


def told(answer: Answer) -> tuple[object, ...]:
    """All of an answer that does not differ from call to call."""
    headers = sorted((name, value) for name, value in answer.headers if name not in {"date", "request-id"})
    request_id = answer.header("request-id").encode()
    assert request_id
    return answer.status, answer.version, headers, answer.body.replace(request_id, b"id")


def chunked(path: str, body: bytes, *headers: str, key: str) -> bytes:
    pieces = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return head(f"POST {path}", "Transfer-Encoding: chunked", *headers, key=key) + pieces + b"0\r\n\r\n"


@pytest.mark.parametrize("name", BODIES)
async def test_either_way_gives_the_same_answer(probe_cloud: ProcessCloud, name: str):
    body, headers = BODIES[name]
    answers = [
        await exchange(probe_cloud, request)
        for _ in range(2)  # the first time, the key is not known yet, and that is a way of its own
        for request in (
            post(ECHO, body, *headers, key=probe_cloud.key),
            chunked(ECHO, body, *headers, key=probe_cloud.key),
        )
    ]
    assert len({repr(told(answer)) for answer in answers}) == 1


async def test_an_answer_to_one_who_closes_says_so(probe_cloud: ProcessCloud):
    for extra, version in (("Connection: close", b"HTTP/1.1"), ("Connection: keep-alive", b"HTTP/1.0")):
        request = post(ECHO, b"{}", extra, key=probe_cloud.key).replace(b"HTTP/1.1", version, 1)
        for _ in range(2):
            async with connected(probe_cloud) as wire:
                await wire.send(request)
                answer = await wire.answer()
                assert (answer.status, answer.header("connection")) == (200, "close")
                assert await wire.rest() == b""


async def test_requests_sent_together_are_answered_in_their_order(probe_cloud: ProcessCloud):
    slow = post("/v1/probe/Wait", b'{"seconds": 0.1}', key=probe_cloud.key)
    requests = [
        slow,
        post(ECHO, b'{"name": "second"}', key=probe_cloud.key),
        head("GET /healthz"),
        chunked(ECHO, b'{"name": "fourth"}', key=probe_cloud.key),
        post(ECHO, LONG, key=probe_cloud.key),
        slow,
        post(ECHO, b'{"name": "last"}', key=probe_cloud.key),
    ]
    async with connected(probe_cloud) as wire:
        await wire.send(b"".join(requests))
        bodies = [(await wire.answer()).json() for _ in requests]
    assert [body.get("name", "")[:6] for body in bodies] == ["", "second", "", "fourth", "xxxxxx", "", "last"]


@pytest.mark.usefixtures("probe")
async def test_one_who_takes_no_answers_is_not_answered_without_end(local_cloud: LocalCloud):
    body = b'{"name": "%s"}' % (b"x" * 30_000)
    request = post(ECHO, body, key=local_cloud.key)
    await exchange(local_cloud, request)
    async with connected(local_cloud, receive_buffer_bytes=4_096) as wire:
        taken = asyncio.create_task(wire.takes([request] * 2_000))
        operations = local_cloud.application.gateway._routes.operations()
        timings = next(each.timings for each in operations if each.id == "probe.echo")
        last = -1
        while timings.statuses[200] != last:  # until it stands still: the server holds back
            last = timings.statuses[200]
            await asyncio.sleep(0.2)
        assert last < 1_000
        taken.cancel()


@pytest.mark.usefixtures("probe")
async def test_a_key_revoked_before_the_body_is_refused(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["probe"]})
    await exchange(local_cloud, post(ECHO, b"{}", key=made["key"]))
    async with connected(local_cloud) as wire:
        await wire.send(head(f"POST {ECHO}", "Content-Length: 2", key=made["key"]))
        await until(lambda: any(each.body_since for each in connections(local_cloud)))
        await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
        await wire.send(b"{}")
        answer = await wire.answer()
    assert (answer.status, answer.json()["detail"]) == (401, "The key was revoked.")


async def test_each_call_on_a_connection_is_let_in_by_its_own_key(local_cloud: LocalCloud):
    """As where a proxy hands calls of many on over few connections."""
    other = await local_cloud.other_project()
    made = await local_cloud.call("key/Create", {"scopes": ["helloworld"]})
    page = await local_cloud.call("key/Create", {"kind": "publishable", "origins": ["https://shop.example"]})
    keys = {"own": local_cloud.key, "other": other, "narrow": made["key"], "page": page["key"]}
    await local_cloud.call("cache/Set", {"key": "k", "value": "own"})

    async with connected(local_cloud) as wire:

        async def asked(
            who: str, path: str = "/v1/cache/Get", body: bytes = b'{"key":"k"}', *more: str
        ) -> Answer:
            await wire.send(post(path, body, *more, key=keys[who]))
            return await wire.answer()

        hello = ("/v1/helloworld/Call", b"{}")
        for _ in range(3):
            assert (await asked("own")).json()["value"] == "own"
            assert (await asked("own", *hello)).json()["message"]
            assert (await asked("other")).json()["value"] == ""
            assert (await asked("narrow")).status == 403
            assert (await asked("narrow", *hello)).status == 200
            assert (await asked("page", *hello, "Origin: https://shop.example")).status == 200
            assert (await asked("page", *hello, "Origin: https://evil.example")).status == 403
            assert (await asked("page", *hello)).status == 403
        assert (await asked("narrow", *hello)).status == 200
        await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
        assert (await asked("narrow", *hello)).json()["detail"] == "The key was revoked."
        assert (await asked("own", *hello)).status == 200


@pytest.mark.usefixtures("probe")
async def test_one_who_leaves_before_the_body_is_counted(local_cloud: LocalCloud):
    await exchange(local_cloud, post(ECHO, b"{}", key=local_cloud.key))
    async with connected(local_cloud) as wire:
        await wire.send(head(f"POST {ECHO}", "Content-Length: 2", key=local_cloud.key), b"{")
        await until(lambda: any(each.body_since for each in connections(local_cloud)))
        wire.cut()
    line = 'brickyard_calls_total{endpoint="Echo",service="probe",status="499"} 1.0'
    async with asyncio.timeout(LIMIT_S):
        while line not in (await local_cloud.client.get("/metrics")).text:
            pass


def connections(cloud: LocalCloud) -> list[HttpProtocol]:
    return [each for each in cloud.server.server_state.connections if isinstance(each, HttpProtocol)]

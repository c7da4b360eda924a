"""Requests go where they may, and what comes back is bounded."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.providers.transport import Broken, Request, TooLarge, TooSlow
from brickyard.providers.transport.pooled import PooledTransport

LOOPBACK = Allowed.of("127.0.0.0/8")


class Site:
    """A server whose handlers tests choose."""

    def __init__(self) -> None:
        self.handler = self.hello
        self.seen: list[web.BaseRequest] = []
        self.url = ""

    async def hello(self, request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"hello": request.path})

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        return await self.handler(request)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async for each in _site():
        yield each


@pytest.fixture
async def other() -> AsyncIterator[Site]:
    async for each in _site():
        yield each


async def _site() -> AsyncIterator[Site]:
    site = Site()
    runner = web.ServerRunner(web.Server(site.answer), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[PooledTransport]:
    made = PooledTransport(LOOPBACK, LOOPBACK)
    yield made
    await made.close()


def get(url: str, limit_s: float = 5, **more: object) -> Request:
    return Request(method="GET", url=url, headers={}, body=b"", limit_s=limit_s, **more)  # type: ignore[arg-type]


async def test_connections_are_used_again(transport: PooledTransport, site: Site):
    for _ in range(5):
        assert (await transport.send(get(site.url + "/a"))).status == 200
    assert len({id(each.transport) for each in site.seen}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://localhost:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "http://user:password@example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
async def test_nothing_of_this_machine_or_network_is_reached(url: str):
    transport = PooledTransport(Allowed(), AllowedToTenants())
    with pytest.raises(Broken) as refused:
        await transport.send(get(url, limit_s=2))
    assert not refused.value.sent
    await transport.close()


async def test_a_host_that_is_allowed_by_name_is_reached_and_no_other(site: Site, other: Site):
    port = site.url.rpartition(":")[2]
    transport = PooledTransport(Allowed.of(f"127.0.0.1:{port}"), AllowedToTenants())
    assert (await transport.send(get(site.url))).status == 200
    with pytest.raises(Broken):
        await transport.send(get(other.url))
    await transport.close()


async def test_a_redirect_to_where_one_may_not_go_is_not_followed(site: Site):
    port = site.url.rpartition(":")[2]
    transport = PooledTransport(Allowed.of(f"127.0.0.1:{port}"), AllowedToTenants())

    async def redirect(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")

    site.handler = redirect
    with pytest.raises(Broken):
        await transport.send(get(site.url))
    await transport.close()


async def test_what_is_open_to_the_operator_is_not_open_to_others(site: Site, other: Site):
    transport = PooledTransport(LOOPBACK, AllowedToTenants())
    named = PooledTransport(Allowed.of(site.url.removeprefix("http://")), AllowedToTenants())
    for each in (transport, named):
        for chosen_by in ("adapter", "operator"):
            assert (await each.send(get(site.url, chosen_by=chosen_by))).status == 200
        seen = len(site.seen)
        with pytest.raises(Broken, match="BRICKYARD_EGRESS_ALLOW_TENANTS"):
            await each.send(get(site.url, chosen_by="others"))  # though a connection is open
        assert len(site.seen) == seen

    async def redirect(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound(other.url)

    site.handler = redirect
    with pytest.raises(Broken, match="BRICKYARD_EGRESS_ALLOW_TENANTS"):
        await transport.send(get(site.url))
    assert other.seen == []
    await transport.close()
    await named.close()


async def test_what_is_open_to_others_is_not_open_to_what_the_operator_named(site: Site):
    transport = PooledTransport(Allowed(), AllowedToTenants.of("127.0.0.0/8"))
    assert (await transport.send(get(site.url, chosen_by="others"))).status == 200
    with pytest.raises(Broken, match=r"BRICKYARD_EGRESS_ALLOW\."):
        await transport.send(get(site.url, chosen_by="operator"))
    await transport.close()


async def test_another_origin_is_not_shown_what_is_the_firsts(
    transport: PooledTransport, site: Site, other: Site
):
    async def redirect(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound(other.url + "/b")

    site.handler = redirect
    headers = {"Authorization": "Bearer secret", "X-Api-Key": "secret", "Accept": "application/json"}
    request = Request(method="GET", url=site.url, headers=headers, body=b"", limit_s=5)
    assert (await transport.send(request)).status == 200
    assert "secret" not in str(other.seen[0].headers)
    assert other.seen[0].headers["Accept"] == "application/json"


async def test_redirects_come_to_an_end(transport: PooledTransport, site: Site):
    async def redirect(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPFound(site.url + "/again")

    site.handler = redirect
    with pytest.raises(Broken):
        await transport.send(get(site.url + "/"))
    assert len(site.seen) == 3


async def test_what_is_posted_is_not_sent_on(transport: PooledTransport, site: Site):
    async def redirect(_: web.BaseRequest) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect(site.url + "/b")

    site.handler = redirect
    request = Request(method="POST", url=site.url, headers={}, body=b"x", limit_s=5)
    assert (await transport.send(request)).status == 307
    assert len(site.seen) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_replies_are_unpacked_up_to_a_limit(transport: PooledTransport, site: Site, coding: str):
    pack = gzip.compress if coding == "gzip" else zlib.compress

    async def packed(request: web.BaseRequest) -> web.StreamResponse:
        size = int(request.query_string)
        return web.Response(body=pack(b" " * size), headers={"Content-Encoding": coding})

    site.handler = packed
    received = await transport.send(get(f"{site.url}/?1000", reply_max_bytes=1000))
    assert received.body == b" " * 1000
    with pytest.raises(TooLarge):
        await transport.send(get(f"{site.url}/?1001", reply_max_bytes=1000))
    with pytest.raises(TooLarge):
        await transport.send(get(f"{site.url}/?50000000", reply_max_bytes=1000))


async def test_lines_come_as_they_are_sent(transport: PooledTransport, site: Site):
    goes_on = asyncio.Event()

    async def lines(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\r\ntw")
        await goes_on.wait()
        await response.write(b"o\nthree")
        return response

    site.handler = lines
    found = []
    async with transport.stream(get(site.url)) as stream:
        async for line in stream.lines():
            found.append(line)
            goes_on.set()
    assert found == [b"one", b"two", b"three"]


async def test_who_does_not_answer_is_not_waited_for(transport: PooledTransport, site: Site):
    async def never(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    site.handler = never
    with pytest.raises(TooSlow) as slow:
        await transport.send(get(site.url, limit_s=0.2))
    assert slow.value.sent


async def test_where_nobody_listens_nothing_was_sent(transport: PooledTransport, nobody: str):
    with pytest.raises(Broken) as broken:
        await transport.send(get(nobody))
    assert not broken.value.sent


async def test_others_have_their_turn_while_a_small_reply_unpacks_into_millions_of_lines(
    transport: PooledTransport, site: Site
):
    bomb = gzip.compress(b"\n" * (4 * 1024 * 1024))

    async def lines(request: web.BaseRequest) -> web.StreamResponse:
        del request
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async def take_turns() -> None:
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    site.handler, turns, count = lines, list[None](), 0
    async with transport.stream(get(site.url, limit_s=30)) as stream:
        other = asyncio.create_task(take_turns())
        async for line in stream.lines():
            count += not line
        other.cancel()
    assert count == 4 * 1024 * 1024
    assert len(turns) >= 250

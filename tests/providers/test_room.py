"""Large replies of providers take room that all calls share; small ones pass them by."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.providers.about import About
from brickyard.providers.failure import Failure
from brickyard.providers.http import Bearings, Http
from brickyard.providers.mirrors import Mirrors
from brickyard.providers.transport import Crowded, Request
from brickyard.providers.transport.pooled import LARGE_BYTES, PooledTransport
from brickyard.providers.transport.room import Room
from eventually import eventually


async def hold(room: Room, size_bytes: int, entered: list[int], leave: asyncio.Event) -> None:
    async with room.taken(size_bytes):
        entered.append(size_bytes)
        await leave.wait()


async def test_no_more_is_taken_than_there_is_and_who_came_first_is_first():
    room, entered, leave = Room(100, 60), list[int](), [asyncio.Event() for _ in range(4)]
    holding = []
    for each, size_bytes in zip(leave, (60, 75, 10, 30), strict=True):
        holding.append(asyncio.create_task(hold(room, size_bytes, entered, each)))
        await asyncio.sleep(0)
    assert entered == [60]  # 75 waits, and those behind it
    leave[0].set()
    await eventually(lambda: entered == [60, 75, 10])
    leave[2].set()
    await holding[2]
    assert entered == [60, 75, 10]
    leave[1].set()
    await eventually(lambda: entered == [60, 75, 10, 30])
    leave[3].set()
    await asyncio.gather(*holding)


async def test_what_is_larger_than_all_there_is_takes_all():
    async with Room(100, 1).taken(1000):
        pass


async def test_who_waits_in_vain_or_leaves_takes_nothing_with_them():
    room, entered, leave = Room(100, 0.01), list[int](), asyncio.Event()
    holding = asyncio.create_task(hold(room, 100, entered, leave))
    await asyncio.sleep(0)
    with pytest.raises(Crowded):
        await hold(room, 50, entered, leave)
    leaving = [asyncio.create_task(hold(room, 50, entered, asyncio.Event())) for _ in range(2)]
    await asyncio.sleep(0)
    leave.set()
    await holding
    leaving[0].cancel()  # as its turn comes
    leaving[1].cancel()
    await asyncio.gather(*leaving, return_exceptions=True)
    async with room.taken(100):
        pass


@pytest.fixture
async def site() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.StreamResponse:
        size_bytes = int(request.match_info["size"])
        if request.query:
            response = web.StreamResponse()  # which does not say how large it is
            await response.prepare(request)
            await response.write(b"x" * size_bytes)
            return response
        return web.Response(body=b"x" * size_bytes)

    application = web.Application()
    application.router.add_get("/{size}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[PooledTransport]:
    made = PooledTransport(Allowed.of("127.0.0.0/8"), AllowedToTenants())
    made._room = Room(4 * LARGE_BYTES, 0.05)
    yield made
    await made.close()


def asking(url: str) -> Request:
    return Request(method="GET", url=url, headers={}, body=b"", limit_s=20, reply_max_bytes=3 * LARGE_BYTES)


@pytest.mark.parametrize("query", ["", "?chunked"])
async def test_a_large_reply_waits_for_room_and_a_small_one_does_not(
    site: str, transport: PooledTransport, query: str
):
    large, small = f"{site}/{2 * LARGE_BYTES}{query}", f"{site}/{LARGE_BYTES}{query}"
    async with transport._room.taken(LARGE_BYTES):
        assert len((await transport.send(asking(small))).body) == LARGE_BYTES
        with pytest.raises(Crowded):
            await transport.send(asking(large))
    transport._room = Room(4 * LARGE_BYTES, 60)
    received = await asyncio.gather(*(transport.send(asking(large)) for _ in range(5)))
    assert {len(each.body) for each in received} == {2 * LARGE_BYTES}


async def test_an_adapter_is_told_when_to_come_again(site: str, transport: PooledTransport):
    about = About(title="", docs="", source="", licence="", hosts=(site,))
    http = Http(transport, about, lambda _: None, Bearings(Mirrors.of("")), ())
    async with transport._room.taken(LARGE_BYTES):
        with pytest.raises(Failure) as failed:
            await http.get(f"{site}/{2 * LARGE_BYTES}")
    assert (failed.value.kind, failed.value.retry_after_s) == ("busy", 10.0)
    assert failed.value.may_be_done

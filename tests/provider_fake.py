"""Fakes of providers: small servers that answer as a provider's documentation says, and as it must not.

A fake knows how its provider checks what it is sent: a request that the real one would refuse is refused, so
that an adapter that is wrong fails. Any fake can be told to misbehave for the next requests.
"""

import asyncio
import gzip
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Fault = Literal["down", "slow", "garbage", "half", "limited", "huge", "bomb", "empty", "unauthorized"]
"""How a server can misbehave."""

What = Literal["delivered", "bounced", "blocked", "delayed", "complained", "opened"]
"""What can become of a message: it bounces for good, or for now; or it is tried again."""

HUGE_BYTES = 1024**3
BOMB = gzip.compress(b" " * (64 * 1024 * 1024))
LIMITED_S = 7


@dataclass(frozen=True)
class Happening:
    """What became of a message for one of its recipients, to be told as a provider tells it."""

    what: What
    address: str
    message: str
    """The sender's id of the message, which came with it; empty if it is not told."""
    provider_id: str
    """The provider's own, as its reply had it."""
    at_s: int
    """When it is told, in seconds since 1970."""


@dataclass(frozen=True)
class Hook:
    """A request with which a provider tells something."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Fake:
    """A provider's double, as its module in `fakes/` declares it."""

    service: str
    provider: str
    origin: str
    """What it stands in for: `https://api.example.com`."""
    routes: Mapping[str, Handler]
    """By method and path, as aiohttp writes them: `GET /v1/{day}`."""
    credentials: Mapping[str, Any] = field(default_factory=dict)
    """What it takes as good."""
    wrong_credentials: Mapping[str, Any] = field(default_factory=dict)
    """What it refuses; none if it takes no credentials."""
    more_origins: tuple[str, ...] = ()
    """Other hosts of the same provider, for which it stands in as well."""
    documented: str = ""
    """Where its API is described."""
    hook: Callable[[Happening], Hook] | None = None
    """How it tells what became of a message, signed; None if it does not."""


@dataclass
class RunningFake:
    """A fake that listens."""

    fake: Fake
    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Methods and paths of the requests that came."""
    queries: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """With what each was answered, as far as it was."""
    bodies: list[bytes] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    """How the next requests are answered, one after another."""
    always: Fault | None = None
    """How all others are."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def mirror(self) -> str:
        """Give the entries for `BRICKYARD_PROVIDER_URLS`."""
        return " ".join(f"{each}={self.url}" for each in (self.fake.origin, *self.fake.more_origins))


@asynccontextmanager
async def faking(*fakes: Fake) -> AsyncIterator[list[RunningFake]]:
    """Run fakes, each on a free port of this machine."""
    running = [RunningFake(fake) for fake in fakes]
    runners = [await _started(each) for each in running]
    try:
        yield running
    finally:
        for each in running:
            each.ended.set()
        for runner in runners:
            await runner.cleanup()


async def _started(running: RunningFake) -> web.AppRunner:
    application = web.Application(middlewares=[_misbehaving(running)], client_max_size=64 * 1024 * 1024)
    for route, handler in running.fake.routes.items():
        method, _, path = route.partition(" ")
        application.router.add_route(method, path, handler)
    runner = web.AppRunner(application, shutdown_timeout=0, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


def _misbehaving(running: RunningFake) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        running.asked.append(f"{request.method} {request.path}")
        running.queries.append(dict(request.query))
        running.bodies.append(await request.read())
        running.bodies.append(await request.read())
        fault = running.faults.popleft() if running.faults else running.always
        response = await (handler(request) if fault is None else _fault(fault, running, request))
        running.statuses.append(response.status)
        return response

    return middleware


async def _fault(  # noqa: PLR0911 - one for each
    fault: Fault, running: RunningFake, request: web.Request
) -> web.StreamResponse:
    match fault:
        case "down":
            return web.Response(status=500, text="upstream connect error")
        case "unauthorized":
            return web.json_response({"message": "no"}, status=401)
        case "limited":
            return web.json_response(
                {"message": "slow down"}, status=429, headers={"Retry-After": str(LIMITED_S)}
            )
        case "slow":
            await running.ended.wait()
            return web.Response()
        case "empty":
            return web.Response(body=b"", content_type="application/json")
        case "garbage":
            return web.Response(body=b'{"what": [1, {"is": "this"', content_type="application/json")
        case "bomb":
            return web.Response(
                body=BOMB, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
            )
        case "huge":
            return await _huge(running, request)
        case "half":
            return await _half(request)


async def _huge(running: RunningFake, request: web.Request) -> web.StreamResponse:
    """Send without end, as far as it is read."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    sent, piece = 0, b"[" * 65_536
    while sent < HUGE_BYTES and not running.ended.is_set():
        await response.write(piece)
        sent += len(piece)
    return response


async def _half(request: web.Request) -> web.StreamResponse:
    """Promise a reply, and close after its beginning."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"begun":')
    assert request.transport is not None
    request.transport.close()
    return response

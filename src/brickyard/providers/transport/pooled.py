"""The transport by aiohttp: pooled connections, and the guard of `engines/egress` at every new one.

Pools are shared by all who call the same host: what tells callers apart is in each request. Addresses are
checked where a socket is made for them: what is checked is what is connected to, after a redirect too.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from brickyard.engines.egress import EgressRefused
from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.client import socket_for, why
from brickyard.engines.egress.target import parse
from brickyard.providers.transport import (
    REDIRECTS_MAX,
    Broken,
    Crowded,
    Received,
    Request,
    Stream,
    TooLarge,
    TooSlow,
)
from brickyard.providers.transport.room import Room
from brickyard.providers.transport.unpack import Unpacker

if TYPE_CHECKING:
    import aiohttp

CONNECT_MAX_S = 3.0
"""How long a connection may take to be made: another provider could be asked meanwhile."""
POOL_MAX = 1024
POOL_MAX_PER_HOST = 256
LARGE_BYTES = 1024 * 1024
"""A reply is large from here on: to be read further, it takes room."""
ROOM_BYTES = 256 * 1024 * 1024
"""How much large replies may take while they are read, all together: a reply takes twice its size."""
ROOM_PATIENCE_S = 60.0
"""How long a large reply may wait for it: its provider has done the work."""
LINE_MAX_BYTES = 1024 * 1024
REST_MAX_BYTES = 64 * 1024
PART_BYTES = 16 * 1024
"""How much of a stream is read before others have their turn."""
REDIRECTS = frozenset((301, 302, 303, 307, 308))
PASSED_ON = frozenset(("accept", "accept-language", "user-agent"))


class PooledTransport:
    """HTTP over pools of connections; see the port."""

    def __init__(self, operators: Allowed, others: Allowed, proxy: str | None = None) -> None:
        """Reach the public Internet; `operators` too, and where others chose the address, `others` instead.

        What adapters name is reached by `proxy`, if there is one.
        """
        self._operators, self._others, self._proxy = operators, others, proxy
        self._sessions: dict[tuple[Allowed, bool], aiohttp.ClientSession] = {}
        self._room = Room(ROOM_BYTES, ROOM_PATIENCE_S)

    async def send(self, request: Request) -> Received:
        """Send a request; see the port."""
        for _ in range(REDIRECTS_MAX):
            received = await self._send(request)
            if received.status not in REDIRECTS or request.method != "GET":
                return received
            request = _redirected(request, received.headers.get("location", ""))
        raise Broken("It redirects from one address to another without end.", sent=True)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[Stream]:
        """Send a request and read its reply as it comes; see the port."""
        try:
            async with self._asked(request) as response:
                yield PooledStream(response, request.reply_max_bytes)
        except Broken:
            raise
        except Exception as error:
            raise _broken(error) from error

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def _send(self, request: Request) -> Received:
        try:
            async with self._asked(request) as response:
                headers = _headers(response)
                body = await _whole(response, headers, request.reply_max_bytes, self._room)
                return Received(response.status, headers, body)
        except Broken:
            raise
        except Exception as error:
            raise _broken(error) from error

    def _asked(self, request: Request) -> Any:
        import aiohttp

        try:
            url = parse(request.url)
        except ValueError as error:
            raise Broken(str(error), sent=False) from error
        allowed = self._others if request.chosen_by == "others" else self._operators
        return self._session(allowed, url.host or "", url.port or 0).request(
            request.method,
            url,
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
            proxy=self._proxy if request.chosen_by == "adapter" else None,
            timeout=aiohttp.ClientTimeout(
                total=request.limit_s, sock_connect=min(CONNECT_MAX_S, max(0.05, request.limit_s / 2))
            ),
        )

    def _session(self, allowed: Allowed, host: str, port: int) -> "aiohttp.ClientSession":
        """Give the pools for a host: nobody is given a connection that another list let be made.

        Hosts that a list names have pools of their own, without a guard.
        """
        place = (allowed, allowed.host(host, port))
        session = self._sessions.get(place)
        if session is None:
            self._sessions[place] = session = _session(partial(socket_for, allowed, trusted=place[1]))
        return session


class PooledStream:
    """A reply that is read as it comes; see the port."""

    status: int
    headers: Mapping[str, str]

    def __init__(self, response: "aiohttp.ClientResponse", size_max_bytes: int) -> None:
        """Read `response`."""
        self._response = response
        self.status, self.headers = response.status, _headers(response)
        self._unpacker = Unpacker(self.headers.get("content-encoding", ""), size_max_bytes)

    async def lines(self) -> AsyncIterator[bytes]:
        """Give its lines; see the port."""
        begun = bytearray()
        async for part in self._parts():
            first, *others = part.split(b"\n")
            begun += first
            for line in others:
                yield bytes(begun).removesuffix(b"\r")
                begun = bytearray(line)
            if len(begun) > LINE_MAX_BYTES:
                raise TooLarge("A line of what it answered is longer than is read.", sent=True)
        if begun:
            yield bytes(begun)

    async def _parts(self) -> AsyncIterator[bytes]:
        """Give it in small parts, and others their turn between them: a few bytes may unpack to millions."""
        async for piece in self._response.content.iter_any():
            unpacked = self._unpacker.feed(piece)
            for begin in range(0, len(unpacked), PART_BYTES):
                yield unpacked[begin : begin + PART_BYTES]
                await asyncio.sleep(0)

    async def rest(self) -> bytes:
        """Give what has not been read, or its beginning."""
        content = bytearray()
        async for part in self._parts():
            content += part
            if len(content) > REST_MAX_BYTES:
                break
        return bytes(content[:REST_MAX_BYTES])


def _session(socket_factory: Callable[[Any], socket.socket]) -> "aiohttp.ClientSession":
    import aiohttp

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            socket_factory=socket_factory, limit=POOL_MAX, limit_per_host=POOL_MAX_PER_HOST, ttl_dns_cache=60
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"Accept-Encoding": "gzip, deflate"},
        read_bufsize=LINE_MAX_BYTES,
    )


async def _whole(
    response: "aiohttp.ClientResponse", headers: Mapping[str, str], size_max_bytes: int, room: Room
) -> bytes:
    announced, coding = headers.get("content-length", ""), headers.get("content-encoding", "")
    if announced.isdecimal() and int(announced) > size_max_bytes:
        response.close()  # there is no use in reading the rest
        raise TooLarge("It answered more than is read.", sent=True)
    unpacker = Unpacker(coding, size_max_bytes)
    most = int(announced) if announced.isdecimal() and not coding else size_max_bytes
    pieces, size = list[bytes](), 0
    try:
        async with AsyncExitStack() as held:
            async for piece in response.content.iter_any():
                pieces.append(unpacker.feed(piece))
                if size <= LARGE_BYTES < (size := size + len(pieces[-1])):
                    await held.enter_async_context(room.taken(2 * most))
            return b"".join(pieces)
    except (TooLarge, Crowded):
        response.close()
        raise


def _headers(response: "aiohttp.ClientResponse") -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _redirected(request: Request, location: str) -> Request:
    """Give the request that a redirect asks for; another origin is not shown what is the first one's."""
    url = urljoin(request.url, location)
    same = urlsplit(url)[:2] == urlsplit(request.url)[:2]
    headers = (
        request.headers
        if same
        else {name: value for name, value in request.headers.items() if name.lower() in PASSED_ON}
    )
    return Request(
        method="GET",
        url=url,
        headers=headers,
        body=b"",
        limit_s=request.limit_s,
        chosen_by=request.chosen_by if same else "others",
        reply_max_bytes=request.reply_max_bytes,
    )


def _broken(error: Exception) -> Broken:
    """Say what went wrong, without addresses, and whether the request may have arrived."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorError):
        refused = isinstance(error.os_error, EgressRefused)
        return Broken(str(error.os_error) if refused else why(error), sent=False)
    if isinstance(error, aiohttp.InvalidURL):
        return Broken("The address cannot be read.", sent=False)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TooSlow("No connection could be made in time.", sent=False)
    if isinstance(error, TimeoutError):
        return TooSlow("It did not answer in time.", sent=True)
    if isinstance(error, aiohttp.ClientError | OSError | ValueError):
        return Broken("The connection ended without a whole reply.", sent=True)
    raise error

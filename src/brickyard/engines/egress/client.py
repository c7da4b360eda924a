"""The embedded egress: aiohttp, with a guard at the one place where every connection begins.

aiohttp asks a function of ours for each socket, with the address that it is about to connect it to. So what
is checked is what is connected to, whatever the URL looks like and however its name resolves from one
moment to the next. The connection is the call's own: none is kept that another call could be given by
mistake.
"""

import socket
from functools import partial
from typing import Any

from brickyard.engines.egress import REPLY_MAX_BYTES, Answer, Call, EgressRefused, Unreachable
from brickyard.engines.egress.address import is_public, plain
from brickyard.engines.egress.allowed import Allowed
from brickyard.engines.egress.target import check_url, not_public, parse


class GuardedEgress:
    """HTTP to the public Internet and to what is allowed besides; see the port."""

    def __init__(self, allowed: Allowed) -> None:
        """Let `allowed` be reached too."""
        self.allowed = allowed

    def check(self, url: str) -> None:
        """Raise a ValueError if `url` is no good; see the port."""
        check_url(url, self.allowed)

    async def fetch(self, call: Call) -> Answer:
        """Make a request; see the port."""
        import aiohttp

        try:
            url = parse(call.url)
        except ValueError as error:  # kept by those who were less strict
            raise EgressRefused(str(error)) from error
        trusted = self.allowed.host(url.host or "", url.port or 0)
        guarded = partial(socket_for, self.allowed, trusted=trusted)
        connector = aiohttp.TCPConnector(socket_factory=guarded, force_close=True)
        timeout = aiohttp.ClientTimeout(total=call.limit_s)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=timeout,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    auto_decompress=False,
                    skip_auto_headers=("Accept-Encoding",),
                ) as session,
                session.request(
                    call.method, url, headers=call.headers, data=call.body, allow_redirects=False
                ) as response,
            ):
                return Answer(response.status, await _beginning(response.content))
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, EgressRefused):
                raise error.os_error from error
            raise Unreachable(why(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(why(error)) from error


def socket_for(allowed: Allowed, info: Any, *, trusted: bool = False) -> socket.socket:
    """Make the socket for an address, as `getaddrinfo` gives it; `EgressRefused` if it may not be reached."""
    family, kind, protocol, _, (host, *_) = info
    address = plain(host)
    if not (trusted or allowed.address(address) or is_public(address)):
        raise EgressRefused(not_public(allowed))
    return socket.socket(family, kind, protocol)


async def _beginning(content: Any) -> bytes:
    """Read the first bytes of a reply, and leave the rest."""
    begun = bytearray()
    while len(begun) < REPLY_MAX_BYTES and (chunk := await content.read(REPLY_MAX_BYTES - len(begun))):
        begun += chunk
    return bytes(begun)


def why(error: Exception) -> str:
    """Say what went wrong without the address, which may be one that the caller must not learn."""
    import aiohttp

    if isinstance(error, TimeoutError):
        return "It did not answer in time."
    if isinstance(error, aiohttp.ClientSSLError):
        return "No TLS connection could be made: is its certificate valid?"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "Its name could not be looked up."
    if isinstance(error, aiohttp.ClientConnectorError):
        return "No connection could be made."
    return "The connection ended without a whole reply."

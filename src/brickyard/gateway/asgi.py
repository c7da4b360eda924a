"""The parts of ASGI that the gateway speaks (asgi.readthedocs.io, HTTP and WebSocket specification 2.4)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class Disconnected(Exception):  # noqa: N818 - not an error: people leave
    """The client went away before it had sent its request whole."""


def address_of(scope: Scope) -> str:
    """Give the network address that a request came from; empty if the server does not tell."""
    client = scope.get("client")
    return client[0] if client else ""

"""The transport port: HTTP to providers, by whatever client. A request in, a whole reply or a stream out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, TypeVar

import msgspec

REPLY_MAX_BYTES = 8 * 1024 * 1024
"""How large a reply may be, as it is read: unpacked, if it came packed."""
REDIRECTS_MAX = 3

Kind = TypeVar("Kind")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    limit_s: float
    """How long it may take, from the look-up of the name to the end of the reply."""
    chosen_by: Literal["adapter", "operator", "others"] = "adapter"
    """Who chose the address. Only what adapters name goes by the operator's proxy; and what others chose (a
    project, a redirect) reaches nothing of the operator's but what is open to everyone."""
    reply_max_bytes: int = REPLY_MAX_BYTES


class Received(msgspec.Struct, frozen=True):
    """A whole reply."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes

    def read(self, kind: type[Kind]) -> Kind:
        """Read its JSON; a `ValidationError` or `DecodeError` if it is none of that kind."""
        return msgspec.json.decode(self.body, type=kind)

    def text(self) -> str:
        """Give its beginning as text, for people."""
        return self.body[:500].decode("utf-8", "replace")


class Stream(Protocol):
    """A reply that is read as it comes."""

    status: int
    headers: Mapping[str, str]

    def lines(self) -> AsyncIterator[bytes]:
        """Give its lines, without their ends; `Broken` if it does not go on, or a line is too long."""
        ...

    async def rest(self) -> bytes:
        """Give what has not been read, or its beginning: it says why there is no stream."""
        ...


class Broken(Exception):  # noqa: N818 - says it
    """There was no whole reply."""

    def __init__(self, why: Any, *, sent: bool) -> None:
        """Say why, and whether the request may have arrived."""
        super().__init__(why)
        self.sent = sent


class TooSlow(Broken):
    """It was not there in time."""


class TooLarge(Broken):
    """It is larger than is read, packed or unpacked."""


class Crowded(Broken):
    """There was no room to read it."""


class Transport(Protocol):
    """Sends requests."""

    async def send(self, request: Request) -> Received:
        """Send a request and read the whole reply; redirects are followed, a few, for what may be repeated.

        Raises `Broken` if there is none: then it says whether the request may have arrived.
        """
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[Stream]:
        """Send a request and read the reply as it comes; `Broken` as above. No redirect is followed."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...

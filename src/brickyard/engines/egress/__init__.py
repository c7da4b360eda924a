"""The egress port: HTTP to addresses that others chose, which must never reach what only we can reach.

Whoever may name a URL that this cloud calls could otherwise have it call its own neighbours: the machine
itself, the private network, the metadata service of the provider (server-side request forgery).
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec

TIME_LIMIT_S = 15.0
REPLY_MAX_BYTES = 64 * 1024


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request to be made."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    limit_s: float = TIME_LIMIT_S
    """How long it may take, from the look-up of the name to the end of the reply."""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes
    """Its first `REPLY_MAX_BYTES` bytes; the rest is left unread."""


class EgressRefused(OSError):  # noqa: N818 - an OSError, as a closed port raises
    """The address is one that may not be reached."""


class Unreachable(Exception):  # noqa: N818 - says it
    """There was no answer: no such name, no connection, no TLS, or not in time."""


class Egress(Protocol):
    """Makes HTTP requests to the public Internet, and to what the operator allowed besides."""

    def check(self, url: str) -> None:
        """Raise a ValueError if `url` can be seen to be no good without looking its name up."""
        ...

    async def fetch(self, call: Call) -> Answer:
        """Make a request. A redirect is an answer like any other: it is not followed.

        Raises `EgressRefused` if the address may not be reached, `Unreachable` if there is no answer.
        """
        ...

"""The webhook port: signed messages to addresses that others chose, kept until they are there."""

from typing import Protocol

import msgspec


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message to be delivered to one address."""

    url: str
    body: bytes
    """JSON, in UTF-8."""
    secrets: tuple[str, ...]
    """What it is signed with (`whsec_…`, see `signature.py`); several while one takes another's place."""


class Status(msgspec.Struct, frozen=True):
    """What became of a delivery."""

    id: str
    """The message's id, in its header `webhook-id`: the same at every attempt."""
    url: str
    state: str
    """`waiting`, `sent` or `failed`."""
    attempts: int
    note: str
    """Why the last attempt failed."""
    created_ns: int


class Webhooks(Protocol):
    """One project's webhooks."""

    def check(self, url: str) -> None:
        """Raise a ValueError, which says why, if nothing is ever delivered to an address like this."""
        ...

    async def deliver(self, delivery: Delivery) -> str:
        """Keep a message and have it delivered; gives its id as soon as no crash can lose it.

        It arrives at least once, by the Standard Webhooks scheme. Raises a ValueError that says what is
        wrong with it, `Conflict` if the address is disabled, or `Unavailable` if too many messages are
        waiting.
        """
        ...

    async def deliveries(self, before: str = "", limit: int = 100) -> list[Status]:
        """Give what became of deliveries, newest first; those older than `before`, if it is not empty."""
        ...

    async def enable(self, url: str) -> None:
        """Deliver to an address again that was disabled because it had answered 410 Gone."""
        ...

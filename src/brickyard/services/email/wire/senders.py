"""Addresses that a project may write from."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp

Address = Annotated[str, Meta(max_length=512)]
SenderState = Literal["pending", "verified"]


class SenderInfo(Struct):
    """An address, and whether it was proven to be the project's."""

    address: str
    """The address, as it is compared: in lower case."""
    state: SenderState
    """`pending`: its code was not given to `VerifySender` yet; `verified`: `Send` takes it as `from`."""
    created_at: Timestamp
    """When it was added."""
    verified_at: Timestamp | None
    """When it was proven; null if it was not."""


class AddSenderRequest(Request):
    """An address of one's own."""

    address: Address
    """The address alone: not a whole domain. A letter with a code goes there."""


class AddSenderReply(Reply):
    """The letter is on its way."""

    address: str
    """The address, as it is compared: in lower case."""
    state: SenderState
    """`pending`; `verified` if it was proven before, and then no letter is sent."""


class VerifySenderRequest(Request):
    """Proof of an address."""

    address: Address
    """The address alone."""
    code: Annotated[str, Meta(min_length=1, max_length=100)]
    """The code in the newest letter to it: good for an hour and for five tries."""


class VerifySenderReply(Reply):
    """The address is the project's."""

    address: str
    """The address, as it is compared: in lower case."""
    state: SenderState
    """`verified`."""


class ListSendersRequest(Request):
    """Which addresses."""

    after: Address = ""
    """Only those that come after this one in the alphabet."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many at most."""


class ListSendersReply(Reply):
    """Addresses of the project's."""

    senders: list[SenderInfo]
    """In alphabetical order."""


class DeleteSenderRequest(Request):
    """Which address."""

    address: Address
    """The address alone."""


class DeleteSenderReply(Reply):
    """`Send` does not take it any more."""

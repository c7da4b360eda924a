"""What the `cache` service promises."""

from typing import Annotated

import msgspec
from msgspec import Meta

from brickyard.contract import Context, Example, Int64, Reply, Request, Service, endpoint, usd

Key = Annotated[str, Meta(min_length=1, max_length=1_024)]

VALUE_MAX_BYTES = 1_000_000
TTL_MAX_S = 100 * 366 * 24 * 3600
"""A century: longer than that is for ever."""

# JSON Schema's word for the bounds: msgspec checks none on a type of our own, so the service does.
Seconds = Annotated[Int64, Meta(extra_json_schema={"minimum": 0, "maximum": TTL_MAX_S})]


class GetRequest(Request):
    """Which value."""

    key: Key
    """The key it was set under."""


class GetReply(Reply):
    """A value; of a key that is not there, an empty one."""

    key: str
    """The key asked for."""
    value: str
    """Its value; empty if the key is not there."""
    ttl: Int64
    """Seconds it has left to live; 0 if it lives for ever, or is not there."""


class SetRequest(Request):
    """A value to keep."""

    key: Key
    """The key to keep it under."""
    value: Annotated[str, Meta(max_length=VALUE_MAX_BYTES)] = ""
    """The value: text of at most 1 000 000 bytes."""
    ttl: Seconds = Int64(0)
    """Seconds it is to live; 0 for ever."""


class SetReply(Reply):
    """It is kept."""

    status: str
    """`ok`."""


class DeleteRequest(Request):
    """What to forget."""

    key: Key
    """The key."""


class DeleteReply(Reply):
    """It is not there, or no longer."""

    status: str
    """`ok`."""


class IncrementRequest(Request):
    """A counter to raise."""

    key: Key
    """The counter's key. One that is not there begins at 0."""
    value: Int64 = Int64(0)
    """By how much."""
    ttl: Seconds = Int64(0)
    """Seconds that a counter made by this call is to live; one that is there already then keeps its own
    time. With 0 the counter lives for ever from now on."""


class IncrementReply(Reply):
    """The counter."""

    key: str
    """Its key."""
    value: Int64
    """What it stands at now."""


class DecrementRequest(Request):
    """A counter to lower."""

    key: Key
    """The counter's key. One that is not there begins at 0."""
    value: Int64 = Int64(0)
    """By how much."""
    ttl: Seconds = Int64(0)
    """As for `Increment`."""


class DecrementReply(Reply):
    """The counter."""

    key: str
    """Its key."""
    value: Int64
    """What it stands at now."""


class ListKeysRequest(Request):
    """Which keys."""

    prefix: Annotated[str, Meta(max_length=1_024)] = ""
    """How they begin; all if empty."""
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 10_000
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=1_024)] = ""
    """Where to go on: the last reply's `next_cursor`."""


class ListKeysReply(Reply):
    """Keys."""

    keys: list[str]
    """In alphabetical order (by code point)."""
    next_cursor: str | msgspec.UnsetType = msgspec.UNSET
    """There only if there are more keys: where to go on."""


class Cache(Service):
    """Keep small values by key, for a while or for good. What is kept survives a restart."""

    category = "storage"

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(("Set", SetRequest(key="foo", value="bar")),),
                request=GetRequest(key="foo"),
                reply=GetReply(key="foo", value="bar", ttl=Int64(0)),
            ),
        ),
    )
    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Get a value. A key that is not there has the empty value."""
        ...

    @endpoint(
        price=usd("0.0001"),
        examples=(
            Example(request=SetRequest(key="foo", value="bar"), reply=SetReply(status="ok")),
            Example(
                request=SetRequest(key="session", value="abc", ttl=Int64(3600)), reply=SetReply(status="ok")
            ),
        ),
    )
    async def set(self, context: Context, request: SetRequest) -> SetReply:
        """Keep a value under a key, in place of what was there."""
        ...

    @endpoint(price=0, examples=(Example(request=DeleteRequest(key="foo"), reply=DeleteReply(status="ok")),))
    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Forget a key. One that is not there is forgotten already."""
        ...

    @endpoint(
        price=0,
        examples=(
            Example(
                request=IncrementRequest(key="counter", value=Int64(2)),
                reply=IncrementReply(key="counter", value=Int64(2)),
            ),
        ),
    )
    async def increment(self, context: Context, request: IncrementRequest) -> IncrementReply:
        """Raise a counter, in one step however many do so at once."""
        ...

    @endpoint(
        price=0,
        examples=(
            Example(
                given=(("Increment", IncrementRequest(key="counter", value=Int64(2))),),
                request=DecrementRequest(key="counter", value=Int64(2)),
                reply=DecrementReply(key="counter", value=Int64(0)),
            ),
        ),
    )
    async def decrement(self, context: Context, request: DecrementRequest) -> DecrementReply:
        """Lower a counter, in one step however many do so at once."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(
                    ("Set", SetRequest(key="foo", value="bar")),
                    ("Increment", IncrementRequest(key="counter", value=Int64(2))),
                ),
                request=ListKeysRequest(),
                reply=ListKeysReply(keys=["counter", "foo"]),
            ),
        ),
    )
    async def list_keys(self, context: Context, request: ListKeysRequest) -> ListKeysReply:
        """List the keys that are there."""
        ...

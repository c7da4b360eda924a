"""What the `event` service promises."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from brickyard.contract import (
    Context,
    Example,
    JsonObject,
    Reply,
    Request,
    Service,
    SlowReader,
    Struct,
    Timestamp,
    endpoint,
)

MESSAGE_MAX_BYTES = 1024 * 1024
"""The largest message, as JSON text."""
READ_DEFAULT = 250
READ_MAX = 1_000

Topic = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"\S")]


class PublishRequest(Request):
    """An event to publish."""

    topic: Topic
    """The topic to publish to. Topics need not be made first."""
    message: JsonObject = msgspec.field(default_factory=dict[str, object])
    """Any JSON object of at most 1 MiB; it is kept and given back as it is sent."""


class PublishReply(Reply):
    """It is kept, and on its way to whoever listens."""


class ConsumeRequest(Request):
    """What to listen to, and from when."""

    topic: Topic
    """The topic to listen to."""
    group: Annotated[str, Meta(max_length=256)] = ""
    """The group to listen in. Its members share the events, each of which goes to one of them; without a
    group every stream gets every event."""
    offset: Annotated[str, Meta(max_length=64)] = ""
    """Where to begin: a time (RFC 3339) for the events published then or later, the `id` of an event for
    those after it, `earliest` (or `0`) for all that are kept. If empty, only what is published from now on
    is heard. A group that has begun goes on from its own place instead."""


class ConsumeReply(Reply):
    """An event."""

    topic: str
    """The topic it was published to."""
    id: str
    """Unique to this event (a UUID)."""
    timestamp: Timestamp
    """When it was published, to the nanosecond; no two events of a topic have the same."""
    message: JsonObject
    """What was published."""


class ReadRequest(Request):
    """Which of the events that are kept."""

    topic: Topic
    """The topic to read."""
    limit: Annotated[int, Meta(ge=0, le=READ_MAX)] = READ_DEFAULT
    """How many events at most; 250 if it is 0."""
    offset: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    """How many of the oldest events to leave out."""


class Ev(Struct):
    """An event that is kept."""

    id: str
    """Unique to this event (a UUID)."""
    timestamp: Timestamp
    """When it was published, to the nanosecond."""
    message: JsonObject
    """What was published."""


class ReadReply(Reply):
    """Events."""

    events: list[Ev]
    """The oldest first. A page of large messages ends after some 8 MiB; go on at `offset` plus its length."""


SIGNUP: JsonObject = {"id": "1", "type": "signup", "user": "john"}
PUBLISH_SIGNUP = PublishRequest(topic="user", message=SIGNUP)
EXAMPLE_ID = "123e4567-e89b-42d3-a456-426652340000"
EXAMPLE_TIME = "2026-01-02T15:04:05.123456789Z"


class Event(Service):
    """Publish events, and listen to them as they come.

    What is published is kept for 24 hours: a listener that was away goes on where it stopped, by time or
    by the last event it saw. Every listener hears every event of its topic, in order. Listeners that name
    a `group` share the work instead: each event goes to one of them, and to another one if that one leaves
    before it was sent, or is not heard of for 60 seconds. An event may therefore come twice to a
    group, and never not at all. A listener too slow for its topic is cut off, and may come back with an
    offset.
    """

    category = "messaging"
    title = "Events"

    @endpoint(price=0, examples=(Example(request=PUBLISH_SIGNUP, reply=PublishReply()),))
    async def publish(self, context: Context, request: PublishRequest) -> PublishReply:
        """Publish a message to a topic. Once it is answered, the event is on disk."""
        ...

    @endpoint(
        price=0,
        errors=(SlowReader,),
        examples=(
            Example(
                given=(("Publish", PUBLISH_SIGNUP),),
                request=ConsumeRequest(topic="user", offset="earliest"),
                reply=ConsumeReply(topic="user", id=EXAMPLE_ID, timestamp=EXAMPLE_TIME, message=SIGNUP),
                varying=("id", "timestamp"),
            ),
            Example(
                given=(("Publish", PublishRequest(topic="signups", message=SIGNUP)),),
                request=ConsumeRequest(topic="signups", group="mailers", offset="2026-01-02T15:04:05Z"),
                reply=ConsumeReply(topic="signups", id=EXAMPLE_ID, timestamp=EXAMPLE_TIME, message=SIGNUP),
                varying=("id", "timestamp"),
            ),
        ),
    )
    def consume(self, context: Context, request: ConsumeRequest) -> AsyncIterator[ConsumeReply]:
        """Listen to a topic: one message for each event, for as long as the stream is open."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                given=(("Publish", PUBLISH_SIGNUP),),
                request=ReadRequest(topic="user"),
                reply=ReadReply(events=[Ev(id=EXAMPLE_ID, timestamp=EXAMPLE_TIME, message=SIGNUP)]),
                varying=("events",),
            ),
        ),
    )
    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read the events of the last 24 hours, the oldest first."""
        ...

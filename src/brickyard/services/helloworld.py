"""The first call to make: it greets, once or as a stream."""

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from brickyard.contract import BadRequest, Context, Example, Int64, Reply, Request, Service, endpoint

MESSAGES_MAX = 1_000


class CallRequest(Request):
    """Whom to greet."""

    name: Annotated[str, Meta(max_length=1_000)] = ""
    """Who is greeted; nobody in particular if empty."""


class CallReply(Reply):
    """A greeting."""

    message: str
    """`Hello` and the name."""


class StreamRequest(Request):
    """Whom to greet, and how often."""

    name: Annotated[str, Meta(max_length=1_000)] = ""
    """Who is greeted; nobody in particular if empty."""
    messages: Annotated[Int64, Meta(extra_json_schema={"minimum": 0, "maximum": MESSAGES_MAX})] = Int64(0)
    """How many greetings to send, at most 1000; 0 means one."""


class StreamReply(Reply):
    """One greeting of the stream."""

    message: str
    """`Hello` and the name."""


class Helloworld(Service):
    """Say hello: the call to try first, with and without streaming."""

    category = "web"
    title = "Hello World"

    @endpoint(
        price=0,
        browser=True,
        repeat="safe",
        examples=(Example(request=CallRequest(name="John"), reply=CallReply(message="Hello John")),),
    )
    async def call(self, context: Context, request: CallRequest) -> CallReply:
        """Greet someone."""
        return CallReply(message=greeting(request.name))

    @endpoint(
        price=0,
        browser=True,
        examples=(
            Example(
                request=StreamRequest(name="John", messages=Int64(10)),
                reply=StreamReply(message="Hello John"),
            ),
        ),
    )
    async def stream(self, context: Context, request: StreamRequest) -> AsyncIterator[StreamReply]:
        """Greet someone several times, one message each, back to back."""
        if not 0 <= request.messages <= MESSAGES_MAX:
            raise BadRequest.at(
                "/messages", f"{request.messages} messages: from 0 to {MESSAGES_MAX} can be had."
            )
        for _ in range(max(request.messages, 1)):
            yield StreamReply(message=greeting(request.name))


def greeting(name: str) -> str:
    """Greet `name`; or whoever is there."""
    return f"Hello {name}" if name else "Hello"

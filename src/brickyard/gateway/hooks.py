"""What other systems post to addresses of their own, such as a payment processor's events.

They are no calls: nobody has a key, and what was sent is believed by its signature or not at all. So the body
is handed on as it came, to the byte.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from brickyard.contract import MethodNotAllowed, NotFound
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Receive, Scope
from brickyard.gateway.body import BodyReader
from brickyard.gateway.others import Others

PREFIX = "/hooks/"
HOOK_MAX_BYTES = 1024 * 1024
"""The largest body taken: SendGrid tells up to 768 kB at once, and nobody more."""


class Arrived(msgspec.Struct, frozen=True):
    """What was sent."""

    target: str
    """The path it was sent to, with its query."""
    headers: Mapping[str, str]
    """By names in small letters."""
    body: bytes


Hear = Callable[[Arrived], Awaitable[None]]
"""Takes in what was sent; all that follows is done when it returns."""


class Hooks:
    """Hooks by path."""

    def __init__(self, find: Callable[[str], Hear | None], others: Others) -> None:
        """Hand what comes to a path to whom `find` gives for it; be counted by `others`."""
        self._find, self._others = find, others
        self._bodies = BodyReader(HOOK_MAX_BYTES)

    def has(self, path: str) -> bool:
        """Say whether there is a hook at `path`."""
        return path.startswith(PREFIX) and self._find(path) is not None

    async def answer(self, scope: Scope, receive: Receive, request_id: str) -> Answer:
        """Answer 200 once all that follows is done; the sender tries again if that does not come.

        Raises a `Problem` if it is refused, `Disconnected` if its end never comes.
        """
        if scope["method"] != "POST":
            raise MethodNotAllowed(
                f"Events are sent here with POST, not {scope['method'][:20]}.", allow="POST"
            )
        headers = dict(scope["headers"])
        body = await self._bodies.read(headers, receive)
        hear = self._find(scope["path"])
        if hear is None:
            raise NotFound("Nobody is told anything there.")
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        query = scope["query_string"].decode("latin-1")
        await hear(Arrived(scope["path"] + (f"?{query}" if query else ""), told, body))
        self._others.hook()
        reply = [(b"content-type", b"application/json"), (b"request-id", request_id.encode())]
        return Answer(200, reply, b"{}")

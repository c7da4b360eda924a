"""What other systems post to addresses of their own, such as a payment processor's events.

They are no calls: nobody has a key, and what was sent is believed by its signature or not at all. So the body
is handed on as it came, to the byte.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from brickyard.contract import MethodNotAllowed
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Receive, Scope
from brickyard.gateway.body import BodyReader
from brickyard.gateway.others import Others

HOOK_MAX_BYTES = 256 * 1024
"""The largest body taken: several times what Stripe's largest events are."""


class Hook(msgspec.Struct, frozen=True):
    """One such address."""

    signature: bytes
    """The header that holds the signature, in small letters."""
    hear: Callable[[bytes, str], Awaitable[None]]
    """Takes a body and its signature (empty if there is none); all that follows is done when it returns."""


class Hooks:
    """Hooks by path."""

    def __init__(self, hooks: Mapping[str, Hook], others: Others) -> None:
        """Hand what comes to a path to its hook; be counted by `others`."""
        self._hooks, self._others = hooks, others
        self._bodies = BodyReader(HOOK_MAX_BYTES)

    def has(self, path: str) -> bool:
        """Say whether there is a hook at `path`."""
        return path in self._hooks

    async def answer(self, scope: Scope, receive: Receive, request_id: str) -> Answer:
        """Answer 200 once all that follows is done; the sender tries again if that does not come.

        Raises a `Problem` if it is refused, `Disconnected` if its end never comes.
        """
        if scope["method"] != "POST":
            raise MethodNotAllowed(
                f"Events are sent here with POST, not {scope['method'][:20]}.", allow="POST"
            )
        hook, headers = self._hooks[scope["path"]], dict(scope["headers"])
        body = await self._bodies.read(headers, receive)
        await hook.hear(body, headers.get(hook.signature, b"").decode("latin-1"))
        self._others.hook()
        reply = [(b"content-type", b"application/json"), (b"request-id", request_id.encode())]
        return Answer(200, reply, b"{}")

"""The short way of a call: from the parser to the gateway and back, with neither ASGI nor a queue between.

It is for calls that come whole and are answered whole, which is nearly all. What ASGI would do for them
costs more than most of them do themselves.
"""

import asyncio
import random
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol

from brickyard.contract import Problem
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Header
from brickyard.gateway.call import Call
from brickyard.gateway.connection import CLOSE, NO_TRAILERS, Cycle, HttpProtocol
from brickyard.gateway.turnstile import Tenant, Turnstile
from brickyard.platform.usage.meter import Batch

TOO_FAST = int(HTTPStatus.TOO_MANY_REQUESTS)
REST_S = 0.25
"""How long a connection is not read from after a refusal for haste, about: all do not come back at once."""


class ShortWay(Protocol):
    """What a connection asks of the gateway."""

    turnstile: Turnstile

    def begin(
        self, method: bytes, url: bytes, headers: dict[bytes, bytes], address: str, before: Call | None
    ) -> Call | None:
        """Take a call whose head has come; None if it has to go by ASGI.

        `before` is the one before it on its connection, if that went the short way.
        """
        ...

    async def answer(self, call: Call) -> tuple[Answer, Batch]:
        """Answer a call once its body is there; the answer waits for the batch. Never raises."""
        ...

    def unkept(self, call: Call, error: Exception) -> Answer:
        """Answer a call whose batch could not be kept."""
        ...

    def left(self, call: Call) -> None:
        """Hear that the client left before the call had come whole."""
        ...

    def refuse(self, problem: Problem, path: str) -> Answer:
        """Answer what could not be read as a request."""
        ...


class Exchange:
    """A call on the short way: a `Cycle` of its own kind."""

    __slots__ = ("call", "disconnected", "keep_alive", "more_body", "response_complete", "task", "tenant")

    response_started = False
    """It never is without being complete."""
    task: asyncio.Task[None]
    """What answers it, once its body is there."""
    tenant: Tenant
    """Whose call it is at the turnstile, as soon as it is there."""

    def __init__(self, call: Call, *, keep_alive: bool) -> None:
        """Wait for the body of `call`; afterwards keep the connection open, or not."""
        self.call = call
        self.keep_alive = keep_alive
        self.disconnected = False
        self.more_body = True
        self.response_complete = False


class ShortWayProtocol(HttpProtocol):
    """HTTP/1.1 where what can go the short way does, and all else goes by ASGI."""

    def __init__(self, short_way: ShortWay, **of_uvicorn: Any) -> None:
        """Read a new connection's requests, and let `short_way` answer those that it takes."""
        super().__init__(short_way.refuse, **of_uvicorn)
        self._short_way = short_way

    def on_headers_complete(self) -> None:
        """The head is whole: choose the way, and wait for the body."""
        exchange = self._exchange()
        if exchange is None:
            super().on_headers_complete()
            return
        self.head_since, self.body_since = None, self.loop.time()
        self.cycle, self.headers = exchange, NO_TRAILERS

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        cycle = self.cycle
        if type(cycle) is Exchange:
            cycle.call.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole: answer it."""
        cycle = self.cycle
        if type(cycle) is not Exchange:
            super().on_message_complete()
            return
        self.body_since, cycle.more_body = None, False
        turnstile = self._short_way.turnstile
        cycle.tenant = turnstile.tenant(cycle.call.caller.tenant)
        turnstile.enter(cycle.tenant, partial(self._begin, cycle))

    def tell_of_loss(self, cycle: Cycle) -> None:
        """Tell a request under way that its client has left."""
        super().tell_of_loss(cycle)
        if type(cycle) is Exchange and cycle.more_body:
            self._short_way.left(cycle.call)

    def _exchange(self) -> Exchange | None:
        """Take the request the short way, if it can go it and nothing is under way before it."""
        parser = self.parser
        if not self.is_idle() or self.flow.write_paused or parser.should_upgrade() or self.may_be_large():
            return None
        headers = dict(self.headers)
        if len(headers) != len(self.headers):  # what is given twice is looked at by who has the time
            return None
        address = self.client[0] if self.client else ""
        before = self.cycle.call if type(self.cycle) is Exchange else None
        call = self._short_way.begin(parser.get_method(), self.url, headers, address, before)
        if call is None:
            return None
        keep_alive = parser.should_keep_alive() and parser.get_http_version() != "1.0"
        return Exchange(call, keep_alive=keep_alive)

    def _begin(self, exchange: Exchange) -> None:
        exchange.task = self.loop.create_task(self._answer(exchange))
        self.tasks.add(exchange.task)  # the server waits for it when it stops

    async def _answer(self, exchange: Exchange) -> None:
        try:
            answer, batch = await self._short_way.answer(exchange.call)
        finally:
            self.tasks.discard(exchange.task)
        # What waits is bytes, not a task: its frames would be long out of the processor's caches.
        batch.then(partial(self._send, exchange, answer.written(self._more_headers(exchange))))
        if answer.status == TOO_FAST:
            batch.then(self._rest)

    def _rest(self, _error: Exception | None) -> None:
        """Take nothing from who calls too often for a moment: a flood is not worth refusing at its speed."""
        self.flow.pause_reading()
        self.loop.call_later(REST_S * random.uniform(0.5, 1.5), self.flow.resume_reading)  # noqa: S311 - no secret

    def _more_headers(self, exchange: Exchange) -> list[Header]:
        date = self.server_state.default_headers
        return date if exchange.keep_alive else [*date, CLOSE]

    def _send(self, exchange: Exchange, written: bytes, error: Exception | None) -> None:
        exchange.response_complete = True
        self._short_way.turnstile.leave(exchange.tenant)
        if exchange.disconnected:
            return
        if error is not None:
            answer = self._short_way.unkept(exchange.call, error)
            written = answer.written(self._more_headers(exchange))
        self.transport.write(written)
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

"""Calls over WebSocket: the first text frame is the request, each frame back is one reply.

The upgrade itself is never refused: M3O's JavaScript client ends its whole process then. It is
accepted, the problem is sent as a frame, and the socket is closed with a code that says why. That waits
a moment for the client's first frame: that client loses what comes along with the answer to its upgrade.
"""

import asyncio
from contextlib import aclosing, suppress

from brickyard.contract import BadRequest, Problem, RequestTimeout, SlowReader, Unavailable
from brickyard.gateway import refusal
from brickyard.gateway.asgi import Disconnected, Receive, Scope, Send, address_of
from brickyard.gateway.call import Call
from brickyard.gateway.credentials import key_offered, protocol_chosen
from brickyard.gateway.idempotency_key import check_absent
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.patience import OutOfPatienceError, Patience
from brickyard.gateway.pipeline import Pipeline
from brickyard.gateway.routes import Routes
from brickyard.gateway.sse import WRITE_LIMIT_S

FIRST_FRAME_LIMIT_S = 30.0
"""How long a client may take to send its request."""
REFUSAL_GRACE_S = 0.5
"""How long a refusal waits for the client's first frame."""
CLOSE_REASON_BYTES = 120  # RFC 6455 allows 123 in a control frame
NORMAL = 1000


class WebSockets:
    """Serves calls made over WebSocket."""

    def __init__(self, routes: Routes, pipeline: Pipeline, patience: Patience, streams: OpenStreams) -> None:
        """Find endpoints by `routes`, and have `pipeline` answer."""
        self._routes, self._pipeline, self._patience, self._streams = routes, pipeline, patience, streams

    async def serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Serve one socket from its upgrade to its end."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        offered: list[str] = scope.get("subprotocols") or []
        await receive()  # websocket.connect
        accept = {"type": "websocket.accept", "subprotocol": protocol_chosen(offered)}
        await send({**accept, "headers": [(b"request-id", request_id.encode())]})
        try:
            call = self._call(scope, headers, offered, request_id)
        except Problem as unknown:
            problem = self._pipeline.blame_at(scope["path"], request_id, unknown)
            await _moment(receive)
            await self._refuse(send, problem, "v1", request_id)
            return
        await self._answer(call, receive, send, scope)

    def _call(self, scope: Scope, headers: dict[bytes, bytes], offered: list[str], request_id: str) -> Call:
        if b"authorization" not in headers and offered:
            headers[b"authorization"] = b"Bearer " + key_offered(offered).encode("latin-1")
        return Call(
            self._routes.find(scope["path"]), request_id, headers, scope["query_string"], address_of(scope)
        )

    async def _answer(self, call: Call, receive: Receive, send: Send, scope: Scope) -> None:
        try:
            await self._admit(call, receive)
            call.body = await self._first_frame(receive)
            await self._pipeline.admit(call)  # the key may have been revoked meanwhile
        except Disconnected:
            self._pipeline.finish(call, 499)
            return
        except Problem as problem:
            told = await self._pipeline.conclude(call, problem) or problem
            await self._refuse(send, told, call.operation.id, call.request_id)
            return
        if not call.operation.endpoint.stream:
            await self._answer_once(call, send, scope)
            return
        feeder = asyncio.create_task(self._feed(call, send, scope))
        leaving = asyncio.create_task(_departure(receive))
        try:
            await asyncio.wait((feeder, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (feeder, leaving):
                task.cancel()
            await asyncio.gather(feeder, leaving, return_exceptions=True)

    async def _admit(self, call: Call, receive: Receive) -> None:
        try:
            if self._streams.stopping:
                raise Unavailable("The server is stopping. Connect again.")
            await self._pipeline.admit(call)
            check_absent(call)
        except Problem:
            await _moment(receive)
            raise

    async def _first_frame(self, receive: Receive) -> bytes:
        try:
            with self._patience.at_most(FIRST_FRAME_LIMIT_S):
                message = await receive()
        except OutOfPatienceError as error:
            raise RequestTimeout(
                f"No request came within {FIRST_FRAME_LIMIT_S:g} s: send it as the first text frame."
            ) from error
        if message["type"] != "websocket.receive":
            raise Disconnected
        text = message.get("text")
        if text is None:
            raise BadRequest("The request must be a text frame, not a binary one.")
        return text.encode()

    async def _answer_once(self, call: Call, send: Send, scope: Scope) -> None:
        """Do a call that is no stream to its end, as over HTTP: who leaves pays for what was done.

        The reply goes out once the call's record is kept.
        """
        reply, problem = b"", None
        try:
            reply = await self._pipeline.answer(call)
        except Exception as error:  # noqa: BLE001 - the last net, as for any call
            problem = self._pipeline.blame(call, error)
        problem = await self._pipeline.conclude(call, problem)
        try:
            with self._patience.at_most(WRITE_LIMIT_S):
                if problem is None:
                    with suppress(OSError):  # the server's way of saying that the client has gone
                        await send({"type": "websocket.send", "text": reply.decode()})
                await self._close(call, send, problem)
        except OutOfPatienceError:
            scope["abort"]()

    async def _feed(self, call: Call, send: Send, scope: Scope) -> None:
        try:
            with self._streams.opened(call):
                problem = await self._written(call, send)
        except asyncio.CancelledError:  # the reader left
            self._pipeline.finish(call, 499)
            raise
        await self._conclude(call, problem, send, scope)

    async def _conclude(self, call: Call, problem: Problem | None, send: Send, scope: Scope) -> None:
        problem = await self._pipeline.conclude(call, problem)
        try:
            with self._patience.at_most(WRITE_LIMIT_S):
                await self._close(call, send, problem)
        except OutOfPatienceError:
            scope["abort"]()

    async def _written(self, call: Call, send: Send) -> Problem | None:
        """Write every reply; gives what stopped it before its end."""
        try:
            async with aclosing(self._pipeline.stream(call)) as replies:
                async for reply in replies:
                    with self._patience.at_most(WRITE_LIMIT_S):
                        await send({"type": "websocket.send", "text": reply.decode()})
        except OutOfPatienceError:
            return _slow()
        except asyncio.CancelledError:
            if reason := self._streams.why_ended():
                return reason
            raise
        except OSError:  # the server's way of saying that the client has gone
            return None
        except Exception as error:  # noqa: BLE001 - the last net, as for any call
            return self._pipeline.blame(call, error)
        return None

    async def _close(self, call: Call, send: Send, problem: Problem | None) -> None:
        if problem is None:
            with suppress(OSError):
                await send({"type": "websocket.close", "code": NORMAL})
            return
        await self._refuse(send, problem, call.operation.id, call.request_id)

    async def _refuse(self, send: Send, problem: Problem, where: str, request_id: str) -> None:
        text = refusal.body_of(problem, where, request_id).decode()
        with suppress(OSError):
            await send({"type": "websocket.send", "text": text})
            reason = problem.detail.encode()[:CLOSE_REASON_BYTES].decode(errors="ignore")
            await send({"type": "websocket.close", "code": problem.close_code, "reason": reason})


def _slow() -> SlowReader:
    return SlowReader(f"The reader took nothing for {WRITE_LIMIT_S:g} s.")


async def _moment(receive: Receive) -> None:
    """Give the client a moment to send its first frame, and so to be ready to listen."""
    with suppress(TimeoutError):
        await asyncio.wait_for(receive(), REFUSAL_GRACE_S)


async def _departure(receive: Receive) -> None:
    """Wait until the client leaves; what it sends meanwhile means nothing."""
    while (await receive())["type"] != "websocket.disconnect":
        pass

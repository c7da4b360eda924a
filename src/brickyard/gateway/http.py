"""Calls over HTTP. Streams, WebSockets and pages branch off to files of their own."""

from dataclasses import dataclass
from http import HTTPStatus

from brickyard.contract import MethodNotAllowed, NotFound, Problem
from brickyard.gateway import replay
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Disconnected, Header, Receive, Scope, Send, address_of
from brickyard.gateway.body import BodyReader
from brickyard.gateway.call import Call
from brickyard.gateway.compress import WORTH_IT_BYTES, compress
from brickyard.gateway.cross_origin import ANY_ORIGIN, PREFLIGHT, cross_origin
from brickyard.gateway.hooks import Hooks
from brickyard.gateway.idempotency_key import HEADER, check_single
from brickyard.gateway.money import told
from brickyard.gateway.once import Once
from brickyard.gateway.operation import Operation
from brickyard.gateway.pages import Pages
from brickyard.gateway.pipeline import Pipeline
from brickyard.gateway.refusal import refused
from brickyard.gateway.request_id import RequestIds
from brickyard.gateway.routes import Routes
from brickyard.gateway.sse import HttpStreams
from brickyard.gateway.turnstile import STRANGERS, STRANGERS_WEIGHT, Turnstile, weight_of
from brickyard.gateway.websocket import WebSockets
from brickyard.platform.caller import NOBODY
from brickyard.platform.usage.meter import Batch

Headers = dict[bytes, bytes]

CALL_METHODS = frozenset(("POST", "GET"))
SHORT_WAY_METHODS = frozenset((b"POST", b"GET"))
SHORT_WAY_MAX_BYTES = 64 * 1024
"""How large a body may be to be taken in before its key is looked at."""
LONG_WAY_HEADERS = frozenset((b"expect", b"transfer-encoding", b"content-encoding"))
"""What says of a body that it does not simply come."""


@dataclass(frozen=True)
class Branches:
    """Where what is no plain call goes on."""

    pages: Pages
    streams: HttpStreams
    sockets: WebSockets
    once: Once
    """Calls under keys of their callers' own."""
    hooks: Hooks
    """What other systems post to."""


class Gateway:
    """The front door: as an ASGI application, and the short way for calls that come and go whole."""

    def __init__(
        self,
        routes: Routes,
        pipeline: Pipeline,
        bodies: BodyReader,
        branches: Branches,
    ) -> None:
        """Put the parts together."""
        self._routes, self._pipeline, self._bodies, self._branches = routes, pipeline, bodies, branches
        self._ids, self.turnstile = RequestIds(), Turnstile()
        self._short_way_max_bytes = min(SHORT_WAY_MAX_BYTES, bodies.size_max_bytes)

    def begin(
        self, method: bytes, url: bytes, headers: Headers, address: str, before: Call | None
    ) -> Call | None:
        """Take a call by its head if it can go the short way: plain, small, and from a known key.

        `before` is the one before it on its connection, if that went the short way.
        """
        operation = self._routes.plain.get(url)
        if (
            operation is None
            or method not in SHORT_WAY_METHODS
            or not LONG_WAY_HEADERS.isdisjoint(headers)
            or b"host" not in headers
            or int(headers.get(b"content-length", b"0")) > self._short_way_max_bytes
        ):
            return None
        call = Call(operation, self._ids.next(), headers, b"", address)
        return call if self._pipeline.knows(call, before) else None

    async def answer(self, call: Call) -> tuple[Answer, Batch]:
        """Answer a call that was let in, and whose body is there. What is rare is elsewhere.

        The answer may go out once the batch that holds the call's record is kept.
        """
        headers = call.headers
        try:
            if not self._pipeline.still_admits(call):  # the body may have taken its time
                await self._pipeline.admit(call)
            if HEADER in headers:
                return await self._once(call)
            body = await self._pipeline.answer(call)
        except Exception as error:  # noqa: BLE001 - the last net: whatever breaks, the caller hears of it
            return self._failed(call, error)
        batch = self._pipeline.finish(call, 200, reply=body)
        reply: list[Header] = [
            *call.operation.headers,
            (b"request-id", call.request_id.encode()),
            *told(call),
        ]
        if len(body) >= WORTH_IT_BYTES and b"accept-encoding" in headers:
            body, coding = await compress(body, headers[b"accept-encoding"])
            reply += coding
        if b"origin" in headers:
            reply += cross_origin(call)
        return Answer(200, reply, body), batch

    def left(self, call: Call) -> None:
        """Note that a client left before its call had come whole."""
        self._pipeline.finish(call, 499)

    def unkept(self, call: Call, error: Exception) -> Answer:
        """Answer a call that was done, and of which no record could be kept."""
        return self._refused(call, self._pipeline.blame(call, error))

    def refuse(self, problem: Problem, path: str) -> Answer:
        """Answer what could not be read as a request; as far as is known, it was one of `path`."""
        request_id = self._ids.next()
        return refused(self._pipeline.blame_at(path, request_id, problem), "v1", request_id, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one WebSocket, whatever it is."""
        operation = self._routes.spelled.get(scope["path"])
        if operation is None or scope["type"] != "http" or scope["method"] not in CALL_METHODS:
            await self._other(scope, receive, send)
        else:
            await self._call(operation, scope, receive, send)

    async def _call(self, operation: Operation, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, whose key is looked at before its body is taken."""
        headers: Headers = dict(scope["headers"])
        call = Call(operation, self._ids.next(), headers, scope["query_string"], address_of(scope))
        try:
            if not self._pipeline.knows(call):
                async with self.turnstile.passed(STRANGERS, STRANGERS_WEIGHT):
                    await self._pipeline.admit(call)
            call.body = await self._bodies.read(headers, receive)
            if len(call.body) > SHORT_WAY_MAX_BYTES:
                await self._pipeline.pace(call)
            turn = self.turnstile.passed(call.caller.tenant, weight_of(call.body))
            if operation.endpoint.stream:
                async with turn:
                    pass  # a stream may be open for long
                await self._branches.streams.serve(call, scope, receive, send)
                return
            async with turn:
                if HEADER in headers:
                    check_single(scope["headers"])
                answered = await self.answer(call)
        except Disconnected:
            self.left(call)
            return
        except Exception as error:  # noqa: BLE001 - as in `answer`
            answered = self._failed(call, error)
        await self._deliver(call, *answered, send)

    async def _once(self, call: Call) -> tuple[Answer, Batch]:
        """Answer a call under an `Idempotency-Key`."""
        with self._pipeline.within_limits(call):
            outcome = await self._branches.once.outcome(call)
        batch = self._pipeline.finish_once(call, outcome)
        return await replay.answer(call, outcome), batch

    async def _deliver(self, call: Call, answer: Answer, batch: Batch, send: Send) -> None:
        try:
            await batch.kept()
        except Exception as error:  # noqa: BLE001 - as in `answer`
            answer = self.unkept(call, error)
        await answer.deliver(send)

    def _failed(self, call: Call, error: Exception) -> tuple[Answer, Batch]:
        problem = self._pipeline.blame(call, error)
        return self._refused(call, problem), self._pipeline.finish(call, problem.status, problem=problem)

    def _refused(self, call: Call, problem: Problem) -> Answer:
        where = call.operation.id if problem.status != HTTPStatus.UNAUTHORIZED else "v1"
        answer = refused(problem, where, call.request_id, call.headers, cross_origin(call))
        return answer if call.caller is NOBODY else answer.with_headers(told(call))

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is not a call whose path was seen before."""
        if scope["type"] == "websocket":
            await self._branches.sockets.serve(scope, receive, send, self._ids.next())
            return
        request_id = self._ids.next()
        try:
            if self._branches.hooks.has(scope["path"]):
                await (await self._branches.hooks.answer(scope, receive, request_id)).deliver(send)
                return
            operation = await self._page_or_operation(scope, send, request_id)
        except Disconnected:
            return
        except Exception as error:  # noqa: BLE001 - the last net, for pages
            problem = self._pipeline.blame_at(scope["path"][:100], request_id, error)
            await refused(problem, "v1", request_id, dict(scope["headers"])).deliver(send)
            return
        if operation is not None:
            await self._call(operation, scope, receive, send)

    async def _page_or_operation(self, scope: Scope, send: Send, request_id: str) -> Operation | None:
        path: str = scope["path"]
        if not path.startswith("/v1/") or path == "/v1/":
            await self._page(scope, dict(scope["headers"]), send, request_id)
            return None
        if scope["method"] == "OPTIONS":
            reply = [*PREFLIGHT, (b"request-id", request_id.encode())]
            await send({"type": "http.response.start", "status": 204, "headers": reply})
            await send({"type": "http.response.body"})
            return None
        operation = self._routes.find(path)
        if scope["method"] not in CALL_METHODS:
            raise MethodNotAllowed(f"Calls are made with POST (or GET), not {scope['method'][:20]}.")
        return operation

    async def _page(self, scope: Scope, headers: Headers, send: Send, request_id: str) -> None:
        if scope["method"] not in {"GET", "HEAD"} and self._branches.pages.has(scope["path"]):
            raise MethodNotAllowed(
                f"{scope['path'][:100]!r} is a page: it is read with GET.", allow="GET, HEAD"
            )
        page = await self._branches.pages.find(scope["path"], scope["query_string"].decode("latin-1"))
        if page is None:
            raise NotFound(
                "There is no such page. Calls are made to /v1/{service}/{endpoint}, with /v1 in small"
                " letters; /docs lists them."
            )
        body, coding = await compress(page.body, headers.get(b"accept-encoding", b""))
        reply = [
            (b"content-type", page.content_type),
            (b"content-length", b"%d" % len(body)),
            *coding,
            *page.headers,
        ]
        reply += [(b"request-id", request_id.encode()), *ANY_ORIGIN]
        await send({"type": "http.response.start", "status": page.status, "headers": reply})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

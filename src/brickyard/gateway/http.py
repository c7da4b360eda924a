"""Calls over HTTP: the ASGI application. Streams, WebSockets and pages branch off to files of their own."""

from http import HTTPStatus

from brickyard.contract import MethodNotAllowed, NotFound
from brickyard.gateway.asgi import Disconnected, Header, Receive, Scope, Send
from brickyard.gateway.body import BodyReader
from brickyard.gateway.call import Call
from brickyard.gateway.compress import WORTH_IT_BYTES, compress
from brickyard.gateway.operation import Operation
from brickyard.gateway.pages import Pages
from brickyard.gateway.pipeline import Pipeline
from brickyard.gateway.refusal import CROSS_ORIGIN, refuse
from brickyard.gateway.request_id import RequestIds
from brickyard.gateway.routes import Routes
from brickyard.gateway.sse import HttpStreams
from brickyard.gateway.websocket import WebSockets

Headers = dict[bytes, bytes]

JSON: Header = (b"content-type", b"application/json")
PREFLIGHT: list[Header] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, accept, idempotency-key, traceparent"),
    (b"access-control-max-age", b"86400"),
]
CALL_METHODS = frozenset(("POST", "GET"))


class Gateway:
    """The front door as an ASGI application."""

    def __init__(
        self,
        routes: Routes,
        pipeline: Pipeline,
        bodies: BodyReader,
        pages: Pages,
        streams: HttpStreams,
        sockets: WebSockets,
    ) -> None:
        """Put the parts together."""
        self._routes, self._pipeline, self._bodies, self._pages = routes, pipeline, bodies, pages
        self._streams, self._sockets = streams, sockets
        self._ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or serve one WebSocket."""
        operation = self._routes.spelled.get(scope["path"])
        if operation is None or scope["type"] != "http" or scope["method"] not in CALL_METHODS:
            await self._other(scope, receive, send)
        else:
            await self._call(operation, scope, receive, send)

    async def _call(self, operation: Operation, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call. The hot path: what is rare is elsewhere."""
        headers: Headers = dict(scope["headers"])
        call = Call(operation, self._ids.next(), headers, scope["query_string"])
        try:
            if not self._pipeline.knows(call):
                await self._pipeline.admit(call)
            if b"expect" in headers:
                self._bodies.check_head(headers)  # before it is told to go on
            message = await receive()
            if message["type"] != "http.request" or message["more_body"] or b"content-encoding" in headers:
                message = await self._bodies.rest(message, headers, receive)
            call.body = self._bodies.bounded(message["body"])
            if operation.endpoint.stream:
                await self._streams.serve(call, scope, receive, send)
                return
            body = await self._pipeline.answer(call)
        except Exception as error:  # noqa: BLE001 - the last net: whatever breaks, the caller hears of it
            await self._failed(call, error, headers, send)
            return
        reply: list[Header] = [JSON, (b"request-id", call.request_id.encode())]
        if len(body) >= WORTH_IT_BYTES and b"accept-encoding" in headers:
            body, coding = await compress(body, headers[b"accept-encoding"])
            reply += coding
        if b"origin" in headers:
            reply += CROSS_ORIGIN
        reply.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": reply})
        await send({"type": "http.response.body", "body": body})
        self._pipeline.finish(call, 200)

    async def _failed(self, call: Call, error: Exception, headers: Headers, send: Send) -> None:
        if isinstance(error, Disconnected):
            self._pipeline.finish(call, 499)
            return
        problem = self._pipeline.blame(call, error)
        self._pipeline.finish(call, problem.status)
        where = call.operation.id if problem.status != HTTPStatus.UNAUTHORIZED else "v1"
        await refuse(send, problem, where, call.request_id, headers)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is not a call whose path was seen before."""
        if scope["type"] == "websocket":
            await self._sockets.serve(scope, receive, send, self._ids.next())
            return
        request_id = self._ids.next()
        try:
            operation = await self._page_or_operation(scope, send, request_id)
        except Exception as error:  # noqa: BLE001 - the last net, for pages
            problem = self._pipeline.blame_at(scope["path"][:100], request_id, error)
            await refuse(send, problem, "v1", request_id, dict(scope["headers"]))
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
        if scope["method"] not in {"GET", "HEAD"}:
            raise MethodNotAllowed(
                f"{scope['path'][:100]!r} is a page: it is read with GET.", allow="GET, HEAD"
            )
        page = await self._pages.find(scope["path"], scope["query_string"].decode("latin-1"))
        if page is None:
            raise NotFound(
                "There is no such page. Calls are made to /v1/{service}/{endpoint}; /docs lists them."
            )
        body, coding = await compress(page.body, headers.get(b"accept-encoding", b""))
        reply = [
            (b"content-type", page.content_type),
            (b"content-length", b"%d" % len(body)),
            *coding,
            *page.headers,
        ]
        reply += [(b"request-id", request_id.encode()), *CROSS_ORIGIN]
        await send({"type": "http.response.start", "status": page.status, "headers": reply})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

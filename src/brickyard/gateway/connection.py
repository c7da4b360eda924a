"""One connection: uvicorn's reading of HTTP/1.1 and WebSocket, and what it lacks for hostile networks.

uvicorn lets a client hold a connection for nothing (a head without end, a body that never comes), lets
fields behind the body pass for its headers, loses the body of a request that offers an upgrade (`curl
--http2`, Java's client), and forgets a call under way once the next was sent behind it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from brickyard.contract import BadRequest, PayloadTooLarge, Problem, RequestTimeout
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Header

CLOSE: Header = (b"connection", b"close")
WEBSOCKET_VERSION: Header = (b"sec-websocket-version", b"13")  # RFC 6455, section 4.4: what is spoken instead
HEAD_LIMIT_S = 10.0
"""How long the head of a request (request line and headers) may take to arrive."""
IDLE_LIMIT_S = 75.0
"""How long a connection may stay open between requests."""
HEAD_MAX_BYTES = 64 * 1024
"""How large the head may be."""
WRAPPING_MAX = 8
"""How many bytes may be sent for each byte of the largest body: chunks have sizes, and what is too large
is read on for a while, so that its sender lives to see the answer."""

Refuse = Callable[[Problem, str], Answer]
"""Answers what could not be read as a request, as far as its path is known; and notes that it did."""


class _NoTrailers(list[tuple[bytes, bytes]]):
    """Where headers go that come behind a body: nowhere."""

    def append(self, _header: tuple[bytes, bytes], /) -> None:
        """Forget it."""


NO_TRAILERS = _NoTrailers()


class Cycle(Protocol):
    """A request and its answer, as a connection sees them."""

    keep_alive: bool
    """Whether the connection stays open afterwards."""
    disconnected: bool
    """Whether the client has left."""
    more_body: bool
    """Whether the body has still to come, or to come to its end."""
    response_started: bool
    response_complete: bool


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose requests are bounded in time and size."""

    parser: httptools.HttpRequestParser
    cycle: Cycle | None  # type: ignore[assignment]  # as it is in truth: there is none at first
    """The newest request."""
    head_since: float | None = None
    """When the head under way began to be waited for; None outside of heads."""
    body_since: float | None = None
    """When the body under way began to be waited for; None outside of bodies."""
    idle_since = 0.0
    """When the last request was answered."""
    message_bytes = 0
    """How much of the request under way has come, but for what came along with the one before it."""
    piece_bytes = 0
    """How much came last."""
    missing_bytes = 0
    """How much of the request under way may be missing in `message_bytes`, at most."""
    url = b""

    def __init__(self, refuse: Refuse, **of_uvicorn: Any) -> None:
        """Read a new connection's requests; `refuse` answers what is none."""
        super().__init__(**of_uvicorn)
        self._refusal = refuse

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a head."""
        super().connection_made(transport)
        self.head_since = self.loop.time()
        self._earlier: deque[Cycle] = deque()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every call under way, not the last one only."""
        self.connections.discard(self)
        for cycle in (*self._earlier, self.cycle):
            if cycle is not None and not cycle.response_complete:
                self.tell_of_loss(cycle)
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment]  # as in uvicorn: it refers to this object

    def data_received(self, data: bytes) -> None:
        """Read on, within bounds."""
        self.piece_bytes = len(data)
        if self.head_since is not None or self.body_since is not None:
            self.message_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            reason = error.__context__  # what was raised by a method that the parser called
            unread = BadRequest("This is not HTTP as the server speaks it (RFC 9112).")
            self._refuse(reason if isinstance(reason, Problem) else unread)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        if self.message_bytes > HEAD_MAX_BYTES:
            self._refuse_if_too_large()

    def on_message_begin(self) -> None:
        """Begin to wait for the next head of a connection kept open."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        if self.head_since is None:
            self.head_since, self.message_bytes = self.loop.time(), 1
            self.missing_bytes = self.piece_bytes

    def on_headers_complete(self) -> None:
        """The head is whole: wait for the body."""
        self._check_head()
        self.head_since = None
        self.scope = self._scope()  # type: ignore[assignment]  # ASGI's, with `abort` beside
        if self.parser.should_upgrade():
            return  # the parser stops here, and `_upgrade` goes on
        earlier = self.cycle
        super().on_headers_complete()
        self.body_since = self.loop.time()
        self.headers = NO_TRAILERS
        if self.pipeline and earlier is not None:
            self._remember(earlier)

    def on_message_complete(self) -> None:
        """The request is whole: stop waiting."""
        if not self.parser.should_upgrade():
            self.body_since = None
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with what was sent behind the request that was answered.

        An idle connection is closed by `cut_if_late`: uvicorn sets a timer for each request.
        """
        self.idle_since = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def cut_if_late(self, now: float, body_limit_s: float) -> None:
        """End the connection if its request has been under way, or none has come, for too long."""
        if self.head_since is not None:
            if now - self.head_since > HEAD_LIMIT_S:
                self._refuse(
                    RequestTimeout(f"The head of the request did not arrive within {HEAD_LIMIT_S:g} s.")
                )
        elif self.body_since is not None:
            if now - self.body_since > body_limit_s:
                self._refuse(RequestTimeout(f"The body did not arrive within {body_limit_s:g} s."))
        elif self.is_idle() and now - self.idle_since > IDLE_LIMIT_S:
            self.transport.close()

    def is_idle(self) -> bool:
        """Say whether every request so far is answered."""
        return self.cycle is None or self.cycle.response_complete

    def tell_of_loss(self, cycle: Cycle) -> None:
        """Tell a request under way that its client has left."""
        cycle.disconnected = True
        if isinstance(cycle, RequestResponseCycle):
            cycle.message_event.set()

    def _scope(self) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.parser.get_method().decode("ascii"),
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state,
            "abort": self.transport.abort,  # for readers that stall
        }

    def may_be_large(self) -> bool:
        """Say whether the head may be larger than is taken: to count it would cost more."""
        return self.message_bytes + self.missing_bytes > HEAD_MAX_BYTES

    def _check_head(self) -> None:
        if self.may_be_large():
            lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
            if len(self.url) + lines > HEAD_MAX_BYTES:
                raise self._large_head()
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts != 1 and (hosts or self.parser.get_http_version() == "1.1"):
            raise BadRequest("A request has one Host header (RFC 9112, section 3.2).")

    def _large_head(self) -> BadRequest:
        return BadRequest(f"The head of the request is larger than {HEAD_MAX_BYTES} bytes.")

    def _refuse_if_too_large(self) -> None:
        body_max_bytes = self.config.ws_max_size
        if self.head_since is not None:
            self._refuse(self._large_head())
        elif (
            self.body_since is not None
            and self.message_bytes > HEAD_MAX_BYTES + WRAPPING_MAX * body_max_bytes
        ):
            self._refuse(PayloadTooLarge(f"The body is larger than {body_max_bytes} bytes."))

    def _refuse(self, problem: Problem) -> None:
        """End the connection: with an answer, if none was given and none is under way."""
        if self.cycle is not None and self._answering(self.cycle):
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        answered = self.body_since is not None and self.is_idle()
        if self.message_bytes and not answered and not self.transport.is_closing():
            self.transport.write(self._refusal(problem, _path(self.url)).written([CLOSE]))
        self.transport.close()

    def _answering(self, newest: Cycle) -> bool:
        if newest.response_complete:
            return False
        return bool(self.pipeline) or newest.response_started or not newest.more_body

    def _remember(self, cycle: Cycle) -> None:
        """Keep in mind a call that has others queued behind it, until it is answered."""
        while self._earlier and self._earlier[0].response_complete:
            self._earlier.popleft()
        self._earlier.append(cycle)

    def _upgrade(self, rest: bytes) -> None:
        """Become a WebSocket; or pass over an upgrade to anything else, as RFC 9110, 7.8, lets us."""
        if self.scope["method"] == "GET" and self._should_upgrade():
            self.handle_websocket_upgrade()
        elif self.scope["method"] == "CONNECT":
            self._refuse(BadRequest("This server is no proxy."))
        else:
            self._read_again(rest)

    def _read_again(self, rest: bytes) -> None:
        """Read a request once more without its Upgrade header, for whose sake the parser skipped its body."""
        lines = [f"{self.scope['method']} ".encode() + self.url + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join((*lines, b"", rest)))


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket whose connection can be cut when its reader stalls."""

    def __init__(self, refuse: Refuse, **of_uvicorn: Any) -> None:
        """Read an upgraded connection; `refuse` answers an upgrade that is none."""
        super().__init__(**of_uvicorn)
        self._refusal = refuse

    def data_received(self, data: bytes) -> None:
        """Read on; answer an upgrade that cannot be read, which else would be waited on for ever."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            self._refuse("", self.conn.handshake_exc)

    def handle_connect(self, event: Any) -> None:
        """Let the application cut the connection."""
        self.conn.accept(event)
        if self.conn.handshake_exc is not None:
            self._refuse(event.path, self.conn.handshake_exc)
            return
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["abort"] = self.transport.abort  # type: ignore[typeddict-unknown-key]  # as for HTTP

    def _refuse(self, target: str, reason: Exception) -> None:
        self.handshake_complete = self.close_sent = True
        problem = BadRequest(f"This is no upgrade to WebSocket (RFC 6455): {str(reason)[:200]}.")
        answer = self._refusal(problem, _path(target.encode("latin-1", "replace")))
        self.transport.write(answer.written([CLOSE, WEBSOCKET_VERSION]))
        self.transport.close()


def _path(target: bytes) -> str:
    """Give the path of a request's target: what follows it may hold anything."""
    return target.partition(b"?")[0].decode("latin-1")

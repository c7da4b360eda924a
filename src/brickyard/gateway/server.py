"""The server: uvicorn with uvloop and httptools, and what it lacks for hostile networks.

It leaves two ways open to hold a connection for nothing: to send the head of a request one byte a
minute, and to send a head without end. Both are closed here. And it stops streams before it waits for
calls in flight, so that stopping takes as long as a call, not as long as a stream.
"""

import asyncio
import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from brickyard.contract import RequestTimeout
from brickyard.gateway.asgi import ASGIApplication
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.refusal import body_of
from brickyard.gateway.request_id import RequestIds

HEAD_LIMIT_S = 10.0
"""How long the head of a request (request line and headers) may take to arrive."""
BODY_LIMIT_S = 30.0
"""How long its body may take after that."""
HEAD_MAX_BYTES = 64 * 1024
"""How large the head may be."""
IDLE_LIMIT_S = 75
"""How long a connection may stay open between requests."""
GRACE_S = 20
"""How long calls in flight may take to finish when the server stops."""


LATE = (
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%b"
)


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose requests are bounded in time, and whose heads are bounded in size."""

    head_since: float | None = None
    """When the head under way began to be waited for; None outside of heads."""
    body_since: float | None = None
    """When the body under way began to be waited for; None outside of bodies."""
    head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a head."""
        super().connection_made(transport)
        self.head_since = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Count what comes before the head is whole."""
        if self.head_since is not None:
            self.head_bytes += len(data)
            if self.head_bytes > HEAD_MAX_BYTES + len(data):
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to wait for the next head of a connection kept open."""
        super().on_message_begin()
        self.scope["abort"] = self.transport.abort  # type: ignore[typeddict-unknown-key]  # for readers that stall
        if self.head_since is None:
            self.head_since, self.head_bytes = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """The head is whole: wait for the body."""
        self.head_since, self.body_since = None, self.loop.time()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole: stop waiting."""
        self.body_since = None
        super().on_message_complete()

    def cut_if_late(self, now: float, body_limit_s: float) -> None:
        """End the connection if its request has been under way for too long."""
        if self.head_since is not None and now - self.head_since > HEAD_LIMIT_S:
            self._cut(f"The head of the request did not arrive within {HEAD_LIMIT_S:g} s.")
        elif self.body_since is not None and now - self.body_since > body_limit_s:
            self._cut(f"The body did not arrive within {body_limit_s:g} s.")

    def _cut(self, detail: str) -> None:
        if self.head_bytes and not self.transport.is_closing():
            body = body_of(RequestTimeout(detail), "v1", RequestIds().next())
            self.transport.write(LATE % (len(body), body))
        self.transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket whose connection can be cut when its reader stalls."""

    def handle_connect(self, event: Any) -> None:
        """Let the application cut the connection."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["abort"] = self.transport.abort  # type: ignore[typeddict-unknown-key]  # as for HTTP


class Server(uvicorn.Server):
    """Serves the gateway until it is told to stop."""

    def __init__(
        self,
        application: ASGIApplication,
        streams: OpenStreams,
        address: tuple[str, int],
        *,
        body_max_bytes: int,
        body_limit_s: float = BODY_LIMIT_S,
    ) -> None:
        """Listen on `address` (host, port; port 0 for any free one) once started."""
        self._streams, self._body_limit_s = streams, body_limit_s
        self.listening = asyncio.Event()
        """Set once calls are answered, or will never be."""
        super().__init__(
            uvicorn.Config(
                application,
                host=address[0],
                port=address[1],
                loop="uvloop",
                http=HttpProtocol,
                ws=WebSocketProtocol,
                ws_max_size=body_max_bytes,
                ws_ping_interval=15.0,
                ws_ping_timeout=60.0,
                ws_per_message_deflate=False,  # its windows would cost each stream some 50 KB
                lifespan="off",
                access_log=False,
                server_header=False,
                log_config=None,
                backlog=2048,
                timeout_keep_alive=IDLE_LIMIT_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        try:
            await super().startup(sockets)
        finally:
            self.listening.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; at once when asked a second time.

        uvicorn would raise the signal again after stopping, and so end the process before the files
        are closed.
        """
        self.force_exit = self.should_exit
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Look for late requests once a second."""
        if counter % 10 == 0:  # uvicorn ticks ten times a second
            self._cut_late_requests()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams first, then wait for calls."""
        self._streams.stop()
        await super().shutdown(sockets)

    def _cut_late_requests(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpProtocol):
                connection.cut_if_late(now, self._body_limit_s)

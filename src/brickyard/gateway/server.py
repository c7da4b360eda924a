"""The server: uvicorn with uvloop and httptools, on connections that bear hostile networks.

It stops streams before it waits for calls in flight, so that stopping takes as long as a call, not as
long as a stream.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from types import FrameType
from typing import Any, cast

import msgspec
import uvicorn

from brickyard.contract import Problem
from brickyard.engines.jobs import Supervisor
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import ASGIApplication
from brickyard.gateway.connection import HttpProtocol, WebSocketProtocol
from brickyard.gateway.exchange import ShortWay, ShortWayProtocol
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.refusal import refused

BODY_LIMIT_S = 30.0
"""How long the body of a request may take to arrive, once its head has."""
GOODBYE_S = 2
"""How long streams may take to tell their readers that they end."""
GRACE_S = 20
"""How long calls in flight may take to finish when the server stops."""


class Limits(msgspec.Struct, frozen=True):
    """What a server bears."""

    body_max_bytes: int
    """How large the body of a request may be."""
    body_limit_s: float = BODY_LIMIT_S
    drain_s: float = 0.0
    """How long calls are still taken after a stop was asked for."""


class Server(uvicorn.Server):
    """Serves the gateway until it is told to stop."""

    def __init__(
        self,
        application: ASGIApplication,
        streams: OpenStreams,
        address: tuple[str, int],
        limits: Limits,
        short_way: ShortWay | None = None,
    ) -> None:
        """Listen on `address` (host, port; port 0 for any free one) once started.

        What `short_way` does not take, or everything if there is none, goes by ASGI to `application`.
        """
        refuse = _unnoted if short_way is None else short_way.refuse
        protocol: Any = (
            partial(HttpProtocol, refuse) if short_way is None else partial(ShortWayProtocol, short_way)
        )
        self._streams, self._limits = streams, limits
        self._drained_at = float("inf")
        self._jobs: Supervisor | None = None
        self._begin: Callable[[], Awaitable[object]] | None = None
        self._finish: Callable[[], Awaitable[None]] | None = None
        self.listening = asyncio.Event()
        """Set once calls are answered, or will never be."""
        super().__init__(
            uvicorn.Config(
                application,
                host=address[0],
                port=address[1],
                loop="uvloop",
                http=protocol,
                ws=cast("Any", partial(WebSocketProtocol, refuse)),
                ws_max_size=limits.body_max_bytes,
                ws_ping_interval=15.0,
                ws_ping_timeout=60.0,
                ws_per_message_deflate=False,  # its windows would cost each stream some 50 KB
                lifespan="off",
                access_log=False,
                server_header=False,
                log_config=None,
                backlog=2048,
                proxy_headers=False,  # nobody asks where a call came from
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def work_beside(self, jobs: Supervisor) -> None:
        """Have `jobs` done for as long as calls are answered."""
        self._jobs = jobs

    def before_listening(self, begin: Callable[[], Awaitable[object]]) -> None:
        """Have `begin` called, and its end waited for, before the first call is taken."""
        self._begin = begin

    def when_answered(self, finish: Callable[[], Awaitable[None]]) -> None:
        """Have `finish` called when the last call is answered, before background work ends."""
        self._finish = finish

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen and to work, and say so."""
        try:
            if self._begin is not None:
                await self._begin()
            await super().startup(sockets)
            if self.started and self._jobs is not None:
                self._jobs.start()
        finally:
            self.listening.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; at once when asked a second time.

        uvicorn would raise the signal again after stopping, and so end the process before the files
        are closed.
        """
        self.force_exit = self.should_exit
        self.should_exit = self._streams.leaving = True

    async def on_tick(self, counter: int) -> bool:
        """Look for late requests once a second; when told to stop, say so before it is done."""
        if counter % 10 == 0:  # uvicorn ticks ten times a second
            self._cut_late_requests()
        return await super().on_tick(counter) and (self.force_exit or self._has_drained())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams first, then wait for calls, and for what is done in the background."""
        if ending := self._streams.stop():  # uvicorn would close sockets before they can say why
            await asyncio.wait(ending, timeout=GOODBYE_S)
        await super().shutdown(sockets)
        if self._finish is not None:
            await self._finish()
        if self._jobs is not None:
            await self._jobs.stop()

    def _has_drained(self) -> bool:
        """Whether those who send calls here have had `drain_s` to see that it stops, and to go elsewhere."""
        now = asyncio.get_running_loop().time()
        self._streams.leaving = True
        self._drained_at = min(self._drained_at, now + self._limits.drain_s)
        return now >= self._drained_at

    def _cut_late_requests(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpProtocol):
                connection.cut_if_late(now, self._limits.body_limit_s)


def _unnoted(problem: Problem, _path: str) -> Answer:
    """Answer what could not be read where there is no gateway to note it, as when bare HTTP is measured."""
    return refused(problem, "v1", "", {})

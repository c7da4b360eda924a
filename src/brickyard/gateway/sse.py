"""Streams over plain HTTP: server-sent events for who accepts them, else JSON objects one after another."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from brickyard.contract import Problem, SlowReader, Unavailable
from brickyard.gateway import refusal
from brickyard.gateway.accept import accepts
from brickyard.gateway.asgi import Header, Receive, Scope, Send
from brickyard.gateway.call import Call
from brickyard.gateway.cross_origin import cross_origin
from brickyard.gateway.idempotency_key import check_absent
from brickyard.gateway.money import served
from brickyard.gateway.openstreams import OpenStreams
from brickyard.gateway.patience import OutOfPatienceError, Patience
from brickyard.gateway.pipeline import Pipeline

HEARTBEAT_S = 15.0
FIRST_SIGN_S = 0.1
"""After so much silence a reader is told that its stream is open; what is refused is refused before."""
WRITE_LIMIT_S = 10.0
"""How long one piece of a stream may wait for its reader."""

EVENT_STREAM: list[Header] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # or nginx would hold events back
]
OBJECTS: list[Header] = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


class HttpStreams:
    """Serves streaming calls made with POST or GET."""

    def __init__(self, pipeline: Pipeline, patience: Patience, streams: OpenStreams) -> None:
        """Take replies from `pipeline`; wait for readers with `patience`; be counted in `streams`."""
        self._pipeline, self._patience, self._streams = pipeline, patience, streams

    async def serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one streaming call, until it ends or its reader leaves.

        What goes wrong before the first reply is raised; after it, it is the stream's last event.
        """
        check_absent(call)
        if self._streams.stopping:
            raise Unavailable("The server is stopping. Connect again.")
        replies = self._pipeline.stream(call)
        events = accepts(call.headers.get(b"accept", b""), b"text/event-stream")
        writer = (EventWriter if events else ObjectWriter)(send, call)
        feeder = asyncio.create_task(self._feed(call, replies, writer))
        try:
            await self._accompany(feeder, writer, receive)
        except OutOfPatienceError:
            scope["abort"]()  # its buffers are full and would be held for as long as it stays
            await receive()
        finally:
            feeder.cancel()
            await asyncio.gather(feeder, return_exceptions=True)

    async def _feed(self, call: Call, replies: AsyncGenerator[bytes], writer: "ObjectWriter") -> None:
        try:
            with self._streams.opened(call):
                problem = await self._written(call, replies, writer)
        except asyncio.CancelledError:  # the reader left
            self._pipeline.finish(call, 499)
            raise
        if problem is not None and not writer.started:
            raise problem
        problem = await self._pipeline.conclude(call, problem)
        with self._patience.at_most(WRITE_LIMIT_S):
            await writer.end(problem)

    async def _written(
        self, call: Call, replies: AsyncGenerator[bytes], writer: "ObjectWriter"
    ) -> Problem | None:
        """Write every reply; gives what stopped it before its end."""
        try:
            async with aclosing(replies):
                async for reply in replies:
                    with self._patience.at_most(WRITE_LIMIT_S):
                        await writer.write(reply)
        except OutOfPatienceError:
            return SlowReader(f"The reader took nothing for {WRITE_LIMIT_S:g} s.")
        except asyncio.CancelledError:
            if reason := self._streams.why_ended():
                return reason
            raise
        except Exception as error:  # noqa: BLE001 - the last net, as for any call
            return self._pipeline.blame(call, error)
        return None

    async def _accompany(self, feeder: asyncio.Task[None], writer: "ObjectWriter", receive: Receive) -> None:
        """Keep an idle stream alive, and notice when its reader leaves."""
        leaving = asyncio.ensure_future(receive())
        silence_s = FIRST_SIGN_S
        try:
            while not feeder.done() and not leaving.done():
                await asyncio.wait((feeder, leaving), timeout=silence_s, return_when=asyncio.FIRST_COMPLETED)
                silence_s = HEARTBEAT_S
                if not (feeder.done() or leaving.done() or writer.waiting):
                    with self._patience.at_most(WRITE_LIMIT_S):
                        await writer.heartbeat()
            if feeder.done():
                feeder.result()
        finally:
            leaving.cancel()


class ObjectWriter:
    """Writes JSON objects one after another, a line each."""

    headers = OBJECTS

    def __init__(self, send: Send, call: Call) -> None:
        """Write through `send`."""
        self._send, self._call = send, call
        self.started = False
        self.waiting = False
        """Whether something is being written, for which the reader may have to make room."""

    async def write(self, reply: bytes) -> None:
        """Write one reply."""
        await self._chunk(reply + b"\n")

    async def heartbeat(self) -> None:
        """Show the reader that the stream is alive: white space between objects."""
        await self._chunk(b"\n")

    async def end(self, problem: Problem | None) -> None:
        """End the stream; with what stopped it, if anything did."""
        last = b"" if problem is None else self._said(problem) + b"\n"
        await self._chunk(last)
        await self._send({"type": "http.response.body"})

    def _said(self, problem: Problem) -> bytes:
        return refusal.body_of(problem, self._call.operation.id, self._call.request_id)

    async def _chunk(self, data: bytes) -> None:
        self.waiting = True
        try:
            if not self.started:
                self.started = True
                headers = [
                    *self.headers,
                    (b"request-id", self._call.request_id.encode()),
                    *cross_origin(self._call),
                    *(served(self._call.served) if self._call.served is not None else []),
                ]
                await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        finally:
            self.waiting = False


class EventWriter(ObjectWriter):
    """Writes server-sent events (HTML Living Standard, section 9.2)."""

    headers = EVENT_STREAM

    async def write(self, reply: bytes) -> None:
        """Write one reply as an event. JSON has no raw line breaks, so one line holds it."""
        await self._chunk(b"data: " + reply + b"\n\n")

    async def heartbeat(self) -> None:
        """Show the reader that the stream is alive: a comment."""
        await self._chunk(b": heartbeat\n\n")

    def _said(self, problem: Problem) -> bytes:
        return b"event: error\ndata: " + super()._said(problem) + b"\n"

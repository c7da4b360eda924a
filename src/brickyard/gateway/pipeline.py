"""The life of one call, from its key to its reply; the same for HTTP, WebSocket and server-sent events.

Read it from top to bottom: who calls, may they, what do they ask, do it, say it. Where limits and money
come in is marked; they are the control plane's, and the pipeline will ask it one question there.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import sha256

import msgspec

from brickyard.contract import (
    Context,
    Forbidden,
    Internal,
    Problem,
    Reply,
    Request,
    Service,
    UnsupportedMediaType,
)
from brickyard.contract.words import encode_word
from brickyard.gateway import decode, parameters
from brickyard.gateway.access import AccessLog
from brickyard.gateway.call import Call, Door
from brickyard.gateway.credentials import token_of
from brickyard.gateway.furnish import Furnisher
from brickyard.gateway.operation import Operation
from brickyard.gateway.others import Others, shown_path
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.scope import covers

DOORS_MAX = 50_000
"""Pairs of key and endpoint whose way in is remembered."""

JSON_TYPES = frozenset((b"application/json", b"application/json; charset=utf-8", b""))

_encode = msgspec.json.Encoder(enc_hook=encode_word).encode


class Pipeline:
    """Answers calls."""

    def __init__(self, keyring: Keyring, furnisher: Furnisher, log: AccessLog, others: Others) -> None:
        """Know callers by `keyring`, get services from `furnisher`, and write every call to `log`.

        What is refused and is no call is counted by `others`.
        """
        self._keyring, self._furnisher, self._log, self._others = keyring, furnisher, log, others
        self._doors: dict[tuple[bytes, Operation], Door] = {}

    def knows(self, call: Call) -> bool:
        """Let a call in whose way in is remembered: one hash and one look-up; False if it is not."""
        door = self._doors.get((sha256(call.authorization).digest(), call.operation))
        if door is None or door.generation != self._keyring.generation:
            return False
        if door.caller.expires_ns is not None:
            self._keyring.check_time(door.caller)
        call.door = door
        return True

    async def admit(self, call: Call) -> None:
        """Let a call in, or raise why not: 401 for its key, 403 for its scopes."""
        if not self.knows(call):
            door = await self._open(call)
            self._keyring.check_time(door.caller)
            if len(self._doors) >= DOORS_MAX:
                self._doors.clear()
            self._doors[sha256(call.authorization).digest(), call.operation] = call.door = door
        # Rate limit, price and budget hold: the control plane's question goes here, and its
        # settlement into `finish`.

    async def answer(self, call: Call) -> bytes:
        """Do an admitted call, and give its reply as JSON. Every `Problem` is the caller's to hear."""
        request = _read(call)
        reply: Reply = await call.door.method(_context(call), request)
        return _encode(reply)

    async def stream(self, call: Call) -> AsyncGenerator[bytes]:
        """Do an admitted streaming call, and give each reply of it as JSON."""
        request = _read(call)
        await self._check_again(call)
        replies: AsyncGenerator[Reply] = call.door.method(_context(call), request)
        async with aclosing(replies):
            async for reply in replies:
                await self._check_again(call)
                yield _encode(reply)

    def finish(self, call: Call, status: int) -> None:
        """Count a call that has ended, and log it."""
        ended = time.perf_counter()
        call.operation.timings.add(status, ended - call.started)
        self._log.call(call, status, ended)

    def blame(self, call: Call, error: Exception) -> Problem:
        """Give what the caller is told of an error: itself if it is a problem, else that it was our fault."""
        return self._problem(call.operation.id, call.request_id, error)

    def blame_at(self, path: str, request_id: str, error: Exception) -> Problem:
        """Do so for what is no call, and count and log it, as `finish` does for calls."""
        problem = self._problem(shown_path(path), request_id, error)
        self._others.refused(path, problem, request_id)
        return problem

    def _problem(self, where: str, request_id: str, error: Exception) -> Problem:
        if isinstance(error, Problem):
            return error
        self._log.crash(where, request_id, error)
        return Internal(f"Something broke here. It has been logged under {request_id}.")

    async def _check_again(self, call: Call) -> None:
        """Raise if the key is no longer good: before the stream was among the open ones, nobody told it."""
        if call.door.generation == self._keyring.generation:
            self._keyring.check_time(call.door.caller)
        else:
            await self.admit(call)

    async def _open(self, call: Call) -> Door:
        generation = self._keyring.generation
        caller = await self._keyring.caller(token_of(call.authorization))
        operation, endpoint = call.operation, call.operation.endpoint
        if not covers(caller.scopes, endpoint.service, endpoint.name, control_plane=operation.control_plane):
            raise Forbidden(
                f"The key's scopes ({', '.join(caller.scopes)}) do not cover {operation.path[4:]}."
            )
        service: Service = self._furnisher.service(endpoint.service, caller.project)
        return Door(caller, generation, getattr(service, endpoint.method))  # here a name becomes code


def _context(call: Call) -> Context:
    caller = call.door.caller
    return Context(call.request_id, caller.project, caller.key_id, caller.scopes, call.trace_id)


def _read(call: Call) -> Request:
    if not call.query and call.content_type in JSON_TYPES:
        return decode.read(call.operation, call.body)
    return _read_loosely(call)


def _read_loosely(call: Call) -> Request:
    """Read a form, or a query string merged with a body; the body wins."""
    kind = call.content_type.partition(b";")[0].strip().lower()
    looks_like_json = call.body.lstrip()[:1] == b"{"  # what `curl -d` sends calls itself a form
    if kind == b"application/x-www-form-urlencoded" and not looks_like_json:
        return decode.convert_text(call.operation, parameters.parse(call.query), parameters.parse(call.body))
    if kind.startswith((b"multipart/", b"image/", b"application/octet-stream")):
        raise UnsupportedMediaType(
            f"The body is {kind.decode('latin-1')}; calls are made with application/json."
        )
    if not call.query:
        return decode.read(call.operation, call.body)
    return decode.convert_text(call.operation, parameters.parse(call.query), body=decode.parse(call.body))

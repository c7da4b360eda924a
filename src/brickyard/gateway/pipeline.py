"""The life of one call, from its key to its reply; the same for HTTP, WebSocket and server-sent events.

Read it from top to bottom: who calls, may they, what do they ask, do it, say it. Where limits and money
come in is marked; they are the control plane's, and the pipeline will ask it one question there.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from hashlib import sha256
from http import HTTPStatus

import msgspec

from brickyard.contract import (
    Context,
    Forbidden,
    Internal,
    Problem,
    Reply,
    Request,
    Served,
    Service,
    Unauthorized,
    UnsupportedMediaType,
)
from brickyard.contract.words import encode_word
from brickyard.engines.clock import Clock
from brickyard.gateway import decode, parameters
from brickyard.gateway.call import Call, Door
from brickyard.gateway.credentials import token_of
from brickyard.gateway.furnish import Furnisher
from brickyard.gateway.journal import Journal
from brickyard.gateway.money import max_cost
from brickyard.gateway.operation import Operation
from brickyard.gateway.others import shown_path
from brickyard.gateway.problem_record import Told, told_of, with_problem
from brickyard.gateway.proxies import Proxies
from brickyard.platform.admission import Admission, Terms
from brickyard.platform.caller import NOBODY, Caller
from brickyard.platform.caller.callers import Callers
from brickyard.platform.idempotency.outcome import Outcome
from brickyard.platform.key.scope import EVERYTHING, covers
from brickyard.platform.usage.meter import Batch
from brickyard.platform.usage.record import CallRecord

BROKEN = int(HTTPStatus.INTERNAL_SERVER_ERROR)
"""From here on a status says that it is our fault."""
DOORS_MAX = 50_000
"""Pairs of key and endpoint whose way in is remembered."""

LEFT = (GeneratorExit, asyncio.CancelledError, Unauthorized, Forbidden)
"""What ends a stream whose reader leaves, or whose key ends: that is the reader's doing, too."""

JSON_TYPES = frozenset((b"application/json", b"application/json; charset=utf-8", b""))

_encode = msgspec.json.Encoder(enc_hook=encode_word).encode


class Pipeline:
    """Answers calls."""

    proxies: Proxies | None = None
    """Whom to believe whose calls they hand on; None to believe nobody."""

    def __init__(
        self, callers: Callers, admission: Admission, furnisher: Furnisher, journal: Journal, clock: Clock
    ) -> None:
        """Tell `callers` apart, ask `admission` for their terms, get services from `furnisher`.

        All of it is written in the `journal`.
        """
        self._callers, self._admission, self._furnisher = callers, admission, furnisher
        self._journal, self._clock, self._used = journal, clock, callers.used
        self._doors: dict[tuple[bytes, Operation], Door] = {}

    def knows(self, call: Call, before: Call | None = None) -> bool:
        """Let a call in whose way in is remembered: one hash and one look-up; False if it is not.

        After one `before` it on its connection that came the same way, not even that.
        """
        if (
            before is not None
            and before.operation is call.operation
            and before.authorization == call.authorization
            and self._lets_in(call, before.door)
        ):
            return True
        door = self._doors.get((sha256(call.authorization).digest(), call.operation))
        return door is not None and self._lets_in(call, door)

    def _lets_in(self, call: Call, door: Door) -> bool:
        caller = door.caller
        if caller.origins is not None and not caller.may_call_from(call.headers.get(b"origin")):
            return False
        call.door, call.caller = door, caller
        return self.still_admits(call)

    def still_admits(self, call: Call) -> bool:
        """Look once more at a call let in before: False if its key has expired, or may have been revoked."""
        door = call.door
        return door.generation == self._callers.generation and not (
            door.caller.expires_ns is not None and self._callers.has_expired(door.caller)
        )

    async def admit(self, call: Call) -> None:
        """Let a call in, or raise why not: 401 for its key, 403 for its scopes."""
        if not self.knows(call):
            door = await self._open(call)
            self._callers.check_time(door.caller)
            if len(self._doors) >= DOORS_MAX:
                self._doors.clear()
            self._doors[sha256(call.authorization).digest(), call.operation] = call.door = door
            call.caller = door.caller

    async def answer(self, call: Call) -> bytes:
        """Do an admitted call, and give its reply as JSON. Every `Problem` is the caller's to hear."""
        request, terms = self.read(call), call.door.terms
        if terms is None:
            reply: Reply = await call.door.method(self._context(call), request)
        else:
            visit = call.visit = await self._admission.begin(
                terms, max_cost(call.headers), call.operation.asks(request)
            )
            try:
                reply = await call.door.method(self._context(call), request)
            except BaseException:
                visit.end(succeeded=False)
                raise
            call.cost = visit.end(succeeded=True, served=call.served)
        body = _encode(reply)
        call.bytes_out = len(body)
        return body

    def read(self, call: Call) -> Request:
        """Read what a call asks; a `Problem` says what is wrong with it."""
        max_cost(call.headers)
        return _read(call)

    async def pace(self, call: Call) -> None:
        """Let a large call wait, if its account sends more than is taken; `TooManyRequests` if far more."""
        gauge = call.door.terms and call.door.terms.gauge
        if gauge is not None and gauge.pace is not None:
            wait_s = gauge.pace.wait_s(time.monotonic(), len(call.body))
            if wait_s > 0:
                await asyncio.sleep(wait_s)

    @contextmanager
    def within_limits(self, call: Call) -> Generator[None]:
        """Count a call among those under way; `TooManyRequests` if it is one too many."""
        gauge = call.door.terms and call.door.terms.gauge
        if gauge is None:
            yield
            return
        gauge.enter(time.monotonic())
        try:
            yield
        finally:
            gauge.leave()

    @asynccontextmanager
    async def paid(self, call: Call, request: Request) -> AsyncGenerator[None]:
        """Have what a call costs paid for what is done within, unless that fails; its limits are kept to."""
        terms = call.door.terms
        async with self._on_terms(call, request, terms and msgspec.structs.replace(terms, gauge=None)):
            yield

    async def perform(self, call: Call, request: Request) -> Reply:
        """Do an admitted call that was read before, and give its reply."""
        reply: Reply = await call.door.method(self._context(call), request)
        return reply

    async def stream(self, call: Call) -> AsyncGenerator[bytes]:
        """Do an admitted streaming call, and give each reply of it as JSON."""
        request = self.read(call)
        await self._check_again(call)
        async with self._on_terms(call, request, call.door.terms):
            replies: AsyncGenerator[Reply] = call.door.method(self._context(call), request)
            async with aclosing(replies):
                async for reply in replies:
                    await self._check_again(call)
                    body = _encode(reply)
                    call.bytes_out += len(body)
                    yield body

    @asynccontextmanager
    async def _on_terms(self, call: Call, request: Request, terms: Terms | None) -> AsyncGenerator[None]:
        """Let a call in on its terms, and settle what it has cost: nothing, if it fails."""
        if terms is None:
            yield
            return
        asked = call.operation.asks(request)
        visit = call.visit = await self._admission.begin(terms, max_cost(call.headers), asked)
        try:
            yield
        except LEFT:  # what was read by then is paid for
            metered = call.served is not None and call.served.cost is not None
            call.cost = visit.end(succeeded=metered, served=call.served)
            raise
        except BaseException:
            visit.end(succeeded=False)
            raise
        call.cost = visit.end(succeeded=True, served=call.served)

    def finish(
        self,
        call: Call,
        status: int,
        replay_of: str = "",
        problem: Problem | Told | None = None,
        reply: bytes = b"",
    ) -> Batch:
        """Count a call that has ended, and have a record of it kept; gives the batch it is kept in."""
        seconds, now_ns = time.perf_counter() - call.started, self._clock.now_ns()
        caller = call.caller
        call.operation.timings.add(status, seconds)
        self._used[caller.key_id or caller.session] = caller
        draw = call.visit and call.visit.draw
        record = _record(call, status, seconds, now_ns, replay_of)
        if problem is not None:
            record = with_problem(record, problem)
        batch = self._journal.meter.keep(record, draw.tab if draw is not None else None)
        if caller.project and call.door.bodies_until_ns > now_ns:
            secret = call.operation.endpoint.declaration.secret
            self._journal.bodies.put(batch.bodies, record, call.body, b"" if secret else reply)
        return batch

    def finish_once(self, call: Call, outcome: Outcome) -> Batch:
        """Finish a call that is done once, or was given an earlier one's outcome."""
        call.bytes_out = len(outcome.body)
        replay_of = "" if outcome.request_id == call.request_id else outcome.request_id
        failed = outcome.status >= HTTPStatus.BAD_REQUEST
        problem = told_of(outcome.body) if failed else None
        return self.finish(call, outcome.status, replay_of, problem, outcome.body)

    async def conclude(self, call: Call, problem: Problem | None) -> Problem | None:
        """Finish a stream that was ended by `problem`, or by itself; gives what its reader is told."""
        try:
            await self.finish(call, 200 if problem is None else problem.status, problem=problem).kept()
        except Exception as error:  # noqa: BLE001 - the last net, as for any call
            return self.blame(call, error)
        return problem

    def blame(self, call: Call, error: Exception) -> Problem:
        """Give what the caller is told of an error: itself if it is a problem, else that it was our fault."""
        return self._problem(call.operation.id, call.request_id, error)

    def blame_at(self, path: str, request_id: str, error: Exception) -> Problem:
        """Do so for what is no call, and count and log it, as `finish` does for calls."""
        problem = self._problem(shown_path(path), request_id, error)
        self._journal.others.refused(path, problem, request_id)
        return problem

    def _problem(self, where: str, request_id: str, error: Exception) -> Problem:
        if isinstance(error, Problem):
            return error
        self._journal.log.crash(where, request_id, error)
        return Internal(f"Something broke here. It has been logged under {request_id}.")

    def _context(self, call: Call) -> Context:
        caller = call.door.caller
        if call.operation.by_providers:
            call.served = Served()
        return Context(
            call.request_id,
            caller.project,
            caller.key_id,
            caller.scopes,
            call.trace_id,
            caller.account,
            caller.session,
            self.address(call),
            _agent(call) if call.operation.control_plane else "",
            caller.role,
            caller.environment,
            call.operation.id,
            call.once,
            call.served,
        )

    def address(self, call: Call) -> str:
        """Give where a call comes from, as far as those who hand it on are believed."""
        return call.address if self.proxies is None else self.proxies.client(call.address, call.headers)

    async def _check_again(self, call: Call) -> None:
        """Raise if the key is no longer good: before the stream was among the open ones, nobody told it."""
        if not self.still_admits(call):
            await self.admit(call)

    async def _open(self, call: Call) -> Door:
        generation = self._callers.generation
        endpoint = call.operation.endpoint
        caller = NOBODY
        if not endpoint.declaration.public:
            caller = await self._callers.caller(token_of(call.authorization))
            _check_scope(caller, call.operation)
            _check_page(caller, call)
        terms = await self._admission.terms(caller, endpoint.id)
        service: Service = self._furnisher.service(endpoint.service, caller.tenant)
        bodies_until_ns = await self._journal.bodies.until_ns(caller.project) if caller.project else 0
        method = getattr(service, endpoint.method)  # a name becomes code
        return Door(caller, generation, method, terms, bodies_until_ns)


def _check_scope(caller: Caller, operation: Operation) -> None:
    endpoint = operation.endpoint
    if caller.session:
        if operation.control_plane:  # which decides by the account's roles
            return
        raise Forbidden(f"A session manages the cloud; {operation.path[4:]} is called with a project's key.")
    if not covers(caller.scopes, endpoint.service, endpoint.name, control_plane=operation.control_plane):
        raise Forbidden(_out_of_scope(caller, operation))


def _out_of_scope(caller: Caller, operation: Operation) -> str:
    refusal = f"The key's scopes ({', '.join(caller.scopes)}) do not cover {operation.path[4:]}"
    if not operation.control_plane:
        return f"{refusal}."
    why = ": `*` leaves out what manages the cloud" if EVERYTHING in caller.scopes else ""
    return f"{refusal}{why}. A key with the scope `{operation.endpoint.service}` may call it, or a session."


def _check_page(caller: Caller, call: Call) -> None:
    """Refuse a publishable key in the pages of others, and beyond what is safe for end users."""
    if caller.origins is None:
        return
    if not call.operation.endpoint.declaration.browser:
        raise Forbidden(
            f"{call.operation.path[4:]} is not for publishable keys: call it from a server, by a secret one."
        )
    if not caller.may_call_from(call.headers.get(b"origin")):
        raise Forbidden(
            "A publishable key works in the pages that it is for, and the header `Origin` names none of them."
            " Add the page's origin to the key, or call from a server with a secret key."
        )


def _agent(call: Call) -> str:
    return call.headers.get(b"user-agent", b"").decode("latin-1")


def _record(call: Call, status: int, seconds: float, now_ns: int, replay_of: str) -> CallRecord:
    caller = call.caller
    return CallRecord(
        now_ns / 1e9,
        "info" if status < BROKEN else "error",
        "call",
        call.operation.id,
        status,
        seconds * 1000,
        call.request_id,
        len(call.body),
        call.bytes_out,
        caller.tenant,
        caller.key_id,
        int(call.cost),
        provider="" if call.served is None else call.served.provider,
        trace_id=call.trace_id,
        replay_of=replay_of,
    )


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

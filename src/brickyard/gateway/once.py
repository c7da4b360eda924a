"""Calls under an `Idempotency-Key`: done once, and answered as often as they are made.

Within this process, repeats wait for the one that does the call; other processes, and crashes, are met by the
claim in the database. The work goes on when its caller leaves: who comes back gets its reply.
"""

import asyncio
from collections.abc import Callable

import msgspec

from brickyard.contract import IdempotencyConflict, Problem, Reply, Request, Unavailable
from brickyard.engines.sql.witness import witnessed
from brickyard.gateway import refusal
from brickyard.gateway.call import Call
from brickyard.gateway.idempotency_key import named
from brickyard.gateway.pipeline import Pipeline
from brickyard.platform.idempotency.claim import Claim
from brickyard.platform.idempotency.claims import Claims
from brickyard.platform.idempotency.named import Named, Place
from brickyard.platform.idempotency.outcome import Outcome, is_final

WAIT_MAX_S = 30.0
"""How long a repeat waits for the call that is being done."""
LOOK_FIRST_S, LOOK_MAX_S = 0.02, 0.5
"""How often it looks for one that another process does: less and less often."""


class Running(msgspec.Struct, frozen=True):
    """A call being done here."""

    named: Named
    task: asyncio.Task[Outcome]


class Once:
    """Does calls under keys, each once."""

    def __init__(self, pipeline: Pipeline, claims: Claims) -> None:
        """Do calls by `pipeline`, and keep what they were answered with in `claims`."""
        self._pipeline, self._claims = pipeline, claims
        self._running: dict[Place, Running] = {}

    async def outcome(self, call: Call) -> Outcome:
        """Do an admitted call, or give what it was answered with before. Raises what is not kept."""
        name, request = named(call, self._pipeline.address(call)), self._pipeline.read(call)
        call.once = name.key.hex()
        running = self._running.get(name.place)
        if running is None:
            return await asyncio.shield(self._begin(call, name, request))
        if running.named.fingerprint != name.fingerprint:
            raise IdempotencyConflict(
                "Another request to the same endpoint is being done under this Idempotency-Key"
                f" ({running.named.request_id}). Take a new key for a new request."
            )
        done, _ = await asyncio.wait((running.task,), timeout=WAIT_MAX_S)
        if not done:
            raise _still_running(running.named.request_id)
        return running.task.result()

    def _begin(self, call: Call, name: Named, request: Request) -> asyncio.Task[Outcome]:
        task = asyncio.create_task(self._first(call, name, request))
        self._running[name.place] = Running(name, task)
        task.add_done_callback(self._forget(name.place))
        return task

    def _forget(self, place: Place) -> Callable[[asyncio.Task[Outcome]], None]:
        def forget(task: asyncio.Task[Outcome]) -> None:
            del self._running[place]
            if not task.cancelled():
                task.exception()  # whoever asked for it may have gone: then nobody else looks at it

        return forget

    async def _first(self, call: Call, name: Named, request: Request) -> Outcome:
        taken = await self._take(name)
        if isinstance(taken, Outcome):
            return taken
        staying = asyncio.create_task(taken.stay())
        try:
            outcome = await self._done(call, taken, request)
        except Problem as problem:
            outcome = await self._refused(call, taken, problem)
        finally:
            staying.cancel()
            await asyncio.gather(staying, return_exceptions=True)
        return outcome

    async def _take(self, name: Named) -> Claim | Outcome:
        """Claim a call, or wait for its outcome if another process does it."""
        loop, wait_s = asyncio.get_running_loop(), LOOK_FIRST_S
        ends_at = loop.time() + WAIT_MAX_S
        while (taken := await self._claims.take(name)) is None:
            if loop.time() >= ends_at:
                raise _still_running("in another process")
            await asyncio.sleep(wait_s)
            wait_s = min(LOOK_MAX_S, wait_s * 2)
        return taken

    async def _done(self, call: Call, claim: Claim, request: Request) -> Outcome:
        async with self._pipeline.paid(call, request):
            reply = await self._reply(call, claim, request)
            outcome = Outcome.of(reply, call.request_id)
            if reply != claim.reply:
                await claim.keep(outcome)
        return outcome

    async def _reply(self, call: Call, claim: Claim, request: Request) -> Reply:
        try:
            with witnessed(claim):
                return await self._pipeline.perform(call, request)
        except Exception as error:
            problem = self._pipeline.blame(call, error)
            if claim.reply is None:
                raise problem from error
            return claim.reply  # it is committed, and what failed came after
        finally:
            claim.end()

    async def _refused(self, call: Call, claim: Claim, problem: Problem) -> Outcome:
        """Keep a refusal, as its caller reads it; of what is not final, nothing, and raise it."""
        if not is_final(problem):
            await claim.release()
            raise problem
        answer = refusal.refused(problem, call.operation.id, call.request_id, call.headers)
        kind = dict(answer.headers)[b"content-type"].decode()
        outcome = Outcome(call.request_id, answer.status, kind, answer.body)
        await claim.keep(outcome)
        return outcome


def _still_running(which: str) -> Unavailable:
    return Unavailable(
        f"The call with this Idempotency-Key is still being done ({which}). Make it again with the same key."
    )

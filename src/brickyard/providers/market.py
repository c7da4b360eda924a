"""The market: a service asks it for a task of its port, and one of the providers does it.

Whom it asks is the project's choice, else `choice.py`'s. It asks one after another while that can do no harm
and there is time, leaves those alone that failed a moment ago, and notes who did it in the call's context.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import msgspec

from brickyard.contract import Attempt, BadRequest, Context, NoProvider, NotFound, OutcomeUnknown, Problem
from brickyard.providers.budget import left_s, within
from brickyard.providers.choice import Candidate, Choice, Circumstances, choose
from brickyard.providers.failure import DETAIL_MAX, Failure, may_ask_another
from brickyard.providers.folder import Aggregation, Provider
from brickyard.providers.health import Health, Share, Shown
from brickyard.providers.port import Port, Task
from brickyard.providers.shelf import Kept, Key, Shelf
from brickyard.providers.vault import Holdings, Vault

P = TypeVar("P", bound=Port)

ASKED_MAX = 3
"""Providers asked for one call, at most."""
LINES_MAX = 10_000
"""Providers, by credentials, kept ready."""
PIECE_LIMIT_S = 60.0
"""How long a piece of an answer may take to come, the first one too."""
END = object()
GRACE_S = 0.25
"""How much longer than it has a provider's own time-outs may take."""
LATER = frozenset({"rate", "unreachable", "down", "timeout", "garbage", "busy"})
"""Failures that may pass."""

UNABLE = frozenset({"unsupported", "not set up"})
"""Failures that say that a provider does not do it at all."""
MOMENTARY = frozenset({"unreachable", "down", "garbage"})
"""Failures that may have passed by the time the same provider is asked again."""

Make = Callable[[Candidate, str], Any]
"""Makes a provider for a project."""


class Line(msgspec.Struct, frozen=True):
    """A provider under one set of credentials, ready for a project."""

    name: str
    own: bool
    provider: Any
    health: Health
    share: Share
    queue: str
    """Where its turns are counted: by its credentials."""
    per_s: float | None
    """Requests a second that it takes."""


class Broker:
    """What all markets share: health by credentials, and answers that are kept."""

    def __init__(self, vault: Vault, make: Make, *, offline: bool = False) -> None:
        """Ask `vault` who is to be asked, and have providers made by `make`; nobody outside if `offline`."""
        self.vault, self.shelf, self.offline = vault, Shelf(), offline
        self._make = make
        self._healths: dict[tuple[str, str, str], Health] = {}
        self._lines: dict[tuple[str, str, str, str], Line] = {}

    def line(self, candidate: Candidate, tenant: str) -> Line:
        """Give a provider, ready for a project."""
        provider = candidate.provider
        credential = candidate.credential.id if candidate.credential else ""
        place = (provider.service, provider.name, credential, tenant)
        line = self._lines.get(place)
        if line is None:
            if len(self._lines) >= LINES_MAX:
                self._lines.clear()
            made = self._make(candidate, tenant)
            self._lines[place] = line = Line(
                provider.name,
                candidate.own,
                made,
                self._health(provider, credential, own=candidate.own),
                Share(),
                f"{provider.service}/{provider.name}/{credential}",
                provider.about.per_s,
            )
        return line

    async def wait(self, line: Line, patience_s: float) -> None:
        """Wait for a turn with a provider that takes so many requests a second, from all gateways."""
        if not line.per_s:
            return
        wait_s = await self.vault.turn(line.queue, 1 / line.per_s, patience_s)
        if wait_s is None:
            raise Failure("busy", "So many wait for it that it would take too long.")
        await asyncio.sleep(wait_s)

    def shown(self, provider: Provider, credential: str, *, own: bool = False) -> Shown:
        """Give what people are shown of a provider's health under one set of credentials."""
        return self._health(provider, credential, own=own).shown()

    def _health(self, provider: Provider, credential: str, *, own: bool) -> Health:
        """Give a provider's health under one set of credentials: nobody's bad key closes it for others."""
        place = (provider.service, provider.name, credential)
        health = self._healths.get(place)
        if health is None:
            if len(self._healths) >= LINES_MAX:
                self._healths.clear()
            self._healths[place] = health = Health(shared=not own)
        return health


class Market(Generic[P]):
    """One project's way to those who keep a port."""

    def __init__(self, aggregation: Aggregation, broker: Broker, tenant: str) -> None:
        """Ask the providers of `aggregation` for the project `tenant`."""
        self.aggregation, self._broker, self._tenant = aggregation, broker, tenant
        self._tasks: Mapping[str, Task] = {task.name: task for task in aggregation.tasks}

    def by(self, context: Context) -> P:
        """Give the port for one call: whoever answers is noted in its context."""
        front: Any = _Front(self, context, self._tasks)
        return front

    async def do(self, context: Context, task: Task, ask: Any) -> Any:
        """Have a task done. Raises `NoProvider`, `OutcomeUnknown`, or what one who knew refused it for."""
        holdings = await self._broker.vault.holdings(self._tenant, task.service)
        choice = self._choose(context, task, holdings)
        key = self._key(task, choice.candidates, ask)
        kept = self._broker.shelf.find(key) if key else None
        if kept is not None and self._broker.shelf.is_fresh(kept):
            return self._given_again(context, task, kept)
        try:
            with within(task.limit_s):
                answer, candidate = await self._first(task, choice.candidates, ask, hedge=holdings.hedge)
        except Unanswered as error:
            if kept is not None and task.repeat == "safe":
                return self._given_again(context, task, kept)
            raise _nobody(error.attempts, choice) from error
        _note(context, candidate.provider.name, candidate.own)
        freshness = candidate.provider.about.freshness.get(task.name)
        if key and freshness is not None:
            self._broker.shelf.keep(key, candidate.provider.name, candidate.own, answer, freshness)
        return answer

    async def stream(self, context: Context, task: Task, ask: Any) -> AsyncGenerator[Any]:
        """Have a task done that answers piece by piece: another provider is asked until the first piece.

        When the task's time is over, it ends: what has come by then is all.
        """
        holdings = await self._broker.vault.holdings(self._tenant, task.service)
        choice = self._choose(context, task, holdings)
        attempts: list[Attempt] = []
        for candidate in choice.candidates:
            if _is_spared(candidate, attempts):
                continue
            if _failed(attempts) >= ASKED_MAX:
                break
            line = self._broker.line(candidate, self._tenant)
            pieces = self._pieces(line, task, ask)
            async with aclosing(pieces):
                try:
                    first = await anext(pieces)
                except Failure as failure:
                    attempts.append(_attempt(line, failure))
                    _stop_at(failure, task, attempts[-1])
                    continue
                _note(context, line.name, line.own)
                yield first
                try:
                    async for piece in pieces:
                        yield piece
                except Failure as failure:
                    raise NoProvider((_attempt(line, failure),), retryable=True, broke_off=True) from failure
                return
        raise _nobody(tuple(attempts), choice)

    def _choose(self, context: Context, task: Task, holdings: Holdings) -> Choice:
        circumstances = Circumstances(context.environment, self._broker.offline)
        return choose(self.aggregation.providers, task, holdings, circumstances)

    async def _first(
        self, task: Task, candidates: Sequence[Candidate], ask: Any, *, hedge: bool
    ) -> tuple[Any, Candidate]:
        """Ask one after another until one answers."""
        asked = list(candidates)
        if task.repeat == "safe" and sum(not each.spare for each in asked) == 1:
            asked.insert(0, asked[0])
        attempts: list[Attempt] = []
        while asked:
            if hedge and task.repeat == "safe" and _can_race(asked):
                racing = asked[:2]
                try:
                    return await self._race(task, racing, ask, len(asked))
                except Unanswered as error:
                    attempts += error.attempts
                    asked = asked[2:]
                    continue
            candidate = asked.pop(0)
            if _is_spared(candidate, attempts):
                continue
            line = self._broker.line(candidate, self._tenant)
            others = len({id(each) for each in asked if not each.spare} - {id(candidate)})
            try:
                share_s = left_s(task.limit_s) / min(others + 1, ASKED_MAX)
                return await self._attempt(line, task, ask, share_s), candidate
            except Failure as failure:
                attempts.append(_attempt(line, failure))
                _stop_at(failure, task, attempts[-1])
                if failure.kind not in MOMENTARY:
                    asked = [each for each in asked if each is not candidate]
            if left_s(1.0) <= 0 or _failed(attempts) >= 2 * ASKED_MAX:
                break
        raise Unanswered(tuple(attempts))

    async def _race(
        self, task: Task, candidates: Sequence[Candidate], ask: Any, left: int
    ) -> tuple[Any, Candidate]:
        """Ask one, and another as well if that is slower than usual; the first answer counts."""
        share_s = left_s(task.limit_s) / max(1, left - 1)
        lines = [self._broker.line(each, self._tenant) for each in candidates]
        patience_s = lines[0].health.usual_s() or share_s / 3
        asked = {asyncio.create_task(self._attempt(lines[0], task, ask, share_s)): 0}
        attempts: list[Attempt] = []
        try:
            done, _ = await asyncio.wait(asked, timeout=patience_s)
            if any(each.exception() is None for each in done):
                return next(iter(done)).result(), candidates[0]
            asked[asyncio.create_task(self._attempt(lines[1], task, ask, share_s))] = 1
            pending = set(asked)
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for each in done:
                    failure = each.exception()
                    if failure is None:
                        return each.result(), candidates[asked[each]]
                    if not isinstance(failure, Failure):
                        raise failure
                    attempts.append(_attempt(lines[asked[each]], failure))
                    _stop_at(failure, task, attempts[-1])
        finally:
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        raise Unanswered(tuple(attempts))

    async def _attempt(self, line: Line, task: Task, ask: Any, share_s: float) -> Any:
        """Ask one provider, which has so many seconds; raises a `Failure` for all that is its fault."""
        with line.share.place():
            return await self._answer(line, task, ask, share_s)

    async def _answer(self, line: Line, task: Task, ask: Any, share_s: float) -> Any:
        was_trial = line.health.enter()
        started = time.monotonic()
        try:
            await self._broker.wait(line, share_s / 2)
            with within(share_s):
                async with asyncio.timeout(share_s + GRACE_S):
                    answer = await getattr(line.provider, task.name)(ask)
        except BaseException as error:
            raise _ended(line.health, error, was_trial=was_trial) from error
        line.health.answered(time.monotonic() - started, was_trial=was_trial)
        return answer

    async def _pieces(self, line: Line, task: Task, ask: Any) -> AsyncGenerator[Any]:
        with line.share.place():
            async with aclosing(self._read(line, task, ask)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _read(self, line: Line, task: Task, ask: Any) -> AsyncGenerator[Any]:
        was_trial = line.health.enter()
        started, begun = time.monotonic(), False
        ends_at = started + task.limit_s
        try:
            await self._broker.wait(line, PIECE_LIMIT_S / 2)
            async with aclosing(getattr(line.provider, task.name)(ask)) as pieces:
                while (piece := await _next(pieces, ends_at)) is not END:
                    yield piece
                    begun = True
        except GeneratorExit:
            line.health.leave(was_trial=was_trial)
            raise
        except Exception as error:
            if begun and time.monotonic() >= ends_at:  # a long answer, or a slow reader: nobody's fault
                line.health.leave(was_trial=was_trial)
                return
            raise _ended(line.health, error, was_trial=was_trial) from error
        except BaseException as error:
            raise _ended(line.health, error, was_trial=was_trial) from error
        line.health.answered(time.monotonic() - started, was_trial=was_trial)

    def _key(self, task: Task, candidates: Sequence[Candidate], ask: Any) -> Key | None:
        """Give what an answer is kept under; None if none of those who may be asked lets it be kept."""
        if not any(task.name in each.provider.about.freshness for each in candidates):
            return None
        who = ",".join(
            f"{each.provider.name}:{each.credential.id if each.credential else ''}" for each in candidates
        )
        return (self._tenant, task.id, who, msgspec.json.encode(ask).decode())

    def _given_again(self, context: Context, task: Task, kept: Kept) -> Any:
        _note(context, kept.provider, kept.own, self._broker.shelf.age_s(kept))
        return msgspec.msgpack.decode(kept.content, type=task.answer)


class Unanswered(Exception):  # noqa: N818 - says it
    """None of those who were asked did it."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        """Tell what was tried."""
        super().__init__(attempts)
        self.attempts = attempts


class _Front:
    """A port, kept by a market for one call: its methods are made of the port's tasks' names."""

    __slots__ = ("_context", "_market", "_tasks")

    def __init__(self, market: Market[Any], context: Context, tasks: Mapping[str, Task]) -> None:
        self._market, self._context, self._tasks = market, context, tasks

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        task = self._tasks.get(name)
        if task is None:
            raise AttributeError(name)
        do = self._market.stream if task.stream else self._market.do
        return lambda ask: do(self._context, task, ask)


def _ended(health: Health, error: BaseException, *, was_trial: bool) -> BaseException:
    """Note how a call of a provider ended, and give what is to be raised for it."""
    failure: BaseException = error
    if isinstance(error, msgspec.MsgspecError | LookupError | ValueError | ArithmeticError | TypeError):
        # msgspec names types and fields; other errors may show what was answered.
        why = f" ({error})" if isinstance(error, msgspec.ValidationError) else ""
        failure = Failure("garbage", f"It answered what cannot be read{why}.")
    elif isinstance(error, TimeoutError):
        failure = Failure("timeout", "It did not answer in time.")
    if isinstance(failure, Failure) and failure.is_its_fault:
        health.failed(failure, was_trial=was_trial)
    else:
        health.leave(was_trial=was_trial)
    return failure


async def _next(pieces: AsyncGenerator[Any], ends_at: float) -> Any:
    """Give the next piece, or `END`; the whole has until `ends_at` to come to its end."""
    left_s = ends_at - time.monotonic()
    if left_s <= 0:
        raise Failure("timeout", "It did not come to an end in time.")
    patience_s = min(left_s, PIECE_LIMIT_S)
    with within(left_s):
        async with asyncio.timeout(patience_s):
            return await anext(pieces, END)


def _failed(attempts: Sequence[Attempt]) -> int:
    """Count those who were asked in earnest: who does no such thing was not."""
    return sum(each.kind not in UNABLE for each in attempts)


def _can_race(asked: Sequence[Candidate]) -> bool:
    return len(asked) > 1 and asked[0] is not asked[1] and not asked[1].spare


def _is_spared(candidate: Candidate, attempts: Sequence[Attempt]) -> bool:
    """Say whether a spare one is left alone: another could have done it, and only failed."""
    return candidate.spare and any(each.kind not in UNABLE for each in attempts)


def _attempt(line: Line, failure: Failure) -> Attempt:
    return Attempt(line.name, failure.kind, failure.detail[:DETAIL_MAX], failure.retry_after_s)


def _stop_at(failure: Failure, task: Task, attempt: Attempt) -> None:
    """Raise what the caller is told if nobody else may be asked."""
    if may_ask_another(failure, task.repeat):
        return
    raise _problem(failure, attempt) from failure


def _nobody(tried: tuple[Attempt, ...], choice: Choice) -> Problem:
    """Give what a caller is told when nobody did it: whether it cannot be done, or not now."""
    attempts = (*tried, *choice.passed_over)
    ready = [each.kind for each in attempts if each.kind != "not set up"]
    if ready and all(each == "unsupported" for each in ready):
        return BadRequest("; ".join(f"{each.provider}: {each.detail}" for each in attempts))
    return NoProvider(attempts, retryable=any(each.kind in LATER for each in attempts))


def _problem(failure: Failure, attempt: Attempt) -> Problem:
    if failure.kind == "bad input":
        detail = f"{attempt.provider}: {failure.detail}"
        return BadRequest.at(failure.pointer, detail) if failure.pointer else BadRequest(detail)
    if failure.kind == "not found":
        return NotFound(f"{attempt.provider}: {failure.detail}")
    return OutcomeUnknown(attempt)


def _note(context: Context, provider: str, own: bool, age_s: float | None = None) -> None:  # noqa: FBT001 - a fact, not a switch
    if context.served is not None:
        context.served.provider, context.served.own, context.served.age_s = provider, own, age_s

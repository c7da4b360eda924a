"""What is answered piece by piece: another is asked until the first piece has come, and not after it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from msgspec.structs import replace

from brickyard.contract import Context, NoProvider, Request, Struct
from brickyard.contract.context import Served
from brickyard.providers import About, Failure, Market, Port, task
from brickyard.providers.choice import Candidate
from brickyard.providers.credentials import Credentials
from brickyard.providers.folder import Aggregation, Provider
from brickyard.providers.market import Broker
from brickyard.providers.port import tasks_of
from brickyard.providers.vault import Holdings


class Ask(Request):
    """How many."""

    count: int


class Piece(Struct):
    """One of them."""

    number: int


class Counter(Port):
    """Counts."""

    service: ClassVar[str] = "counter"

    @task(repeat="safe", limit_s=5)
    def count(self, ask: Ask) -> AsyncIterator[Piece]:
        """Count."""
        ...


@dataclass(frozen=True)
class Good(Counter):
    async def count(self, ask: Ask) -> AsyncIterator[Piece]:  # type: ignore[override]  # a generator is one
        for number in range(ask.count):
            yield Piece(number=number)


@dataclass(frozen=True)
class Dead(Counter):
    async def count(self, ask: Ask) -> AsyncIterator[Piece]:  # type: ignore[override]
        raise Failure("down", "broken")
        yield Piece(number=ask.count)


@dataclass(frozen=True)
class Cut(Counter):
    async def count(self, ask: Ask) -> AsyncIterator[Piece]:  # type: ignore[override]
        yield Piece(number=ask.count)
        raise Failure("garbage", "cut off")


@dataclass(frozen=True)
class Silent(Counter):
    async def count(self, ask: Ask) -> AsyncIterator[Piece]:  # type: ignore[override]
        if ask.count > 3:
            yield Piece(number=0)
        await asyncio.Event().wait()
        yield Piece(number=1)


@dataclass(frozen=True)
class Endless(Counter):
    async def count(self, ask: Ask) -> AsyncIterator[Piece]:  # type: ignore[override]
        while True:
            await asyncio.sleep(0.01)
            yield Piece(number=ask.count)


class Vault:
    async def holdings(self, tenant: str, service: str) -> Holdings:
        del tenant, service
        return Holdings()

    async def turn(self, line: str, apart_s: float, patience_s: float) -> float | None:
        raise AssertionError((line, apart_s, patience_s))


def market(*kinds: type[Counter], limit_s: float = 5) -> tuple[Market[Counter], Broker]:
    tasks = tuple(replace(each, limit_s=limit_s) for each in tasks_of(Counter))
    providers = tuple(
        Provider(
            "counter",
            kind.__name__.lower(),
            kind,
            About(title="", docs="", source="", licence=""),
            Credentials,
            tasks,
        )
        for kind in kinds
    )
    made: dict[str, Any] = {kind.__name__.lower(): kind() for kind in kinds}

    def make(candidate: Candidate, tenant: str) -> Any:
        del tenant
        return made[candidate.provider.name]

    broker = Broker(Vault(), make)
    return Market(Aggregation("counter", Counter, tasks, providers), broker, "prj"), broker


async def numbers(market: Market[Counter], context: Context, at_most: int = 100) -> list[int]:
    found: list[int] = []
    pieces = market.by(context).count(Ask(count=3))
    async for piece in pieces:
        found.append(piece.number)
        if len(found) == at_most:
            break
    return found


def context() -> Context:
    return Context("req_1", "prj", "key", (), "", served=Served())


async def test_pieces_come_in_order_and_who_gives_them_is_noted():
    call = context()
    assert await numbers(market(Good)[0], call) == [0, 1, 2]
    assert call.served is not None
    assert call.served.provider == "good"


async def test_who_is_dead_is_passed_over():
    call = context()
    asked, broker = market(Dead, Good)
    assert await numbers(asked, call) == [0, 1, 2]
    assert call.served is not None
    assert call.served.provider == "good"
    assert [broker.shown(each, "").failed for each in asked.aggregation.providers] == [1, 0]


async def test_after_the_first_piece_nobody_else_is_asked():
    asked, broker = market(Cut, Good)
    with pytest.raises(NoProvider, match="cut off"):
        await numbers(asked, context())
    assert [broker.shown(each, "").answered for each in asked.aggregation.providers] == [0, 0]


async def test_who_is_silent_is_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("brickyard.providers.market.PIECE_LIMIT_S", 0.05)
    asked, broker = market(Silent, Good)
    assert await numbers(asked, context()) == [0, 1, 2]
    assert [broker.shown(each, "").failed for each in asked.aggregation.providers] == [1, 0]


async def test_who_falls_silent_ends_the_stream(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("brickyard.providers.market.PIECE_LIMIT_S", 0.05)
    asked, _ = market(Silent, Good)
    with pytest.raises(NoProvider, match=r"broke off in the middle \(silent: It did not answer in time\)"):
        async for _ in asked.by(context()).count(Ask(count=4)):
            pass


async def test_a_stream_has_its_time():
    asked, broker = market(Endless, limit_s=0.2)
    assert 1 < len(await numbers(asked, context(), at_most=1_000_000)) <= 20
    (provider,) = asked.aggregation.providers
    assert broker.shown(provider, "").failed == 0  # what has come by then is all


async def test_with_nobody_left_it_says_what_was_tried():
    with pytest.raises(NoProvider, match="dead: broken"):
        await numbers(market(Dead)[0], context())


async def test_who_stops_listening_counts_against_nobody():
    asked, broker = market(Good)
    assert await numbers(asked, context(), at_most=1) == [0]
    (provider,) = asked.aggregation.providers
    assert broker.shown(provider, "").failed == 0

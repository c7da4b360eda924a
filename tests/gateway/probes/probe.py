"""A service for tests of the gateway: every type of field, and every way to answer badly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Int32,
    Int64,
    JsonObject,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
)
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction

SECRET = "open-sesame"
"""What an error's text may hold, and must not leave the process. No stack shows it: this line is in none."""
running: list[str] = []
"""What is under way now; a call that has ended, however it ended, is no longer in it."""
pings: list[str] = []
"""The names that `Ping` was called with."""
gate = asyncio.Event()
"""Whether `Ping` may go on."""
gate.set()
failures: list[Exception] = []
"""What it fails with, one call after another."""
sent: list[int] = []
"""The numbers of the pieces that `Flood` has produced."""


class Point(Struct):
    x: float = 0.0
    y: float = 0.0


class EchoRequest(Request):
    name: Annotated[str, Meta(max_length=2_000_000)] = ""
    count: Int32 = 0
    big: Int64 = Int64(0)
    ratio: float = 0.0
    flag: bool = False
    user_id: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    record: JsonObject = msgspec.field(default_factory=dict)
    point: Point = Point()
    points: list[Point] = msgspec.field(default_factory=list)


class EchoReply(Reply):
    name: str
    count: Int32
    big: Int64
    ratio: float
    flag: bool
    user_id: str
    tags: list[str]
    record: JsonObject
    point: Point
    points: list[Point]


class WaitRequest(Request):
    seconds: float = 0.0


class PingRequest(Request):
    name: str = ""


class StreamRequest(Request):
    size: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Piece(Reply):
    number: Int64
    text: str = ""


class Done(Reply):
    text: str = "done"


@contextmanager
def noted(name: str):
    running.append(name)
    try:
        yield
    finally:
        running.remove(name)


@dataclass(frozen=True)
class Probe(Service):
    """Answer in every way there is."""

    migrations = (
        "CREATE TABLE probe_marks (project TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (project, id))",
    )

    clock: Clock
    sql: Sql

    @endpoint(price=0)
    async def echo(self, context: Context, request: EchoRequest) -> EchoReply:
        """Give everything back."""
        return EchoReply(**msgspec.structs.asdict(request))

    @endpoint(price=0)
    async def wait(self, context: Context, request: WaitRequest) -> Done:
        """Take a while."""
        with noted("wait"):
            await asyncio.sleep(request.seconds)
        return Done()

    @endpoint(price=0)
    async def ping(self, context: Context, request: PingRequest) -> Done:
        """Count, wait until the gate is open, and fail if that is wanted."""
        pings.append(request.name)
        number = len(pings)
        await gate.wait()
        if failures:
            raise failures.pop(0)
        return Done(text=str(number))

    @endpoint(price=0)
    async def mark(self, context: Context, request: PingRequest) -> Done:
        """Write a mark, say the reply with it, and fail afterwards if that is wanted."""

        async def work(transaction: Transaction) -> None:
            next_id = "(SELECT count(*) FROM probe_marks WHERE project = ?1)"
            await transaction.changed(f"INSERT INTO probe_marks SELECT ?1, {next_id}")
            if request.name:
                transaction.answers(Done(text=request.name))

        await self.sql.transact(work)
        if failures:
            raise failures.pop(0)
        return Done(text=request.name)

    @endpoint(price=0)
    async def crash(self, context: Context, request: WaitRequest) -> Done:
        """Break."""
        raise RuntimeError(f"the secret is {SECRET}")

    @endpoint(price=0)
    async def hold(self, context: Context, request: StreamRequest) -> AsyncIterator[Piece]:
        """Send one piece, and then nothing, without end."""
        with noted("hold"):
            yield Piece(number=Int64(0))
            await asyncio.Event().wait()

    @endpoint(price=0)
    async def flood(self, context: Context, request: StreamRequest) -> AsyncIterator[Piece]:
        """Send pieces of `size` characters without end, as fast as they are taken."""
        with noted("flood"):
            number = 0
            while True:
                sent.append(number)
                yield Piece(number=Int64(number), text="x" * request.size)
                number += 1
                await asyncio.sleep(0)

    @endpoint(price=0)
    async def trip(self, context: Context, request: StreamRequest) -> AsyncIterator[Piece]:
        """Send one piece, and then break."""
        yield Piece(number=Int64(0))
        raise RuntimeError(f"the secret is {SECRET}")

    @endpoint(price=0)
    async def refuse(self, context: Context, request: StreamRequest) -> AsyncIterator[Piece]:
        """Send one piece, and then refuse to go on."""
        yield Piece(number=Int64(0))
        raise BadRequest.at("/size", "It was too much.")

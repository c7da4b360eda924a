"""The event service of one process, without a gateway in front of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from brickyard.contract import Context
from brickyard.engines.bus.memory import MemoryBus
from brickyard.engines.clock import Clock
from brickyard.services.event.contract import ConsumeReply, ConsumeRequest, PublishRequest, ReadRequest
from brickyard.services.event.embedded import EmbeddedEvent
from brickyard.services.event.schema import MIGRATIONS
from database import database, look

CONTEXT = Context("req_test", "p", "key_test", ("*",), "")
LIMIT_S = 10.0
"""Whatever takes longer is a hang, and fails the test."""
TOPIC = "a"


class Station:
    """One process: an engine and a bus of its own, over a database that others may share."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self.engine = database.engine(home)
        self.engine.migrate({"event": MIGRATIONS})
        self.bus = MemoryBus()
        self.service = EmbeddedEvent(sql=self.engine.bound("p"), bus=self.bus.bound("p"), clock=clock)

    async def publish(self, *numbers: int, topic: str = TOPIC) -> None:
        for number in numbers:
            await self.service.publish(CONTEXT, PublishRequest(topic=topic, message={"n": number}))

    def consume(self, group: str = "", offset: str = "", topic: str = TOPIC) -> "Stream":
        return Stream(self.service.consume(CONTEXT, ConsumeRequest(topic=topic, group=group, offset=offset)))

    async def read_ids(self, topic: str = TOPIC) -> list[str]:
        return [each.id for each in (await self.service.read(CONTEXT, ReadRequest(topic=topic))).events]

    @property
    def listeners(self) -> int:
        """How many streams without a group follow the topic."""
        feed = self.service.feeds._feeds.get(TOPIC)
        return 0 if feed is None else len(feed.fanout)

    @property
    def waiting(self) -> bool:
        """Whether a member of a group waits for news."""
        return len(self.bus._fanouts) > 0

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        return look(self.engine, f"SELECT * FROM {table}")


class Stream:
    """One open stream. Its first event is asked for at once, so that it listens."""

    def __init__(self, replies: AsyncIterator[ConsumeReply]) -> None:
        self.replies: Any = replies
        self._next = asyncio.ensure_future(anext(self.replies))

    async def reply(self) -> ConsumeReply:
        """Give the next event. It is under way, not yet written, until the one after it is asked for."""
        async with asyncio.timeout(LIMIT_S):
            return await self._next

    def go_on(self) -> None:
        """Ask for the next one: the last one is written."""
        self._next = asyncio.ensure_future(anext(self.replies))

    async def next(self) -> int:
        """Give the next event's number, and say that it is written."""
        reply = await self.reply()
        self.go_on()
        return number_in(reply)

    async def take(self, count: int) -> list[int]:
        return [await self.next() for _ in range(count)]

    @property
    def idle(self) -> bool:
        """Whether nothing has come."""
        return not self._next.done()

    @property
    def has_begun(self) -> bool:
        """Whether it listens, or something has come: what is published from now on, it hears."""
        records = self.replies.ag_frame.f_locals.get("records")
        return not self.idle or (records is not None and "live" in records.ag_frame.f_locals)

    async def leave(self) -> None:
        """End as a stream does whose reader has gone."""
        self._next.cancel()
        await asyncio.gather(self._next, return_exceptions=True)
        await self.replies.aclose()


def number_in(reply: ConsumeReply) -> int:
    return msgspec.json.decode(msgspec.json.encode(reply.message))["n"]


async def until(condition: Callable[[], object]) -> None:
    """Let others work until something holds."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - what is waited for knows nothing of tests
            await asyncio.sleep(0.001)

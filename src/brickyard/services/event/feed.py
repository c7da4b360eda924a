"""A topic's new events as they come: read once in this process, handed to everyone who listens here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

from brickyard.contract import SlowReader
from brickyard.engines.bus import Bus
from brickyard.engines.bus.fanout import QUEUE_ROOM, Fanout, Subscription
from brickyard.services.event.journal import Appended, Journal, Record

POLL_S = 1.0
"""How often to look for what the bus did not tell of: events published by other processes."""
WEIGHT_BYTES = 64 * 1024
"""Events weigh 1 in a listener's queue, and 1 more for each of these: it holds 256, and 16 MiB."""


def channel(topic: str) -> str:
    """Give the name of the bus topic on which a topic's news is told: an `Appended`, or None for a hint."""
    return f"event:{topic}"


async def heard(news: AsyncIterator[Appended | None]) -> Appended | None:
    """Wait for news, but not for longer than until the next look without any; then it is None."""
    with suppress(TimeoutError):
        async with asyncio.timeout(POLL_S):
            return await anext(news)
    return None


class Feeds:
    """The feeds of one project: one for each topic that is listened to."""

    def __init__(self, journal: Journal, bus: Bus) -> None:
        """Read events from `journal`, woken by `bus`."""
        self._journal, self._bus = journal, bus
        self._feeds: dict[str, Feed] = {}

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncGenerator[Subscription[Record]]:
        """Listen to a topic, for as long as the context lasts.

        Every event comes, in order, that the journal did not have yet when the context was entered; one
        or another that it had may come as well.
        """
        feed = self._feeds.get(topic)
        if feed is None or feed.ended:
            feed = self._feeds[topic] = Feed(self._journal, self._bus, topic)
        try:
            with feed.fanout.subscribe() as live:
                await feed.begun.wait()
                yield live
        finally:
            self._leave(topic, feed)

    def _leave(self, topic: str, feed: "Feed") -> None:
        if len(feed.fanout):
            return
        feed.stop()
        if self._feeds.get(topic) is feed:
            del self._feeds[topic]


class Feed:
    """One topic's new events, in order and without gaps, however they are told of."""

    def __init__(self, journal: Journal, bus: Bus, topic: str) -> None:
        """Begin with what is published from now on."""
        self.fanout: Fanout[Record] = Fanout(QUEUE_ROOM, _weight)
        self.begun = asyncio.Event()
        """Set once nothing new will be missed."""
        self._journal, self._bus, self._topic = journal, bus, topic
        self._last = 0
        self._task = asyncio.create_task(self._run())

    @property
    def ended(self) -> bool:
        """Whether it broke: then its listeners have heard of it, and another one has to be begun."""
        return self._task.done()

    def stop(self) -> None:
        """Stop: nobody listens any longer."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            self._last = await self._journal.head(self._topic)
            self.begun.set()
            while True:
                with suppress(SlowReader), self._bus.subscribe(channel(self._topic)) as news:
                    await self._follow(news)
        except Exception as error:  # noqa: BLE001 - whoever listens must hear of it
            self.fanout.fail(error)
        finally:
            self.begun.set()

    async def _follow(self, news: AsyncIterator[Appended | None]) -> None:
        await self._fetch()
        while True:
            told = await heard(news)
            if told is None:
                await self._fetch()
            elif told.previous == self._last:
                self._hand_on(told.record)
            elif told.record.seq > self._last:  # another process published in between
                await self._fetch()

    async def _fetch(self) -> None:
        async for record in self._journal.after(self._topic, self._last):
            self._hand_on(record)

    def _hand_on(self, record: Record) -> None:
        self._last = record.seq
        self.fanout.publish(record)


def _weight(record: Record) -> int:
    return 1 + record.size_bytes // WEIGHT_BYTES

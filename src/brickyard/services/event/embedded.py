"""The `event` service, over SQL for what is kept and the bus for what is heard at once."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property

import msgspec

from brickyard.contract import BadRequest, Context
from brickyard.engines.bus import Bus
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql
from brickyard.services.event.contract import (
    MESSAGE_MAX_BYTES,
    READ_DEFAULT,
    ConsumeReply,
    ConsumeRequest,
    Ev,
    Event,
    PublishReply,
    PublishRequest,
    ReadReply,
    ReadRequest,
)
from brickyard.services.event.feed import Feeds, channel
from brickyard.services.event.groups import Groups
from brickyard.services.event.journal import Journal, Record
from brickyard.services.event.offset import start
from brickyard.services.event.schema import EXPORTS, MIGRATIONS


@dataclass(frozen=True)
class EmbeddedEvent(Event):
    """Events in a journal, from which listeners first catch up and then follow."""

    migrations = MIGRATIONS
    exports = EXPORTS

    sql: Sql
    bus: Bus
    clock: Clock

    @cached_property
    def journal(self) -> Journal:
        """What was published."""
        return Journal(self.sql, self.clock)

    @cached_property
    def feeds(self) -> Feeds:
        """What is being published."""
        return Feeds(self.journal, self.bus)

    @cached_property
    def groups(self) -> Groups:
        """Who shares what is published."""
        return Groups(self.sql, self.bus, self.clock)

    async def publish(self, context: Context, request: PublishRequest) -> PublishReply:
        """Keep an event, then tell of it."""
        text = msgspec.json.encode(request.message)
        if len(text) > MESSAGE_MAX_BYTES:
            raise BadRequest.at(
                "/message",
                f"The message is {len(text)} bytes of JSON: at most {MESSAGE_MAX_BYTES} are taken.",
            )
        appended = await self.journal.append(request.topic, text.decode())
        self.bus.publish(channel(request.topic), appended)
        return PublishReply()

    async def consume(self, context: Context, request: ConsumeRequest) -> AsyncGenerator[ConsumeReply]:
        """Listen to a topic, alone or in a group."""
        source = self._share(request) if request.group else self._follow(request)
        async with aclosing(source) as records:
            async for record in records:
                yield record.reply

    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read what is kept."""
        records = await self.journal.page(request.topic, request.limit or READ_DEFAULT, request.offset)
        return ReadReply(
            events=[
                Ev(id=record.reply.id, timestamp=record.reply.timestamp, message=record.reply.message)
                for record in records
            ]
        )

    async def _follow(self, request: ConsumeRequest) -> AsyncGenerator[Record]:
        """Give every event: first those in the journal, then each as it comes.

        What happens while a long past is read is read as well, not queued; only when the reader has
        arrived at the present does it begin to listen, and reads once more what came in between.
        """
        topic = request.topic
        seq = await start(self.journal, topic, request.offset)
        async for record in self.journal.after(topic, seq):
            yield record
            seq = record.seq
        async with self.feeds.listen(topic) as live:
            async for record in self.journal.after(topic, seq):
                yield record
                seq = record.seq
            async for record in live:
                if record.seq > seq:
                    yield record
                    seq = record.seq

    async def _share(self, request: ConsumeRequest) -> AsyncGenerator[Record]:
        """Give those events that the group leaves to this member; each is done once the next is asked for."""
        topic, group = request.topic, request.group
        if not await self.groups.has_begun(topic, group):
            await self.groups.begin(topic, group, await start(self.journal, topic, request.offset))
        member = self.groups.member(topic, group)
        try:
            while True:
                record = await member.claim()
                yield record
                await member.acknowledge(record)
        finally:
            await member.leave()

"""The bus of several gateways on one PostgreSQL database: messages here, hints to the others.

Hints save time and promise nothing: where a database has no notices, who waits for news finds it by looking.
"""

import asyncio
import secrets
from contextlib import suppress

import msgspec

from brickyard.engines.bus.memory import BoundBus, MemoryBus
from brickyard.engines.sql.postgres.connection import Connection, connector
from brickyard.engines.sql.postgres.listener import Listener

CHANNEL = "brickyard_bus"
SEND_LIMIT_S = 10.0
LOOK_S = 1.0
"""How often it is looked whether the connection is still there, when nothing is said on it."""
HINTS_MAX = 10_000
"""Topics to be told of, at most; of more, nothing is said."""

NOTIFY = "SELECT pg_notify($1, hint) FROM unnest($2::text[]) AS hint"

Topic = tuple[str, str]
"""A project, and the name of one of its topics."""


class Hint(msgspec.Struct, frozen=True, array_like=True):
    """That something was published."""

    origin: str
    """By which gateway."""
    project: str
    topic: str


class PostgresBus(MemoryBus):
    """A bus whose messages reach this process at once and whole, and others soon and as None."""

    def __init__(self, url: str) -> None:
        """Tell of news by a connection of its own to the database at `url`."""
        super().__init__()
        self._origin = secrets.token_hex(8)
        self._untold: dict[Topic, None] = {}
        self._something = asyncio.Event()
        self._listener = Listener(connector(url, SEND_LIMIT_S), CHANNEL, self._heard, self._attend)

    def bound(self, project: str) -> BoundBus:
        """Give a handle to one project's topics, and begin to listen."""
        self._listener.begin()
        return super().bound(project)

    def publish(self, project: str, topic: str, message: object) -> None:
        """Hand a message to the present subscribers here, and have the others told."""
        super().publish(project, topic, message)
        if len(self._untold) < HINTS_MAX:
            self._untold[project, topic] = None
            self._something.set()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _heard(self, text: str) -> None:
        hint = msgspec.json.decode(text, type=Hint)
        if hint.origin != self._origin:
            super().publish(hint.project, hint.topic, None)

    async def _attend(self, connection: Connection) -> None:
        self._hint_at_all()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._something.wait()
            await self._tell(connection)

    async def _tell(self, connection: Connection) -> None:
        """Tell of all topics at once that something was published on since the last time."""
        topics, self._untold = self._untold, {}
        self._something.clear()
        hints = [msgspec.json.encode(Hint(self._origin, *topic)).decode() for topic in topics]
        await connection.fetch(NOTIFY, CHANNEL, hints)

    def _hint_at_all(self) -> None:
        """Have everyone look: while there was no connection, others may have published."""
        for project, topic in list(self._fanouts):
            super().publish(project, topic, None)

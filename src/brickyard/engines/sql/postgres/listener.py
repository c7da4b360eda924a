"""A connection that hears what other processes say, for as long as the event loop runs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from brickyard.engines.sql.postgres.connection import Connection, Connector, drop
from brickyard.engines.sql.postgres.errors import ABSENT, LOST, REFUSED

AGAIN_S = 0.25
"""How long after a connection was lost another one is tried."""
ABSENT_S = 60.0
"""How long after a server had no notices to give it is asked again: nothing may wait for them there."""


class Listener:
    """Keeps a connection that listens to a channel, and opens another one whenever it is lost."""

    def __init__(
        self,
        connect: Connector,
        channel: str,
        heard: Callable[[str], None],
        attend: Callable[[Connection], Awaitable[None]],
    ) -> None:
        """Give each notice to `heard`; `attend` is what else is done while the connection lasts."""
        self._connect, self._channel, self._heard, self._attend = connect, channel, heard, attend
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Set it going on this event loop, unless it is; returns at once."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def close(self) -> None:
        """Stop."""
        if self._task is not None and not self._task.get_loop().is_closed():
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except ABSENT as error:
                structlog.get_logger().info("no notices here", channel=self._channel, error=str(error))
                await asyncio.sleep(ABSENT_S)
            except (*LOST, REFUSED) as error:
                structlog.get_logger().warning("not listening", channel=self._channel, error=str(error))
            await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        connection = await self._connect()
        try:
            await connection.add_listener(self._channel, self._notice)
            await self._attend(connection)
        finally:
            drop(connection)

    def _notice(self, *notice: Any) -> None:
        self._heard(notice[-1])

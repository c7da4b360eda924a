"""Connections that read: fairly, for a limited time, and for nobody in vain."""

import asyncio
from collections.abc import Awaitable, Callable

from brickyard.engines.sql import Result
from brickyard.engines.sql.postgres.connection import Connection, Connector, drop
from brickyard.engines.sql.postgres.errors import STOPPED, port_error, too_slow
from brickyard.engines.sql.turns import Turns

Read = Callable[[Connection], Awaitable[Result]]
"""What is read, on a connection."""
Turn = asyncio.Future[None]


class Readers:
    """A few connections, opened when they are first needed, for which projects take turns."""

    def __init__(
        self, connect: Connector, *, size: int, running_max: int, waiting_max: int, limit_s: float
    ) -> None:
        """Open at most `size` connections; see `Turns` for what a project may have of them."""
        self._connect, self._limit_s = connect, limit_s
        self._turns = Turns[Turn](running_max=running_max, waiting_max=waiting_max)
        self._free = size
        self._idle: list[Connection] = []
        self._closed = False

    async def run(self, project: str, read: Read[Result]) -> Result:
        """Read, once it is the project's turn. Whoever is cancelled meanwhile ends the query with it.

        Raises `Unavailable` if that takes too long, if too many of the project's queries wait, or if the
        database cannot be reached.
        """
        limit = asyncio.timeout(self._limit_s)
        try:
            async with limit:
                return await self._in_turn(project, read)
        except Exception as error:
            if limit.expired() or isinstance(error, STOPPED):
                raise too_slow(self._limit_s) from None
            raise port_error(error) from error

    def close(self) -> None:
        """Drop all connections; those in use once they are no longer."""
        self._closed = True
        while self._idle:
            drop(self._idle.pop())

    async def _in_turn(self, project: str, read: Read[Result]) -> Result:
        turn: Turn = asyncio.get_running_loop().create_future()
        self._turns.add(project, turn)
        self._call()
        try:
            await turn
            return await self._read(read)
        finally:
            if turn.cancelled():
                self._turns.drop(project, turn)
            else:
                self._free += 1
                self._turns.finished(project)
                self._call()

    def _call(self) -> None:
        """Call those whose turn it is."""
        while self._free and (turn := self._turns.take()) is not None:
            self._free -= 1
            turn.set_result(None)

    async def _read(self, read: Read[Result]) -> Result:
        connection = await self._open()
        try:
            return await read(connection)
        finally:
            if self._closed:
                drop(connection)
            elif not connection.is_closed():
                self._idle.append(connection)

    async def _open(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return await self._connect()

"""What is asked of a database, or done to it, before anything serves."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from brickyard.engines.sql import DatabaseUnusable, Result
from brickyard.engines.sql.postgres.connection import Connection, connector, drop, shown
from brickyard.engines.sql.postgres.errors import LOST, REFUSED


class Site:
    """A database that is being made ready."""

    def __init__(self, url: str) -> None:
        """Reach the database at `url`."""
        self._url, self._connect = url, connector(url, None)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """Give a connection for a while; `DatabaseUnusable` if there is none to be had."""
        try:
            connection = await self._connect()
        except (*LOST, REFUSED) as error:
            raise DatabaseUnusable(f"The database {shown(self._url)} cannot be used: {error}.") from error
        try:
            yield connection
        finally:
            drop(connection)


def at_start(url: str, work: Callable[[Site], Awaitable[Result]]) -> Result:
    """Run `work` on an event loop of its own, as the one that will serve may not run yet."""

    async def run() -> Result:
        return await work(Site(url))

    with ThreadPoolExecutor(1, "postgres-start") as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


async def is_postgresql(connection: Connection) -> bool:
    """Whether the server is PostgreSQL itself, and not another one that speaks its protocol."""
    version = await _version(connection)
    return version.startswith("PostgreSQL ") and "-YB-" not in version


async def is_cockroach(connection: Connection) -> bool:
    """Whether the server is CockroachDB."""
    return (await _version(connection)).startswith("CockroachDB")


async def _version(connection: Connection) -> str:
    [(version,)] = await connection.fetch("SELECT version()")
    return version

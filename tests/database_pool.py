"""A server's databases for tests that run a cloud: they have its tables, and once emptied are used again.

Making the tables takes a server most of a second, emptying them some milliseconds.
"""

import asyncio
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from postgres import PostgresServer, Row, connected

MODEL = "model"
"""The database that others are copies of: it has all tables, and no rows."""
LEAVING_S = 2.0
"""How long the connections of a test that is over may take to be gone."""
CONNECTED = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SHAPE = """SELECT relname::text, 0 FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT component, step FROM migrations ORDER BY 1, 2"""
"""All tables and indexes, and what was done to them."""
EMPTY = """DO $$ DECLARE each regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR each IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('migrations', 'migration_lock') AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %s', each);
    END LOOP;
END $$"""
"""Delete all rows, also those that triggers keep."""


class Pool:
    """Databases of one server, with a cloud's tables."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._made = set[str]()
        self._free = deque[str]()
        self._shape = self._make_model()

    def take(self) -> str:
        """Give the address of one with no rows; nobody else has it."""
        if self._free:
            return self._server.url(self._free.popleft())
        name = f"pool_{len(self._made)}"
        self._made.add(name)
        return self._server.create(name, like=MODEL)

    def takes_back(self, name: str) -> bool:
        """Empty one, to be taken again; False if it is none, or not what it was. Any thread may do so."""
        if name not in self._made:
            return False

        async def empty(connection: Any) -> bool:
            as_before = await is_left(connection) and await shape(connection) == self._shape
            if as_before:
                await connection.execute(EMPTY)
            return as_before

        empties = connected(self._server.url(name), empty)
        if empties:
            self._free.append(name)
        return empties

    def _make_model(self) -> list[Row]:
        from brickyard.app import Application
        from brickyard.settings import Settings

        url = self._server.create(MODEL)
        with tempfile.TemporaryDirectory() as folder:
            Application(Settings(home=Path(folder), database_url=url)).close()

        async def empty(connection: Any) -> list[Row]:
            assert await is_left(connection)
            await connection.execute(EMPTY)
            return await shape(connection)

        return connected(url, empty)


async def is_left(connection: Any) -> bool:
    """Say whether nobody else is connected to a database any more."""
    until_s = time.monotonic() + LEAVING_S
    while await connection.fetch(CONNECTED):
        if time.monotonic() > until_s:
            return False
        await asyncio.sleep(0.01)
    return True


async def shape(connection: Any) -> list[Row]:
    """Give what a database looks like, but for its rows."""
    return [tuple(row) for row in await connection.fetch(SHAPE)]

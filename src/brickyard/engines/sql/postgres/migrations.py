"""Bringing tables up to date: each component's steps are run once, by one of all gateways that start."""

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

from brickyard.engines.sql import DatabaseUnusable
from brickyard.engines.sql.migrations import LEDGER, statements
from brickyard.engines.sql.postgres.connection import Connection
from brickyard.engines.sql.postgres.errors import AGAIN, MADE_BY_ANOTHER, NO_TABLE
from brickyard.engines.sql.postgres.starting import Site, at_start

LOCK_TABLE = "CREATE TABLE IF NOT EXISTS migration_lock (id BIGINT PRIMARY KEY)"
LOCK_ROW = "INSERT INTO migration_lock (id) VALUES (1) ON CONFLICT (id) DO NOTHING"
TAKE = "SELECT id FROM migration_lock WHERE id = 1 FOR UPDATE"
ATTEMPTS = 100
PAUSE_S = 0.2

# Text in the order of its bytes, as in SQLite, whatever the database's own language.
WORDS = {
    "TEXT": 'TEXT COLLATE "C"',
    "BLOB": "BYTEA",
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
}
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")
# What was made by a start that was cut short, where that cannot be undone, is not made again.
_MAKING = re.compile(r"^(CREATE TABLE|CREATE (?:UNIQUE )?INDEX|ALTER TABLE \w+ ADD COLUMN) (?!IF NOT EXISTS)")


def migrate(url: str, component: str, steps: tuple[str, ...]) -> None:
    """Run the steps of `component` that were not yet run on this database.

    They are all run, or none, where the database can undo the making of tables; elsewhere the next start
    makes up for one that was cut short. `DatabaseUnusable` if the database cannot be reached.
    """
    at_start(url, partial(_migrate, component=component, steps=steps))


async def _migrate(site: Site, component: str, steps: tuple[str, ...]) -> None:
    async with site.connection() as connection:
        if not await _missing(connection, component, steps):
            return
        async with _alone(site), connection.transaction():
            await connection.execute(_translated(LEDGER))
            for number in await _missing(connection, component, steps):
                await _run(connection, component, number, steps[number])


async def _missing(connection: Connection, component: str, steps: tuple[str, ...]) -> list[int]:
    """Give the numbers of the steps that were not run yet."""
    try:
        rows = await connection.fetch("SELECT step FROM migrations WHERE component = $1", component)
    except NO_TABLE:
        rows = []
    done = {row[0] for row in rows}
    return [number for number in range(len(steps)) if number not in done]


@asynccontextmanager
async def _alone(site: Site) -> AsyncGenerator[None]:
    """Keep other gateways from migrating meanwhile, by a lock on a row.

    It is held by a connection of its own: some databases commit a transaction when a table is made in it, and
    then its locks are gone.
    """
    async with site.connection() as holder:
        await _take(holder)
        yield
        await holder.execute("ROLLBACK")


async def _take(holder: Connection) -> None:
    for _ in range(ATTEMPTS):
        with suppress(NO_TABLE, *AGAIN):
            await holder.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            if await holder.fetch(TAKE):
                return
        await holder.execute("ROLLBACK")
        with suppress(*MADE_BY_ANOTHER, *AGAIN):
            await holder.execute(LOCK_TABLE)
            await holder.execute(LOCK_ROW)
        await asyncio.sleep(random.uniform(0, PAUSE_S))  # noqa: S311 - no secret
    raise DatabaseUnusable("Another gateway is changing the database's tables: start again in a moment.")


async def _run(connection: Connection, component: str, number: int, step: str) -> None:
    for statement in statements(step):
        await connection.execute(_translated(statement))
    await connection.execute("INSERT INTO migrations VALUES ($1, $2, $3)", component, number, time.time_ns())


def _translated(statement: str) -> str:
    """Give a statement in PostgreSQL's words."""
    return _MAKING.sub(r"\1 IF NOT EXISTS ", _WORD.sub(lambda word: WORDS[word[1]], statement))

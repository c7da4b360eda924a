"""Bringing tables up to date: each component's steps are run once, by one of all gateways that start."""

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from brickyard.engines.sql import DatabaseUnusable
from brickyard.engines.sql.migrations import LEDGER, Tables, statements
from brickyard.engines.sql.postgres.connection import Connection
from brickyard.engines.sql.postgres.errors import AGAIN, MADE_BY_ANOTHER, NO_TABLE
from brickyard.engines.sql.postgres.starting import Site, at_start, is_cockroach, is_postgresql

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


def migrate(url: str, tables: Tables) -> None:
    """Run the steps of components that were not yet run on this database, one component after the other.

    Of each they are all run, or none, where the database can undo the making of tables; elsewhere the next
    start makes up for one that was cut short. `DatabaseUnusable` if the database cannot be reached.
    """
    at_start(url, partial(_migrate, tables=tables))


async def _migrate(site: Site, tables: Tables) -> None:
    async with site.connection() as connection:
        missing = await _missing(connection, tables)
        if not missing:
            return
        # CockroachDB makes no column of that collation, and has no other order.
        words = WORDS | {"TEXT": "TEXT"} if await is_cockroach(connection) else WORDS
        in_one = await is_postgresql(connection)
        for component in missing:
            own = {component: tables[component]}
            if in_one:
                await _take(connection)
                await _run_missing(connection, own, words)
                await connection.execute("COMMIT")
            else:  # it may commit a transaction before it makes a table, and the lock would be gone
                async with _alone(site), connection.transaction():
                    await _run_missing(connection, own, words)


async def _run_missing(connection: Connection, tables: Tables, words: Mapping[str, str]) -> None:
    await connection.execute(_translated(LEDGER, words))
    for component, numbers in (await _missing(connection, tables)).items():
        for number in numbers:
            for statement in statements(tables[component][number]):
                await connection.execute(_translated(statement, words))
            await connection.execute(
                "INSERT INTO migrations VALUES ($1, $2, $3)", component, number, time.time_ns()
            )


async def _missing(connection: Connection, tables: Tables) -> dict[str, list[int]]:
    """Give the numbers of the steps that were not run yet, of those components that have such."""
    done = set[tuple[str, int]]()
    with suppress(NO_TABLE):
        done = {(row[0], row[1]) for row in await connection.fetch("SELECT component, step FROM migrations")}
    missing = {
        component: [number for number in range(len(steps)) if (component, number) not in done]
        for component, steps in tables.items()
    }
    return {component: numbers for component, numbers in missing.items() if numbers}


@asynccontextmanager
async def _alone(site: Site) -> AsyncGenerator[None]:
    """Keep other gateways from migrating meanwhile, by a transaction in which no table is made."""
    async with site.connection() as holder:
        await _take(holder)
        yield
        await holder.execute("ROLLBACK")


async def _take(holder: Connection) -> None:
    """Begin a transaction with the lock on the row that all gateways share; makes that row if need be."""
    for attempt in range(ATTEMPTS):
        if attempt > 1:  # the first finds no row on an empty database, and makes it
            await asyncio.sleep(random.uniform(0, PAUSE_S))  # noqa: S311 - no secret
        with suppress(NO_TABLE, *AGAIN):
            await holder.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            if await holder.fetch(TAKE):
                return
        await holder.execute("ROLLBACK")
        with suppress(*MADE_BY_ANOTHER, *AGAIN):
            await holder.execute(LOCK_TABLE)
            await holder.execute(LOCK_ROW)
    raise DatabaseUnusable("Another gateway is changing the database's tables: start again in a moment.")


def _translated(statement: str, words: Mapping[str, str]) -> str:
    """Give a statement in the server's words."""
    return _MAKING.sub(r"\1 IF NOT EXISTS ", _WORD.sub(lambda word: words[word[1]], statement))

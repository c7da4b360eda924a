"""Bringing tables up to date: each component's steps are run once, by one of all gateways that start."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor

from brickyard.engines.sql import DatabaseUnusable
from brickyard.engines.sql.migrations import LEDGER, statements
from brickyard.engines.sql.postgres.connection import Connection, connector, shown
from brickyard.engines.sql.postgres.errors import LOST, REFUSED

LOCK = 0x6272_6963_6B6D_6967
"""Any number that nobody else locks."""

# Text in the order of its bytes, as in SQLite, whatever the database's own language.
WORDS = {
    "TEXT": 'TEXT COLLATE "C"',
    "BLOB": "BYTEA",
    "INTEGER": "BIGINT",
    "REAL": "DOUBLE PRECISION",
}
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")


def migrate(url: str, component: str, steps: tuple[str, ...]) -> None:
    """Run the steps of `component` that were not yet run on this database; all of them, or none.

    It is done on an event loop of its own, as the one that will serve may not run yet.
    """
    with ThreadPoolExecutor(1, "postgres-migration") as thread:
        thread.submit(lambda: asyncio.run(_migrate(url, component, steps))).result()


async def _migrate(url: str, component: str, steps: tuple[str, ...]) -> None:
    try:
        connection = await connector(url, None)()
    except (*LOST, REFUSED) as error:
        raise DatabaseUnusable(f"The database {shown(url)} cannot be used: {error}.") from error
    try:
        await _run_missing(connection, component, steps)
    finally:
        await connection.close()


async def _run_missing(connection: Connection, component: str, steps: tuple[str, ...]) -> None:
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        await connection.execute(_translated(LEDGER))
        rows = await connection.fetch("SELECT step FROM migrations WHERE component = $1", component)
        done = {row[0] for row in rows}
        for number, step in enumerate(steps):
            if number not in done:
                await _run(connection, component, number, step)


async def _run(connection: Connection, component: str, number: int, step: str) -> None:
    for statement in statements(step):
        await connection.execute(_translated(statement))
    await connection.execute("INSERT INTO migrations VALUES ($1, $2, $3)", component, number, time.time_ns())


def _translated(statement: str) -> str:
    """Give a statement in PostgreSQL's words."""
    return _WORD.sub(lambda word: WORDS[word[1]], statement)

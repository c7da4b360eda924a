"""Bringing tables up to date: each component's steps are run once, in order, and never again."""

import time
from collections.abc import Mapping
from contextlib import suppress

import apsw

from brickyard.engines.sql.connection import Connection

LEDGER = (
    "CREATE TABLE IF NOT EXISTS migrations"
    " (component TEXT, step INTEGER, applied_ns INTEGER, PRIMARY KEY (component, step))"
)


Tables = Mapping[str, tuple[str, ...]]
"""Components, and each one's steps, in the order in which they are run."""


def migrate(connection: Connection, tables: Tables) -> None:
    """Run the steps that were not yet run on this database, all of them or none."""
    if not _missing(connection, tables):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(LEDGER)
        for component, number in _missing(connection, tables):
            for statement in statements(tables[component][number]):
                connection.execute(_clustered(statement))
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (component, number, time.time_ns()))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _missing(connection: Connection, tables: Tables) -> list[tuple[str, int]]:
    """Give the components and numbers of the steps that were not run yet, in order."""
    done = set[tuple[str, int]]()
    with suppress(apsw.SQLError):  # there is no such table yet
        rows = connection.execute("SELECT component, step FROM migrations").fetchall()
        done.update((row[0], row[1]) for row in rows)
    every = ((component, number) for component, steps in tables.items() for number in range(len(steps)))
    return [each for each in every if each not in done]


def statements(step: str) -> list[str]:
    """Give the statements of a step."""
    return [statement.strip().removesuffix(";") for statement in step.split(";\n")]


def _clustered(statement: str) -> str:
    """Keep a table's rows in the order of its primary key, as distributed databases do."""
    return f"{statement} WITHOUT ROWID" if statement.startswith("CREATE TABLE") else statement

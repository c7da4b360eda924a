"""Bringing tables up to date: each component's steps are run once, in order, and never again."""

import time
from collections.abc import Mapping

from brickyard.engines.sql.connection import Connection

LEDGER = (
    "CREATE TABLE IF NOT EXISTS migrations"
    " (component TEXT, step INTEGER, applied_ns INTEGER, PRIMARY KEY (component, step))"
)


Tables = Mapping[str, tuple[str, ...]]
"""Components, and each one's steps, in the order in which they are run."""


def migrate(connection: Connection, tables: Tables) -> None:
    """Run the steps of components that were not yet run on this database; of each all of them, or none."""
    for component, steps in tables.items():
        connection.execute("BEGIN IMMEDIATE")
        try:
            _run_missing(connection, component, steps)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _run_missing(connection: Connection, component: str, steps: tuple[str, ...]) -> None:
    connection.execute(LEDGER)
    rows = connection.execute("SELECT step FROM migrations WHERE component = ?", (component,)).fetchall()
    done = {row[0] for row in rows}
    for number, step in enumerate(steps):
        if number in done:
            continue
        for statement in statements(step):
            connection.execute(_clustered(statement))
        connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", (component, number, time.time_ns()))


def statements(step: str) -> list[str]:
    """Give the statements of a step."""
    return [statement.strip().removesuffix(";") for statement in step.split(";\n")]


def _clustered(statement: str) -> str:
    """Keep a table's rows in the order of its primary key, as distributed databases do."""
    return f"{statement} WITHOUT ROWID" if statement.startswith("CREATE TABLE") else statement

"""Erasing a project: every row that it has, in every table, a few at a time so that others get their turn."""

from collections.abc import Iterable, Mapping

from brickyard.engines.sql import Sql, Transaction

CHUNK_ROWS = 200
"""Rows erased in one transaction."""
OWN = frozenset(("turns",))
"""Tables of the engine's own, which have a row of whoever writes."""

Tables = Mapping[str, list[str]]
"""The columns of each table's primary key, by the table's name."""


def keyed_by_project(columns: Iterable[tuple[str, str]]) -> Tables:
    """Give the tables that have rows of projects, of all (table, column of its primary key) in order."""
    tables: dict[str, list[str]] = {}
    for table, column in columns:
        tables.setdefault(table, []).append(column)
    return {name: key for name, key in tables.items() if key[0] == "project" and name not in OWN}


async def erase_rows(sql: Sql, tables: Tables) -> None:
    """Delete all rows of the project that `sql` is bound to. Cut short, it can be begun again."""
    for table, key in tables.items():
        columns = ", ".join(f'"{column}"' for column in key)
        statement = (
            f'DELETE FROM "{table}" WHERE project = ?1 AND ({columns}) IN'  # noqa: S608 - the schema's names
            f' (SELECT {columns} FROM "{table}" WHERE project = ?1 LIMIT {CHUNK_ROWS})'
        )
        while await _erased(sql, statement) == CHUNK_ROWS:
            pass


async def _erased(sql: Sql, statement: str) -> int:
    async def work(transaction: Transaction) -> int:
        return await transaction.changed(statement)

    return await sql.transact(work)

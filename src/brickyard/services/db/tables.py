"""The tables of a project: found, made, renamed, emptied and dropped, each in one short transaction."""

import secrets
from collections.abc import Iterable

import msgspec

from brickyard.contract import Conflict, NotFound
from brickyard.engines.sql import Sql, Transaction
from brickyard.services.db.definition import NO_INDEXES, IndexDefinition, Table, encode_indexes

FIND = "SELECT table_id, indexes FROM db_tables WHERE project = ?1 AND name = ?2"
INSERT = (
    "INSERT INTO db_tables (project, name, table_id, indexes) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
)
REPLACE = "UPDATE db_tables SET table_id = ?3, indexes = ?4 WHERE project = ?1 AND name = ?2"
RENAME = "UPDATE db_tables SET name = ?3 WHERE project = ?1 AND name = ?2"
DELETE = "DELETE FROM db_tables WHERE project = ?1 AND name = ?2"
NAMES = "SELECT name FROM db_tables WHERE project = ?1 ORDER BY name"
CONDEMN = "INSERT INTO db_purges (project, target_id) VALUES (?1, ?2)"


def new_id() -> int:
    """Make an id for a table's or an index's rows: random, so that processes need not agree on it."""
    return secrets.randbits(63)


async def look_up(sql: Sql, name: str) -> Table | None:
    """Find a table, outside of any transaction."""
    row = await sql.point(FIND, name)
    return None if row is None else Table(name, row[0], row[1])


async def find(tx: Transaction, name: str) -> Table | None:
    """Find a table."""
    rows = await tx.rows(FIND, name)
    return Table(name, rows[0][0], rows[0][1]) if rows else None


async def find_or_make(tx: Transaction, name: str) -> Table:
    """Find a table; make it if it is not there."""
    table = await find(tx, name)
    if table is None:
        table = Table(name, new_id(), NO_INDEXES)
        await tx.changed(INSERT, name, table.table_id, table.indexes_text)
    return table


async def existing(tx: Transaction, name: str) -> Table:
    """Find a table that must be there; `NotFound` if it is not."""
    table = await find(tx, name)
    if table is None:
        raise NotFound(f"There is no table {name}; ListTables names those there are.")
    return table


async def names(sql: Sql) -> list[str]:
    """List the project's tables."""
    return [row[0] for row in await sql.rows(NAMES)]


async def rename(tx: Transaction, name: str, new_name: str) -> None:
    """Give a table another name. `NotFound` if it is not there, `Conflict` if the new name is taken."""
    await existing(tx, name)
    if name == new_name:
        return
    if await find(tx, new_name) is not None:
        raise Conflict(f"There is a table {new_name} already; drop it first, or choose another name.")
    await tx.changed(RENAME, name, new_name)


async def truncate(tx: Transaction, name: str) -> None:
    """Empty a table: it gets a new id, its indexes too, and what belongs to the old ones is condemned."""
    table = await find(tx, name)
    if table is None:
        return
    fresh = tuple(msgspec.structs.replace(index, id=new_id(), ready=True) for index in table.indexes)
    await condemn(tx, table.table_id, *(index.id for index in table.indexes))
    await tx.changed(REPLACE, name, new_id(), encode_indexes(fresh))


async def drop(tx: Transaction, name: str) -> None:
    """Remove a table; what belongs to it is condemned. `NotFound` if it is not there."""
    table = await existing(tx, name)
    await condemn(tx, table.table_id, *(index.id for index in table.indexes))
    await tx.changed(DELETE, name)


async def keep_indexes(tx: Transaction, table: Table, indexes: Iterable[IndexDefinition]) -> None:
    """Put a table's indexes in place of those it had."""
    await tx.changed(REPLACE, table.name, table.table_id, encode_indexes(tuple(indexes)))


async def condemn(tx: Transaction, *target_ids: int) -> None:
    """Note that the rows of a table or an index are out of use, for `sweep.py` to remove."""
    await tx.run_many(CONDEMN, [(target_id,) for target_id in target_ids])

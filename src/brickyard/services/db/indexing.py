"""Making and dropping indexes while the table stays in use.

A new index is first noted as not ready: from then on every write keeps it up, and no query uses it. Then
the records that were there before are put in, a few in each transaction, so that other writes get their
turn in between. Then it is ready. Whoever is interrupted in this makes the same call again.
"""

import msgspec

from brickyard.contract import Conflict, NotFound, StorageFull
from brickyard.engines.sql import Sql, Transaction
from brickyard.services.db import entries, tables
from brickyard.services.db.definition import IndexDefinition, Table, room_for_one_more
from brickyard.services.db.record import decode_fields

CHUNK_RECORDS = 200
"""Records put into a new index in one transaction, at most: some milliseconds of work."""
CHUNK_BYTES = 1024 * 1024
"""Text of these records: once there is so much, the transaction ends with the record that reaches it."""

RECORDS_AFTER = (
    "SELECT seq, id, data FROM db_records WHERE project = ?1 AND table_id = ?2 AND seq > ?3"
    " ORDER BY seq LIMIT ?4"
)


async def create_index(
    sql: Sql, table_name: str, names: tuple[str, ...], fields: tuple[str, ...], *, unique: bool
) -> str:
    """Make an index and fill it; gives which of `names` it has: the first that is no other fields' index.

    `Conflict` if it cannot be made or is not unique, `StorageFull` if there is no room for its keys; then
    there is none.
    """
    wanted = IndexDefinition(tables.new_id(), names[-1], fields, unique, ready=False)

    async def note(tx: Transaction) -> IndexDefinition:
        return await _note(tx, table_name, names, wanted)

    index = await sql.transact(note)
    if index.ready:
        return index.name
    try:
        await _fill(sql, table_name, index)
    except (Conflict, StorageFull):
        await _withdraw(sql, table_name, index)
        raise
    return index.name


async def drop_index(tx: Transaction, table_name: str, name: str) -> None:
    """Remove an index. `NotFound` if it is not there."""
    table = await tables.find(tx, table_name)
    index = table.index(name) if table is not None else None
    if table is None or index is None:
        raise NotFound(f"The table {table_name} has no index {name}; ListIndexes names those it has.")
    await _remove(tx, table, index)


async def _note(
    tx: Transaction, table_name: str, names: tuple[str, ...], wanted: IndexDefinition
) -> IndexDefinition:
    table = await tables.find_or_make(tx, table_name)
    wanted = msgspec.structs.replace(wanted, name=_free_name(table, names, wanted.fields))
    present = table.index(wanted.name)
    if present is None:
        room_for_one_more(table)
        await tables.keep_indexes(tx, table, (*table.indexes, wanted))
        return wanted
    if (present.fields, present.unique) != (wanted.fields, wanted.unique):
        kind = "a unique" if present.unique else "an"
        raise Conflict(
            f"The table {table_name} has {kind} index {wanted.name} on {', '.join(present.fields)} already;"
            " drop it first, or give the new one another name."
        )
    return present


def _free_name(table: Table, names: tuple[str, ...], fields: tuple[str, ...]) -> str:
    """Give the first name that no index of other fields has; the last if they all are taken."""
    taken = {index.name for index in table.indexes if index.fields != fields}
    return next((name for name in names if name not in taken), names[-1])


async def _fill(sql: Sql, table_name: str, index: IndexDefinition) -> None:
    done_seq: int | None = -1
    while done_seq is not None:
        done_seq = await _fill_chunk(sql, table_name, index, done_seq)


async def _fill_chunk(sql: Sql, table_name: str, index: IndexDefinition, after_seq: int) -> int | None:
    """Put the next records in; returns the last one's place, None once the index is ready."""

    async def fill(tx: Transaction) -> int | None:
        table = await _still_wanted(tx, table_name, index)
        rows, more = await tx.page(
            RECORDS_AFTER, table.table_id, after_seq, CHUNK_RECORDS, size_bytes=CHUNK_BYTES
        )
        for seq, row_id, text in rows:
            await entries.put(tx, table, index, seq, row_id, decode_fields(text, index.names))
        if more or len(rows) == CHUNK_RECORDS:
            return rows[-1][0]
        ready = msgspec.structs.replace(index, ready=True)
        await tables.keep_indexes(
            tx, table, (ready if each.id == index.id else each for each in table.indexes)
        )
        return None

    return await sql.transact(fill)


async def _still_wanted(tx: Transaction, table_name: str, index: IndexDefinition) -> Table:
    table = await tables.find(tx, table_name)
    if table is None or all(each.id != index.id for each in table.indexes):
        raise Conflict(
            f"The index {index.name} was dropped, or its table {table_name} emptied, dropped or renamed,"
            " while the index was being made; make it again if it is still wanted."
        )
    return table


async def _withdraw(sql: Sql, table_name: str, index: IndexDefinition) -> None:
    async def withdraw(tx: Transaction) -> None:
        table = await tables.find(tx, table_name)
        if table is not None and any(each.id == index.id for each in table.indexes):
            await _remove(tx, table, index)

    await sql.transact(withdraw)


async def _remove(tx: Transaction, table: Table, index: IndexDefinition) -> None:
    await tables.keep_indexes(tx, table, (each for each in table.indexes if each.id != index.id))
    await tables.condemn(tx, index.id)

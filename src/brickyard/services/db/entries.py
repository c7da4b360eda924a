"""Keeping a table's indexes up with its records."""

from brickyard.contract import Conflict, JsonObject
from brickyard.engines.sql import Transaction
from brickyard.services.db.definition import IndexDefinition, Table
from brickyard.services.db.keys import index_key, unique_key
from brickyard.services.db.stored import KIND

ADD = (
    "INSERT INTO db_index_entries (project, index_id, key, seq) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO NOTHING"
)
REMOVE = "DELETE FROM db_index_entries WHERE project = ?1 AND index_id = ?2 AND key = ?3 AND seq = ?4"
CLAIM = (
    "INSERT INTO db_unique_keys (project, index_id, key, seq) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
)
RELEASE = "DELETE FROM db_unique_keys WHERE project = ?1 AND index_id = ?2 AND key = ?3 AND seq = ?4"
HOLDER = (
    "SELECT u.seq, r.id FROM db_unique_keys u"
    " LEFT JOIN db_records r ON r.project = ?1 AND r.table_id = ?4 AND r.seq = u.seq"
    " WHERE u.project = ?1 AND u.index_id = ?2 AND u.key = ?3"
)


async def add(tx: Transaction, table: Table, seq: int, row_id: str, record: JsonObject) -> None:
    """Put a new record in all indexes; `Conflict` if a unique one has its values already."""
    for index in table.indexes:
        await put(tx, table, index, seq, row_id, record)


async def put(
    tx: Transaction, table: Table, index: IndexDefinition, seq: int, row_id: str, record: JsonObject
) -> None:
    """Put a record, or its `index.names` alone, in one index, where it may be already.

    `Conflict` as for `add`.
    """
    if index.unique:
        await _claim(tx, table, index, seq, unique_key(record, row_id, index.order))
    await _insert(tx, ADD, index, index_key(record, row_id, index.order), seq)


async def remove(tx: Transaction, table: Table, seq: int, row_id: str, record: JsonObject) -> None:
    """Take a record, or its `table.indexed_names` alone, out of all indexes."""
    for index in table.indexes:
        await _delete(tx, REMOVE, index, index_key(record, row_id, index.order), seq)
        guard = unique_key(record, row_id, index.order) if index.unique else None
        if guard is not None:
            await _delete(tx, RELEASE, index, guard, seq)


async def move(
    tx: Transaction, table: Table, seq: int, row_id: str, old: JsonObject, new: JsonObject
) -> None:
    """Bring all indexes up to a changed record; `Conflict` as for `add`."""
    for index in table.indexes:
        before, now = index_key(old, row_id, index.order), index_key(new, row_id, index.order)
        if before != now:
            await _delete(tx, REMOVE, index, before, seq)
            await _insert(tx, ADD, index, now, seq)
        if index.unique:
            await _move_claim(
                tx,
                table,
                index,
                seq,
                unique_key(old, row_id, index.order),
                unique_key(new, row_id, index.order),
            )


async def _move_claim(
    tx: Transaction, table: Table, index: IndexDefinition, seq: int, before: bytes | None, now: bytes | None
) -> None:
    if before == now:
        return
    if before is not None:
        await _delete(tx, RELEASE, index, before, seq)
    await _claim(tx, table, index, seq, now)


async def _claim(tx: Transaction, table: Table, index: IndexDefinition, seq: int, key: bytes | None) -> None:
    if key is None or await _insert(tx, CLAIM, index, key, seq):
        return
    (holder, row_id), *_ = await tx.rows(HOLDER, index.id, key, table.table_id)
    if holder != seq:
        raise Conflict(
            f"The index {index.name} allows the same {', '.join(index.fields)} only once, and the record"
            f" {row_id!r} of table {table.name} has these values already."
        )


async def _insert(tx: Transaction, statement: str, index: IndexDefinition, key: bytes, seq: int) -> bool:
    """Put a key in, and count its bytes among what the project keeps; False if it was there."""
    made = bool(await tx.changed(statement, index.id, key, seq))
    if made:
        tx.keeps(KIND, 0, len(key))
    return made


async def _delete(tx: Transaction, statement: str, index: IndexDefinition, key: bytes, seq: int) -> None:
    if await tx.changed(statement, index.id, key, seq):
        tx.keeps(KIND, 0, -len(key))

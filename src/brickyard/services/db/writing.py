"""Writing records: each function is a part of one transaction, with the indexes kept up."""

from collections.abc import Iterable, Sequence

import msgspec

from brickyard.contract import Conflict, JsonObject, NotFound
from brickyard.engines.sql import Row, Transaction
from brickyard.engines.sql.stored import size_of
from brickyard.services.db import entries, tables
from brickyard.services.db.definition import Table
from brickyard.services.db.patch import Patch
from brickyard.services.db.query import Condition
from brickyard.services.db.record import decode, decode_fields, encode, with_id, without_id
from brickyard.services.db.select import delete_still, select_still
from brickyard.services.db.stored import KIND, records_gone

TARGET = (
    "SELECT t.table_id, t.indexes, (SELECT MAX(r.seq) FROM db_records r"
    " WHERE r.project = ?1 AND r.table_id = t.table_id)"
    " FROM db_tables t WHERE t.project = ?1 AND t.name = ?2"
)
INSERT = (
    "INSERT INTO db_records (project, table_id, seq, id, version, created_ns, updated_ns, data)"
    " VALUES (?1, ?2, ?3, ?4, 1, ?5, ?5, ?6) ON CONFLICT (project, table_id, id) DO NOTHING"
)
FIND = (
    "SELECT r.seq, r.version, r.data FROM db_records r WHERE r.project = ?1 AND r.table_id = ?2 AND r.id = ?3"
)
REPLACE = (
    "UPDATE db_records SET version = ?4, updated_ns = ?5, data = ?6"
    " WHERE project = ?1 AND table_id = ?2 AND seq = ?3"
)
DELETE = "DELETE FROM db_records WHERE project = ?1 AND table_id = ?2 AND seq = ?3"
DELETE_BY_ID = (
    "DELETE FROM db_records WHERE project = ?1 AND table_id = ?2 AND id = ?3 RETURNING octet_length(data)"
)

CHUNK_BYTES = 1024 * 1024
"""Text in memory at a time, of records that are deleted from a table with indexes. One may come on top."""


class NewRecord(msgspec.Struct, frozen=True):
    """A record ready to be kept."""

    id: str
    record: JsonObject
    """With its id in it."""
    text: str
    """The same as it is kept."""


async def create(tx: Transaction, table_name: str, records: Iterable[NewRecord], now_ns: int) -> None:
    """Keep records; the first that cannot be kept is a `Conflict`, and undoes all."""
    table, last_seq = await _target(tx, table_name)
    # A record's place in the order of insertion is the time in nanoseconds, or one more than the last.
    for seq, new in enumerate(records, max(now_ns, last_seq + 1)):
        if not await tx.changed(INSERT, table.table_id, seq, new.id, now_ns, new.text):
            raise Conflict(
                f"There is a record {new.id!r} in table {table_name} already; use Update to change it."
            )
        tx.keeps(KIND, 1, size_of(new.text))
        if table.indexes:
            await entries.add(tx, table, seq, new.id, new.record)


async def _target(tx: Transaction, table_name: str) -> tuple[Table, int]:
    """Give the table, made if need be, and the place of its last record."""
    rows = await tx.rows(TARGET, table_name)
    if not rows:
        return await tables.find_or_make(tx, table_name), -1
    table_id, indexes_text, last_seq = rows[0]
    return Table(table_name, table_id, indexes_text), -1 if last_seq is None else last_seq


async def update(
    tx: Transaction, table_name: str, row_id: str, patch: Patch, if_version: int, now_ns: int
) -> int:
    """Change a record; returns its new version. `NotFound` if it is not there, `Conflict` if not as asked."""
    table = await tables.find(tx, table_name)
    row = await _find(tx, table, row_id)
    if table is None or row is None:
        raise NotFound(f"There is no record {row_id!r} in table {table_name}; use Create to make it.")
    seq, version, text = row
    _expect(version, if_version, row_id)
    old = decode(text)
    # A copy of its own for the patch, which changes nested values in place.
    new = with_id(patch.applied(without_id(decode(text), row_id)), row_id)
    new_text = encode(new)
    await tx.changed(REPLACE, table.table_id, seq, version + 1, now_ns, new_text)
    tx.keeps(KIND, 0, size_of(new_text) - size_of(text))
    await entries.move(tx, table, seq, row_id, old, new)
    return version + 1


async def delete(tx: Transaction, table_name: str, row_id: str, if_version: int) -> None:
    """Remove a record if it is there. With `if_version`, `Conflict` if it is not, or not at that version."""
    table = await tables.find(tx, table_name)
    row = await _find(tx, table, row_id)
    if table is None or row is None:
        if if_version:
            raise Conflict(f"There is no record {row_id!r} in table {table_name}, of whatever version.")
        return
    seq, version, text = row
    _expect(version, if_version, row_id)
    await _delete(tx, table, seq, row_id, text)


async def delete_all(tx: Transaction, table: Table, row_ids: Iterable[str]) -> int:
    """Remove the records of those ids that are there; returns how many these were."""
    return sum([await _delete_by_id(tx, table, row_id) for row_id in dict.fromkeys(row_ids)])


async def delete_matching(tx: Transaction, table: Table, condition: Condition, seqs: Sequence[int]) -> int:
    """Remove those of some records that match a condition; returns how many these were.

    Only entries in indexes need the records' text, and then no more of it than `CHUNK_BYTES` at a time.
    """
    if not table.indexes:
        made = delete_still(tx.dialect, table, condition, seqs)
        return records_gone(tx, await tx.rows(made.text, *made.values))
    deleted, more = 0, True
    while more:
        made = select_still(tx.dialect, table, condition, seqs)
        rows, more = await tx.page(made.text, *made.values, size_bytes=CHUNK_BYTES)
        for seq, row_id, text in rows:
            await _delete(tx, table, seq, row_id, text)
        deleted += len(rows)
        seqs = [seq for seq in seqs if seq > rows[-1][0]] if rows else []
    return deleted


async def _delete_by_id(tx: Transaction, table: Table, row_id: str) -> int:
    if not table.indexes:
        return records_gone(tx, await tx.rows(DELETE_BY_ID, table.table_id, row_id))
    row = await _find(tx, table, row_id)
    if row is None:
        return 0
    seq, _, text = row
    await _delete(tx, table, seq, row_id, text)
    return 1


async def _delete(tx: Transaction, table: Table, seq: int, row_id: str, text: str) -> None:
    await tx.changed(DELETE, table.table_id, seq)
    tx.keeps(KIND, -1, -size_of(text))
    if table.indexes:
        await entries.remove(tx, table, seq, row_id, decode_fields(text, table.indexed_names))


async def _find(tx: Transaction, table: Table | None, row_id: str) -> Row | None:
    if table is None:
        return None
    rows = await tx.rows(FIND, table.table_id, row_id)
    return rows[0] if rows else None


def _expect(version: int, if_version: int, row_id: str) -> None:
    if if_version not in (0, version):
        raise Conflict(
            f"The record {row_id!r} is at version {version}, not {if_version}: read it again first."
        )

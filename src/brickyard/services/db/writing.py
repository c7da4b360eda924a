"""Writing records: each function is a part of one transaction, with the indexes kept up."""

from collections.abc import Iterable, Sequence

import msgspec

from brickyard.contract import Conflict, JsonObject, NotFound
from brickyard.engines.sql import Row, Transaction
from brickyard.services.db import entries, tables
from brickyard.services.db.definition import Table
from brickyard.services.db.patch import Patch
from brickyard.services.db.record import decode, encode, with_id, without_id

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
    await tx.changed(REPLACE, table.table_id, seq, version + 1, now_ns, encode(new))
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
    await _delete(tx, table, [(seq, row_id, text)])


async def delete_all(tx: Transaction, table: Table, row_ids: Iterable[str]) -> int:
    """Remove the records of those ids that are there; returns how many these were."""
    found = [(row_id, await _find(tx, table, row_id)) for row_id in dict.fromkeys(row_ids)]
    return await _delete(tx, table, [(row[0], row_id, row[2]) for row_id, row in found if row is not None])


async def delete_rows(tx: Transaction, table: Table, rows: Sequence[Row]) -> int:
    """Remove selected records (see `select.COLUMNS`); returns how many these were."""
    return await _delete(tx, table, [(seq, row_id, text) for text, seq, row_id, *_ in rows])


async def _delete(tx: Transaction, table: Table, rows: Sequence[tuple[int, str, str]]) -> int:
    await tx.run_many(DELETE, [(table.table_id, seq) for seq, _, _ in rows])
    if table.indexes:
        for seq, row_id, text in rows:
            await entries.remove(tx, table, seq, row_id, decode(text))
    return len(rows)


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

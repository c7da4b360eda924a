"""Reading pages and counts, by the index that suits the query best."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from brickyard.contract import Conflict, JsonObject
from brickyard.engines.sql import Page, Result, Row, Sql
from brickyard.services.db import tables
from brickyard.services.db.cursor import Position, encode_cursor
from brickyard.services.db.definition import Table
from brickyard.services.db.order import sort_values
from brickyard.services.db.plan import IndexPlan, plan
from brickyard.services.db.query import Condition
from brickyard.services.db.record import decode
from brickyard.services.db.select import Selection, probe, select_count, select_page, select_places

ATTEMPTS = 5
"""How often a read is begun again because the table's indexes changed under it."""
PROBE_ENTRIES = 4_000
"""From so many index entries on, a page in the order of insertion is read faster without the index."""
PAGE_BYTES = 8 * 1024 * 1024
"""Text in a page: once it has so much it ends, with the record that reaches it."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TEXT_BY_ID = (
    "SELECT r.data FROM db_tables t JOIN db_records r ON r.project = t.project AND r.table_id = t.table_id"
    " WHERE t.project = ?1 AND t.name = ?2 AND r.id = ?3"
)
BY_ID = (
    "SELECT r.data, r.seq, r.id, r.version, r.created_ns, r.updated_ns"
    " FROM db_tables t JOIN db_records r ON r.project = t.project AND r.table_id = t.table_id"
    " WHERE t.project = ?1 AND t.name = ?2 AND r.id = ?3"
)


async def read_one(sql: Sql, table_name: str, row_id: str) -> list[Row]:
    """Read a record by its id: one row, or none."""
    row = await sql.point(BY_ID, table_name, row_id)
    return [] if row is None else [row]


async def read_text(sql: Sql, table_name: str, row_id: str) -> list[Row]:
    """Read no more of a record than its text: one row of one column, or none."""
    row = await sql.point(TEXT_BY_ID, table_name, row_id)
    return [] if row is None else [row]


async def read_page(sql: Sql, table_name: str, selection: Selection, *, limit: int, offset: int) -> Page:
    """Read at most `limit` records, as rows of `select.COLUMNS`; fewer if they are large (`PAGE_BYTES`)."""

    async def read(table: Table) -> Page:
        chosen = await _chosen(sql, table, selection)
        made = select_page(sql.dialect, table, selection, chosen, limit=limit + 1, offset=offset)
        rows, more = await sql.page(made.text, *made.values, size_bytes=PAGE_BYTES)
        return Page(rows[:limit], more=more or len(rows) > limit)

    return await _steadily(sql, table_name, read, nothing=Page([], more=False))


async def read_places(sql: Sql, table_name: str, condition: Condition, *, limit: int) -> list[int]:
    """Read where the oldest records that match are: no more of each than its `seq`."""
    selection = Selection(condition)

    async def read(table: Table) -> list[int]:
        made = select_places(sql.dialect, table, selection, await _chosen(sql, table, selection), limit=limit)
        return [seq for (seq,) in await sql.rows(made.text, *made.values)]

    return await _steadily(sql, table_name, read, nothing=[])


async def count(sql: Sql, table_name: str, condition: Condition | None) -> int:
    """Count the records that match."""

    async def read(table: Table) -> int:
        made = select_count(sql.dialect, table, condition, plan(condition, (), table.indexes))
        ((number,),) = await sql.rows(made.text, *made.values)
        return number

    return await _steadily(sql, table_name, read, nothing=0)


def records_of(rows: list[Row]) -> list[JsonObject]:
    """Give the records of rows, as the JSON text that they are kept as."""
    # Raw text goes into the reply as it is; to decode it only to encode it again would double a read's cost.
    return cast("list[JsonObject]", [msgspec.Raw(row[0].encode()) for row in rows])


def cursor_after(row: Row, selection: Selection, query_digest: bytes) -> str:
    """Give the cursor that goes on after a row."""
    values = sort_values(decode(row[0]), row[2], selection.order) if selection.order else []
    return encode_cursor(Position(query_digest, tuple(values), row[1]))


def timestamp(ns: int) -> str:
    """Write a time in nanoseconds since 1970 as RFC 3339, to the microsecond."""
    moment = EPOCH + timedelta(microseconds=ns // 1_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def _steadily(
    sql: Sql, table_name: str, read: Callable[[Table], Awaitable[Result]], nothing: Result
) -> Result:
    """Read a table as it was looked up; once more if that found `nothing`, and it is no longer the same."""
    for _ in range(ATTEMPTS):
        table = await tables.look_up(sql, table_name)
        if table is None:
            return nothing
        found = await read(table)
        if found != nothing or await tables.look_up(sql, table_name) == table:
            return found
    raise Conflict(f"The indexes of table {table_name} kept changing; try again.")


async def _chosen(sql: Sql, table: Table, selection: Selection) -> IndexPlan | None:
    """Choose an index, but none without the order of insertion if what it finds would be long to sort."""
    chosen = plan(selection.condition, selection.order, table.indexes)
    if chosen is None or selection.order or chosen.served != "no":
        return chosen
    made = probe(sql.dialect, chosen, PROBE_ENTRIES)
    ((entries,),) = await sql.rows(made.text, *made.values)
    return chosen if entries < PROBE_ENTRIES else None

"""The first rows of a result, fetched a few at a time, so that little more of it is ever in memory."""

from collections.abc import Sequence

from brickyard.engines.sql import Page, Row, Value
from brickyard.engines.sql.page import row_bytes
from brickyard.engines.sql.postgres.connection import Connection

FETCH_MAX = 16
"""Rows asked for at once, at most: whatever came before, each of them may be as large as rows get."""


async def first_rows(
    connection: Connection, statement: str, values: Sequence[Value], size_bytes: int
) -> Page:
    """Fetch rows until they take `size_bytes`, one at least. The connection must be in a transaction."""
    cursor = await connection.cursor(statement, *values)
    rows: list[Row] = []
    taken_bytes, asked = 0, 1
    while True:
        fetched = await cursor.fetch(asked)
        for row in map(tuple, fetched):
            if rows and taken_bytes >= size_bytes:
                return Page(rows, more=True)
            rows.append(row)
            taken_bytes += row_bytes(row)
        if len(fetched) < asked:
            return Page(rows, more=False)
        room = (size_bytes - taken_bytes) // (taken_bytes // len(rows) + 1)
        asked = max(1, min(2 * asked, FETCH_MAX, room + 1))

"""The first rows of a result, fetched one at a time, so that no more of it is ever in memory."""

from contextlib import closing

from brickyard.engines.sql import Page, Row
from brickyard.engines.sql.connection import Cursor


def first_rows(cursor: Cursor, size_bytes: int) -> Page:
    """Fetch rows until they take `size_bytes`, one at least, and end the statement."""
    rows: list[Row] = []
    taken_bytes = 0
    with closing(cursor):  # a statement left in the middle would hold on to its snapshot
        while taken_bytes < size_bytes or not rows:
            row = cursor.fetchone()
            if row is None:
                return Page(rows, more=False)
            rows.append(row)
            taken_bytes += row_bytes(row)
        return Page(rows, more=cursor.fetchone() is not None)


def row_bytes(row: Row) -> int:
    """Give the size of a row's texts (in UTF-8) and blobs; numbers take next to nothing."""
    size = 0
    for value in row:  # a thousand times for a page, while nobody else's Python runs
        if type(value) is str:
            size += len(value) if value.isascii() else len(value.encode())
        elif type(value) is bytes:
            size += len(value)
    return size

"""Looking for calls in a project's log, newest first."""

from collections.abc import Callable

import msgspec

from brickyard.contract import BadRequest
from brickyard.engines.sql import Sql
from brickyard.platform.usage.record import CallRecord
from brickyard.platform.usage.store import unpacked

ROWS_MAX = 25
"""Rows of the log looked through in one go, some thousands of calls each; a cursor goes on from there."""

NEWEST = (
    "SELECT id, lines FROM usage_log WHERE project = ?1 AND id <= ?2 AND last_ms >= ?3 AND first_ms < ?4"
    " ORDER BY id DESC LIMIT ?5"
)
LAST_ID = "~"
"""After every id."""


class Found(msgspec.Struct, frozen=True):
    """Some calls, and where to go on."""

    records: list[CallRecord]
    cursor: str
    """Empty when there is no more."""


async def search(
    sql: Sql, span_ms: tuple[int, int], wanted: Callable[[CallRecord], bool], *, cursor: str, limit: int
) -> Found:
    """Give calls that ended within a span (from, to) and are `wanted`; perhaps fewer than `limit`."""
    row_id, skip = _read(cursor)
    rows = await sql.rows(NEWEST, row_id, *span_ms, ROWS_MAX + 1)
    records: list[CallRecord] = []
    for number, (id_, lines) in enumerate(rows):
        if number == ROWS_MAX:
            return Found(records, f"{id_}.0")
        for place, record in enumerate(reversed(unpacked(lines))):
            if (id_ == row_id and place < skip) or not span_ms[0] <= record.time * 1000 < span_ms[1]:
                continue
            if wanted(record):
                if len(records) == limit:
                    return Found(records, f"{id_}.{place}")
                records.append(record)
    return Found(records, "")


def _read(cursor: str) -> tuple[str, int]:
    if not cursor:
        return LAST_ID, 0
    row_id, _, place = cursor.partition(".")
    if not (row_id.isalnum() and row_id.isascii() and place.isdecimal() and place.isascii()):
        raise BadRequest.at("/cursor", "This is no cursor: give a `next_cursor` back as it came.")
    return row_id, int(place[:9])

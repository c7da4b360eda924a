"""Adding counts up, by whatever they are asked for by."""

from collections import defaultdict
from collections.abc import Sequence

from brickyard.engines.sql import Row, Sql
from brickyard.platform.usage.counts import Count

COLUMNS = {"start": 0, "endpoint": 1, "key": 2, "status": 3, "provider": 4}
ROWS_MAX = 200_000
"""Counts read for one summary, at most."""

READ = (
    "SELECT start_s, call, key, status, provider, calls, bytes_in, bytes_out, cost, durations"
    " FROM usage_counts WHERE project = ?1 AND step = ?2 AND start_s >= ?3 AND start_s < ?4"
    " ORDER BY start_s, call, key, status, provider LIMIT ?5"
)

Group = tuple[str | int, ...]


async def summarise(sql: Sql, step: str, span_s: tuple[int, int], by: Sequence[str]) -> dict[Group, Count]:
    """Add up the counts of a span by some columns, in the order of time and names."""
    rows = await sql.rows(READ, step, *span_s, ROWS_MAX)
    sums: defaultdict[Group, Count] = defaultdict(Count)
    for row in rows:
        sums[_group(row, by)].merge(Count(*row[5:]))
    return dict(sums)


def _group(row: Row, by: Sequence[str]) -> Group:
    return tuple(row[1].partition(".")[0] if each == "service" else row[COLUMNS[each]] for each in by)

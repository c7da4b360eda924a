"""Records counted: so many calls of an endpoint by a key in a minute, an hour, a day."""

from collections import defaultdict
from collections.abc import Iterable

from brickyard.engines.sql import Transaction
from brickyard.platform.usage.durations import Durations
from brickyard.platform.usage.record import CallRecord

STEPS_S = {"minute": 60, "hour": 3600, "day": 86_400}

FIND = (
    "SELECT calls, bytes_in, bytes_out, cost, durations FROM usage_counts WHERE project = ?1 AND step = ?2"
    " AND start_s = ?3 AND call = ?4 AND key = ?5 AND status = ?6 AND provider = ?7"
)
PUT = (
    "INSERT INTO usage_counts (project, step, start_s, call, key, status, provider,"
    " calls, bytes_in, bytes_out, cost, durations)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    " ON CONFLICT (project, step, start_s, call, key, status, provider) DO UPDATE SET"
    " calls = excluded.calls, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out,"
    " cost = excluded.cost, durations = excluded.durations"
)

Place = tuple[str, int, str, str, int, str]
"""What is counted together: step, start in seconds, endpoint, key, status, provider."""


class Count:
    """What calls of one place add up to."""

    __slots__ = ("bytes_in", "bytes_out", "calls", "cost", "durations")

    def __init__(
        self,
        calls: int = 0,
        bytes_in: int = 0,
        bytes_out: int = 0,
        cost: int = 0,
        durations: bytes | None = None,
    ) -> None:
        """Begin with what was counted before."""
        self.calls, self.bytes_in, self.bytes_out, self.cost = calls, bytes_in, bytes_out, cost
        self.durations = Durations() if durations is None else Durations.unpacked(durations)

    def add(self, record: CallRecord) -> None:
        """Count one call."""
        self.calls += 1
        self.bytes_in += record.bytes_in
        self.bytes_out += record.bytes_out
        self.cost += record.cost
        self.durations.add(record.duration_ms)

    def merge(self, other: "Count") -> None:
        """Count what another counted."""
        self.calls += other.calls
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.cost += other.cost
        self.durations.update(other.durations)


def counted(records: Iterable[CallRecord]) -> dict[Place, Count]:
    """Count records in every step."""
    counts: defaultdict[Place, Count] = defaultdict(Count)
    for record in records:
        for step, length_s in STEPS_S.items():
            start_s = int(record.time) // length_s * length_s
            counts[step, start_s, record.call, record.key, record.status, record.provider].add(record)
    return dict(counts)


async def keep(transaction: Transaction, counts: dict[Place, Count]) -> None:
    """Add counts to those that are kept."""
    for place, count in counts.items():
        for row in await transaction.rows(FIND, *place):
            count.merge(Count(*row))
        await transaction.changed(
            PUT, *place, count.calls, count.bytes_in, count.bytes_out, count.cost, count.durations.packed()
        )

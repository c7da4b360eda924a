"""Calendar months in UTC: the windows of caps, quotas and statements. A new one needs no job to begin it."""

from datetime import UTC, datetime

import msgspec

SECOND_NS = 1_000_000_000
DECEMBER = 12
FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Nanoseconds since 1970 fit into 64 bits until 2262."""


class Month(msgspec.Struct, frozen=True):
    """A calendar month."""

    starts_ns: int
    """Its first nanosecond, since 1970-01-01 UTC."""
    ends_ns: int
    """The first nanosecond after it."""

    @classmethod
    def of(cls, moment_ns: int) -> "Month":
        """Give the month of a moment."""
        moment = datetime.fromtimestamp(moment_ns // SECOND_NS, UTC)
        return cls.numbered(moment.year, moment.month)

    @classmethod
    def numbered(cls, year: int, number: int) -> "Month":
        """Give a month of a year; a ValueError if there is none of that number, or it is too far away."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"The year {year} is not one of {FIRST_YEAR} to {LAST_YEAR}.")
        starts = datetime(year, number, 1, tzinfo=UTC)
        ends = datetime(year + number // DECEMBER, number % DECEMBER + 1, 1, tzinfo=UTC)
        return cls(int(starts.timestamp()) * SECOND_NS, int(ends.timestamp()) * SECOND_NS)

    @property
    def name(self) -> str:
        """Write it as `2026-11`."""
        return timestamp(self.starts_ns)[:7]


def timestamp(moment_ns: int) -> str:
    """Write a moment as RFC 3339 text in UTC, to the second."""
    moment = datetime.fromtimestamp(moment_ns // SECOND_NS, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

"""Moments as they are told."""

from datetime import UTC, datetime

NANOSECONDS = 1_000_000_000


def timestamp(moment_ns: int) -> str:
    """Write nanoseconds since 1970 as RFC 3339, to the second."""
    moment = datetime.fromtimestamp(moment_ns // NANOSECONDS, UTC)
    return moment.isoformat().replace("+00:00", "Z")

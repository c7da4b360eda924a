"""Moments in text: the dates that queries compare as moments rather than as strings."""

import re
from datetime import UTC, datetime

# Deliberately narrow (a profile of RFC 3339), and each part in its range, so that every SQL dialect can
# agree on what is a date. Only a month's days are left to the calendar; there is no year 0000.
DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d+))?)?"
    r"(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))?)?",
    re.ASCII,
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400


def read_instant(text: str) -> int | None:
    """Read a date, or a date and time; without an offset it is UTC. None if it is not one.

    The result is in milliseconds since 1970-01-01 UTC, rounded; of a fraction six digits are read.
    """
    match = DATE.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups(default="")
    try:
        days = (datetime.fromisoformat(f"{day}T00:00:00Z") - EPOCH).days
    except ValueError:
        return None
    offset_s = _seconds(zone_hour, zone_minute, "") * (-1 if sign == "-" else 1)
    moment_s = days * DAY_S + _seconds(hour, minute, second) - offset_s
    return moment_s * 1_000 + (int(f"{fraction}000000"[:6]) + 500) // 1_000


def _seconds(hour: str, minute: str, second: str) -> int:
    return int(hour or 0) * 3_600 + int(minute or 0) * 60 + int(second or 0)

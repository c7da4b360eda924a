"""Moments in nanoseconds, and as RFC 3339 writes them."""

import re
from datetime import UTC, datetime

SECOND_NS = 1_000_000_000
LATEST_NS = 2**63 - 1
"""The last moment that 64 bits hold, in the year 2262; what is later stands for it."""

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def written(moment_ns: int) -> str:
    """Write a moment in UTC, always with nine decimals, so that texts sort as moments do."""
    seconds, nanos = divmod(moment_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"


def parsed(text: str) -> int:
    """Read a moment (RFC 3339, section 5.6), in nanoseconds since 1970; a ValueError if it is none.

    Moments before 1970 are given as 0.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no RFC 3339 time")
    date, time, fraction, zone = found.groups()
    whole = datetime.fromisoformat(f"{date}T{time}{zone.upper().replace('Z', '+00:00')}")
    elapsed = whole - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = elapsed.days * 86_400 + elapsed.seconds
    return min(max(seconds * SECOND_NS + int((fraction or "0").ljust(9, "0")), 0), LATEST_NS)

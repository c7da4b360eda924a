"""Moments in text: the dates that queries compare as moments rather than as strings."""

import re
from datetime import UTC, datetime, timedelta

# Deliberately narrow (a profile of RFC 3339), so that every SQL dialect can agree on what is a date.
DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_DIGITS = re.compile(r"(:\d\d\.\d{1,6})\d*")


def read_instant(text: str) -> int | None:
    """Read a date, or a date and time; without an offset it is UTC. None if it is not one.

    The result is in milliseconds since 1970-01-01 UTC, rounded.
    """
    if DATE.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(SECOND_DIGITS.sub(r"\1", text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - EPOCH + timedelta(microseconds=500)) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None

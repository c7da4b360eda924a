"""Ids that sort by when they were made (ULIDs), so that rows are found by time where they lie by id."""

from brickyard.engines.clock import NANOSECONDS, Clock

LATE_NS = 3600 * NANOSECONDS
"""Between when an id is made and when its row says that it was made there is less than this, either way."""
TIME_CHARS = 10
"""Of an id, after its prefix: the time, in milliseconds."""


def new_id(prefix: str, clock: Clock) -> str:
    """Give an id that sorts after those made before: `prefix`, `_`, the time and some chance."""
    from ulid import ULID

    return f"{prefix}_{ULID.from_timestamp(clock.now_ns() / NANOSECONDS)}"


def ids_between(prefix: str, since_ns: int, until_ns: int, before: str) -> tuple[str, str]:
    """Give the first id that a row made between two moments may have, and what all of them are less than.

    They are less than `before` too, if that is not empty.
    """
    last = _least(prefix, until_ns + LATE_NS)
    return _least(prefix, since_ns - LATE_NS), min(last, before) if before else last


def _least(prefix: str, moment_ns: int) -> str:
    """Give what no id made from a moment on is less than, and every id made before it is."""
    from ulid import ULID

    return f"{prefix}_{str(ULID.from_timestamp(max(0, moment_ns // 1_000_000)))[:TIME_CHARS]}"

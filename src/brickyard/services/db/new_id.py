"""Ids for records that come without one: UUIDs of version 7 (RFC 9562), which rise with time.

Rising ids are inserted at the end of an index rather than all over it, which halves the cost of a
record in a large table.
"""

import os
import time

POOL_BYTES = 8_192
RANDOM_BYTES = 10
VERSION, VARIANT = 0x7000, 0x8000


class IdMaker:
    """Makes ids, and asks the system for randomness by the page rather than by the id."""

    __slots__ = ("_at", "_pool")

    def __init__(self) -> None:
        self._pool, self._at = b"", POOL_BYTES

    def new(self) -> str:
        """Make an id: 48 bits of milliseconds and 74 of randomness."""
        at = self._at
        if at + RANDOM_BYTES > len(self._pool):
            self._pool, at = os.urandom(POOL_BYTES), 0
        self._at = at + RANDOM_BYTES
        random = int.from_bytes(self._pool[at : self._at], "big")
        time_ms = f"{time.time_ns() // 1_000_000:012x}"
        high = VERSION | random & 0xFFF
        middle = VARIANT | random >> 12 & 0x3FFF
        return f"{time_ms[:8]}-{time_ms[8:]}-{high:x}-{middle:x}-{random >> 26 & 0xFFFFFFFFFFFF:012x}"


new_id = IdMaker().new

"""Ids for records that come without one: UUIDs of version 7 (RFC 9562), which rise with time.

Rising ids are inserted at the end of an index rather than all over it, which halves the cost of a
record in a large table.
"""

import os
import time

POOL_BYTES = 8_192
DIGITS = 19
"""Hexadecimal digits of an id that are random; two bits of one of them say which kind of UUID it is."""
VERSION = "7"
VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class IdMaker:
    """Makes ids, and asks the system for randomness by the page rather than by the id."""

    __slots__ = ("_at", "_pool", "_stem", "_time_ms")

    def __init__(self) -> None:
        self._pool, self._at = "", 0
        self._time_ms, self._stem = -1, ""

    def new(self) -> str:
        """Make an id: 48 bits of milliseconds and 74 of randomness."""
        at = self._at
        if at + DIGITS > len(self._pool):
            self._pool, at = os.urandom(POOL_BYTES).hex(), 0
        self._at = at + DIGITS
        time_ms, random = time.time_ns() // 1_000_000, self._pool[at : at + DIGITS]
        if time_ms != self._time_ms:
            digits = f"{time_ms:012x}"
            self._time_ms, self._stem = time_ms, f"{digits[:8]}-{digits[8:]}-{VERSION}"
        return f"{self._stem}{random[:3]}-{VARIANT[random[3]]}{random[4:7]}-{random[7:]}"


new_id = IdMaker().new

"""Ids out of the time, a node and a count: unique even when the clock stands still or goes back."""

import base64
import secrets
import string

SHORTID_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "_-"
SHORTID_EPOCH_MS = 1_451_606_400_000
"""2016-01-01, as the shortid libraries have it."""
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
"""2010-11-04, Twitter's, which the common libraries keep."""


class Ticker:
    """A time that never repeats: it counts within a tick, and borrows from the next one when full."""

    def __init__(self, count_bits: int) -> None:
        """Count to 2 to the power of `count_bits` within a tick."""
        self._bits = count_bits
        self._last = 0

    def next(self, tick: int) -> int:
        """Give a number larger than any before: the tick, and below it `count_bits` bits of count."""
        self._last = max(tick << self._bits, self._last + 1)
        return self._last


class Flakes:
    """The ids of one node, which is a number drawn when the process starts."""

    def __init__(self) -> None:
        node = secrets.randbits(48)
        self._node = node
        self._machine = node.to_bytes(6, "big")[:5]
        self._snowflake, self._bigflake = Ticker(12), Ticker(16)
        self._shortid, self._xid = Ticker(13), Ticker(24)

    def snowflake(self, now_ns: int) -> str:
        """41 bits of milliseconds, 10 of node, 12 of count, as a decimal number."""
        number = self._snowflake.next(now_ns // 1_000_000 - SNOWFLAKE_EPOCH_MS)
        millisecond, count = divmod(number, 1 << 12)
        return str(millisecond << 22 | (self._node & 0x3FF) << 12 | count)

    def bigflake(self, now_ns: int) -> str:
        """Milliseconds since 1970, 48 bits of node, 16 of count, as a decimal number of some 105 bits."""
        millisecond, count = divmod(self._bigflake.next(now_ns // 1_000_000), 1 << 16)
        return str(millisecond << 64 | self._node << 16 | count)

    def shortid(self, now_ns: int) -> str:
        """Nine characters: milliseconds since 2016 and 13 bits of count, as digits of base 64."""
        number = self._shortid.next(now_ns // 1_000_000 - SHORTID_EPOCH_MS)
        return "".join(SHORTID_ALPHABET[number >> 6 * place & 63] for place in reversed(range(9)))

    def xid(self, now_ns: int) -> str:
        """12 bytes (4 of seconds, 5 of machine and process, 3 of count) in base32hex: github.com/rs/xid."""
        second, count = divmod(self._xid.next(now_ns // 1_000_000_000), 1 << 24)
        raw = second.to_bytes(4, "big") + self._machine + count.to_bytes(3, "big")
        return base64.b32hexencode(raw).decode().rstrip("=").lower()

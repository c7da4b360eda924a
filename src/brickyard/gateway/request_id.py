"""Request ids: `req_` and a ULID, made in well under a microsecond."""

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32, as ULIDs use it
PER_STEM = 1024
_ENDINGS = [high + low for high in ALPHABET for low in ALPHABET]


class RequestIds:
    """Ids that rise with time. Within a millisecond they count up, as the ULID specification allows."""

    __slots__ = ("_count", "_millisecond", "_random", "_stem")

    def __init__(self) -> None:
        self._millisecond, self._random, self._stem, self._count = 0, 0, "", PER_STEM

    def next(self) -> str:
        """Make an id."""
        millisecond = time.time_ns() // 1_000_000
        if millisecond > self._millisecond or self._count >= PER_STEM:
            self._renew(max(millisecond, self._millisecond))
        count = self._count
        self._count = count + 1
        return self._stem + _ENDINGS[count]

    def _renew(self, millisecond: int) -> None:
        # 69 of 70 bits are random, so that there is room to count up from there.
        self._random = secrets.randbits(69) if millisecond > self._millisecond else self._random + 1
        self._millisecond, self._count = millisecond, 0
        self._stem = f"req_{_base32(millisecond, 10)}{_base32(self._random, 14)}"


def _base32(number: int, length: int) -> str:
    return "".join(ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(length)))

"""How long calls took, counted in buckets that grow geometrically: eight for each doubling.

Counts of different minutes, keys or processes add up, which percentiles themselves do not. What is read
out is within 5 % of the truth.
"""

import math
from collections import Counter
from collections.abc import Iterable

import msgspec

PER_DOUBLING = 8
SHORTEST_MS = 0.001
"""What takes less counts as this."""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(dict[int, int]).decode


class Durations(Counter[int]):
    """Counts by bucket."""

    @classmethod
    def unpacked(cls, packed: bytes) -> "Durations":
        """Read what `packed` wrote."""
        return cls(_unpack(packed))

    def packed(self) -> bytes:
        """Write them as they are kept."""
        return _pack(dict(self))

    def add(self, duration_ms: float) -> None:
        """Count one call."""
        self[math.floor(math.log2(max(duration_ms, SHORTEST_MS)) * PER_DOUBLING)] += 1

    def percentiles(self, *wanted: float) -> list[float]:
        """Give the durations in milliseconds below which those shares (0 to 1) of calls lie; 0 for none."""
        total, sums = self.total(), list(_running(sorted(self.items())))
        return [
            _middle(next((each for each, sum_ in sums if sum_ >= share * total), None)) for share in wanted
        ]


def _running(buckets: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    total = 0
    for bucket, count in buckets:
        total += count
        yield bucket, total


def _middle(bucket: int | None) -> float:
    return 0.0 if bucket is None else round(2 ** ((bucket + 0.5) / PER_DOUBLING), 4)

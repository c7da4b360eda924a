"""A bucket within others: what is taken out of it is taken out of each of those too."""

from collections.abc import Sequence

from brickyard.platform.limits.bucket import Bucket


class Nested:
    """The bucket of a key, those of the keys that it was made by around it."""

    __slots__ = ("_buckets",)

    def __init__(self, buckets: Sequence[Bucket]) -> None:
        """Take out of all `buckets`."""
        self._buckets = buckets

    def take(self, now_s: float) -> float:
        """Take one out; gives 0, or after how many seconds there will be one where there is none."""
        for number, each in enumerate(self._buckets):
            if wait_s := each.take(now_s):
                for taken in self._buckets[:number]:
                    taken.put_back()
                return wait_s
        return 0.0

    def put_back(self) -> None:
        """Undo a `take`."""
        for each in self._buckets:
            each.put_back()

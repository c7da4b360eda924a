"""Answers kept to be given again: while their provider calls them fresh, and longer if nobody answers."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from brickyard.providers.about import Freshness

SIZE_MAX_BYTES = 64 * 1024 * 1024

Key = tuple[str, ...]


class Kept(msgspec.Struct, frozen=True):
    """An answer, as it is kept."""

    provider: str
    own: bool
    """Whether it was had by the project's own credentials."""
    content: bytes
    kept_at: float
    freshness: Freshness

    def age_s(self, now: float) -> float:
        """Say how old it is."""
        return now - self.kept_at


class Shelf:
    """Keeps answers in memory, the ones used last."""

    def __init__(
        self, size_max_bytes: int = SIZE_MAX_BYTES, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep `size_max_bytes` at most."""
        self._size_max_bytes, self._now = size_max_bytes, now
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._size_bytes = 0

    def find(self, key: Key) -> Kept | None:
        """Give what is kept and may still be given, fresh or not."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.age_s(self._now()) > kept.freshness.fresh_s + kept.freshness.stale_s:
            self._remove(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def age_s(self, kept: Kept) -> float:
        """Say how old an answer is."""
        return kept.age_s(self._now())

    def is_fresh(self, kept: Kept) -> bool:
        """Say whether it may be given without asking again."""
        return self.age_s(kept) <= kept.freshness.fresh_s

    def keep(self, key: Key, provider: str, own: bool, answer: Any, freshness: Freshness) -> None:  # noqa: FBT001 - as `Kept` has them
        """Keep an answer."""
        kept = Kept(provider, own, msgspec.msgpack.encode(answer), self._now(), freshness)
        self._remove(key)
        if len(kept.content) > self._size_max_bytes // 16:
            return
        self._kept[key] = kept
        self._size_bytes += _size(key, kept)
        while self._size_bytes > self._size_max_bytes:
            self._remove(next(iter(self._kept)))

    def _remove(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._size_bytes -= _size(key, kept)


def _size(key: Key, kept: Kept) -> int:
    return sum(map(len, key)) + len(kept.content)

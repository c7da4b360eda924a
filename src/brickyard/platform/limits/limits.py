"""The limits of all callers: a bucket for each key and each account, and a count of calls under way.

They are this process's own: several gateways of one cloud each let that much through. What may be spent
is bounded elsewhere, to the last nano-dollar.
"""

from typing import TypeVar

from brickyard.contract import TooManyRequests
from brickyard.platform.limits.allowance import Allowance
from brickyard.platform.limits.bucket import Bucket
from brickyard.platform.limits.pace import Pace

KEPT_MAX = 100_000
"""Callers whose buckets are remembered at once; forgetting one fills it."""
BURST_S = 1
"""A bucket holds what comes in so many seconds."""
BUSY_RETRY_S = 1.0

T = TypeVar("T")
Name = TypeVar("Name", str, tuple[str, int])


class Running:
    """How many calls of an account are under way."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


class Gauge:
    """The limits that hold for one key."""

    __slots__ = ("_account", "_concurrent", "_key", "_named", "_running", "pace", "policy")

    def __init__(
        self, key: Bucket | None, account: Bucket | None, pace: Pace | None, running: Running, concurrent: int
    ) -> None:
        """Bound calls by the buckets of a key and of its account, and by how many are `running`."""
        self._key, self._account, self._running, self._concurrent = key, account, running, concurrent
        self.pace = pace
        """How fast large requests are taken; None for as fast as they come."""
        both = ((b"key", key), (b"account", account))
        self._named = [(name, bucket) for name, bucket in both if bucket is not None]
        self.policy = b", ".join(
            [b'"%b";q=%d;w=%d' % (name, each.burst, BURST_S) for name, each in self._named]
        )
        """The header `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""

    def enter(self, now_s: float) -> None:
        """Let a call in; `TooManyRequests` says after how long, if it is one too many."""
        if self._concurrent and self._running.count >= self._concurrent:
            raise TooManyRequests(
                f"{self._concurrent} calls of this account are under way at once, which is the most.",
                retry_after_s=BUSY_RETRY_S,
            )
        if self._key is not None and (wait_s := self._key.take(now_s)):
            raise TooManyRequests(
                f"The key makes more than {self._key.burst} calls a second.", retry_after_s=wait_s
            )
        if self._account is not None and (wait_s := self._account.take(now_s)):
            if self._key is not None:
                self._key.put_back()
            raise TooManyRequests(
                f"The account makes more than {self._account.burst} calls a second.", retry_after_s=wait_s
            )
        self._running.count += 1

    def leave(self) -> None:
        """Note the end of a call that was let in."""
        self._running.count -= 1

    def state(self, now_s: float) -> bytes:
        """Give the header `RateLimit`: what is left of each policy, and when it is whole again."""
        return b", ".join([b'"%b";r=%d;t=%d' % (name, *each.state(now_s)) for name, each in self._named])


class Limits:
    """Everybody's limits."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, int], Bucket] = {}
        self._running: dict[str, Running] = {}
        self._paces: dict[tuple[str, int], Pace] = {}

    def gauge(self, key_id: str, allowance: Allowance) -> Gauge | None:
        """Give the limits of a key of an account; None if there are none."""
        key = self._bucket(key_id, allowance.key_per_s)
        account = self._bucket(allowance.account, allowance.account_per_s)
        pace = self._pace(allowance.account, allowance.bytes_per_s)
        if key is None and account is None and pace is None and not allowance.concurrent:
            return None
        running = _kept(self._running, allowance.account, Running())
        return Gauge(key, account, pace, running, allowance.concurrent)

    def _pace(self, name: str, bytes_per_s: int) -> Pace | None:
        return _kept(self._paces, (name, bytes_per_s), Pace(bytes_per_s)) if bytes_per_s else None

    def _bucket(self, name: str, per_s: int) -> Bucket | None:
        if not per_s:
            return None
        return _kept(self._buckets, (name, per_s), Bucket(per_s / BURST_S, per_s * BURST_S))


def _kept(kept: dict[Name, T], name: Name, new: T) -> T:
    if len(kept) >= KEPT_MAX:
        kept.clear()
    return kept.setdefault(name, new)

"""The limits of all callers: a bucket for each key and each account, and a count of calls under way.

They hold for all gateways of a cloud together. Each decides by its own, and asks nobody: `sharing.py` has the
gateways tell one another what they let through, so that a bucket is as empty here as the calls at all of them
have made it, but for those of the last moment. What may be spent is bounded elsewhere, to the last
nano-dollar.
"""

from collections.abc import Hashable
from typing import TypeVar

from brickyard.contract import TooManyRequests
from brickyard.platform.limits.allowance import Allowance
from brickyard.platform.limits.bucket import Bucket
from brickyard.platform.limits.counted import Counted, Name
from brickyard.platform.limits.nested import Nested
from brickyard.platform.limits.pace import Pace
from brickyard.platform.limits.running import Running

KEPT_MAX = 100_000
"""Callers whose buckets are remembered at once; forgetting one fills it."""
BURST_S = 1
"""A bucket holds what comes in so many seconds."""
BUSY_RETRY_S = 1.0
MAKERS = (b"maker", b"maker-2", b"maker-3", b"maker-4")
"""What the buckets around a key's are called in headers."""

T = TypeVar("T")
Found = TypeVar("Found", bound=Hashable)


class Gauge:
    """The limits that hold for one key."""

    __slots__ = (
        "_account",
        "_concurrent",
        "_key",
        "_keys",
        "_shown",
        "_template",
        "_used",
        "noted",
        "pace",
        "policy",
        "running",
    )

    def __init__(
        self,
        buckets: tuple[list[Bucket], Bucket | None],
        pace: Pace | None,
        running: Running,
        concurrent: int,
        used: list["Gauge"],
    ) -> None:
        """Bound calls by the `buckets` of a key and of its account, and by how many are `running`.

        A key has its own, and those that this one is within: its maker's first. It may have none.
        The first call after `noted` was set to False puts the gauge among those `used`.
        """
        self._keys, self._account = buckets
        self._key = Nested(self._keys) if len(self._keys) > 1 else next(iter(self._keys), None)
        self._concurrent, self._used = concurrent, used
        self.noted = False
        self.running = running
        self.pace = pace
        """How fast large requests are taken; None for as fast as they come."""
        named: list[tuple[bytes, Bucket]] = list(zip((b"key", *MAKERS), self._keys, strict=False))
        if self._account is not None:
            named.append((b"account", self._account))
        self._shown = [each for _, each in named]
        self._template = b", ".join([b'"%b";r=%%d;t=%%d' % name for name, _ in named])
        self.policy = b", ".join([b'"%b";q=%d;w=%d' % (name, each.burst, BURST_S) for name, each in named])
        """The header `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""

    def enter(self, now_s: float) -> None:
        """Let a call in; `TooManyRequests` says after how long, if it is one too many."""
        if self._concurrent and self.running.count >= self._concurrent:
            raise TooManyRequests(
                f"{self._concurrent} calls of this account are under way at once, which is the most.",
                retry_after_s=BUSY_RETRY_S,
            )
        if self._key is not None and (wait_s := self._key.take(now_s)):
            raise TooManyRequests(self._too_fast(now_s), retry_after_s=wait_s)
        if self._account is not None and (wait_s := self._account.take(now_s)):
            if self._key is not None:
                self._key.put_back()
            raise TooManyRequests(
                f"The account makes more than {self._account.burst} calls a second.", retry_after_s=wait_s
            )
        self.running.count += 1
        if not self.noted:
            self.noted = True
            self._used.append(self)

    def leave(self) -> None:
        """Note the end of a call that was let in."""
        self.running.count -= 1

    def counted(self) -> list[Counted]:
        """Give what counts what it lets through; what most keys are within, first."""
        return [each for each in (*reversed(self._keys), self._account, self.pace) if each is not None]

    def _too_fast(self, now_s: float) -> str:
        own, *around = self._keys
        empty = next((each for each in around if not each.state(now_s)[0]), None)
        if empty is None:
            return f"The key makes more than {own.burst} calls a second."
        return f"The key's maker and the keys made by it make more than {empty.burst} calls a second."

    def state(self, now_s: float) -> bytes:
        """Give the header `RateLimit`: what is left of each policy, and when it is whole again."""
        states: list[int] = []
        for each in self._shown:
            states += each.state(now_s)
        return self._template % tuple(states)


class Limits:
    """Everybody's limits, at this gateway."""

    def __init__(self) -> None:
        self._buckets: dict[Name, Bucket] = {}
        self._running: dict[str, Running] = {}
        self._paces: dict[Name, Pace] = {}
        self._used: list[Gauge] = []
        self._parts = 1

    def share(self, parts: int) -> None:
        """Let through one of so many equal parts of all limits from now on."""
        self._parts = parts
        for each in self._buckets.values():
            each.share(parts)

    def gauge(self, key_id: str, allowance: Allowance) -> Gauge | None:
        """Give the limits of a key of an account; None if there are none."""
        keys = self._keys(key_id, allowance)
        account = self._bucket(Name("account", allowance.account, allowance.account_per_s))
        pace = self._pace(Name("bytes", allowance.account, allowance.bytes_per_s))
        if not keys and account is None and pace is None and not allowance.concurrent:
            return None
        running = _kept(self._running, allowance.account, Running(allowance.account))
        running.most = allowance.concurrent
        return Gauge((keys, account), pace, running, allowance.concurrent, self._used)

    def take_used(self) -> list[Gauge]:
        """Give the gauges that let calls in since this was last asked."""
        used = self._used.copy()
        self._used.clear()
        for gauge in used:
            gauge.noted = False
        return used

    def debit(self, name: Name, taken: int, now_s: float, others: int) -> None:
        """Take out of a limit what one of `others` let through: also before anybody has that limit here."""
        if (limit := self._limit(name)) is not None:
            limit.debit(taken, now_s, others)

    def owe(self, name: Name, whole_at_s: float) -> None:
        """Take a limit to be whole no earlier than it is at another gateway."""
        if (limit := self._limit(name)) is not None:
            limit.owe(whole_at_s)

    def running(self, account: str) -> Running | None:
        """Give the count of an account's calls; None if it has made none here."""
        return self._running.get(account)

    def _keys(self, key_id: str, allowance: Allowance) -> list[Bucket]:
        """Give a key's bucket and those it is within, but none that one around it is empty before."""
        rates: list[tuple[str, int]] = []
        for owner, per_s in ((key_id, allowance.key_per_s), *allowance.within):
            while per_s and rates and rates[-1][1] >= per_s:
                rates.pop()
            rates.append((owner, per_s))
        found = (self._bucket(Name("key", owner, per_s)) for owner, per_s in rates)
        return [each for each in found if each is not None]

    def _limit(self, name: Name) -> Counted | None:
        return self._pace(name) if name.kind == "bytes" else self._bucket(name)

    def _pace(self, name: Name) -> Pace | None:
        return _kept(self._paces, name, Pace(name.per_s, name)) if name.per_s else None

    def _bucket(self, name: Name) -> Bucket | None:
        if not name.per_s:
            return None
        found = self._buckets.get(name)
        if found is None:
            found = _kept(self._buckets, name, Bucket(name.per_s / BURST_S, name.per_s * BURST_S, name))
            found.share(self._parts)
        return found


def _kept(kept: dict[Found, T], name: Found, new: T) -> T:
    if len(kept) >= KEPT_MAX:
        kept.clear()
    return kept.setdefault(name, new)

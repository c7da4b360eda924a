"""What a gateway tells the others: what its limits let through, and how many calls are under way.

It is told in running totals, so that who misses a row and reads the next has missed nothing.
"""

from collections import Counter
from heapq import nlargest

import msgspec

from brickyard.platform.limits.counted import Counted, Name
from brickyard.platform.limits.limits import Limits
from brickyard.platform.limits.running import Running

ACCOUNTS_MAX = 500
"""Limits of accounts that are told of at most, and accounts whose calls under way are: those most used."""
KEYS_MAX = 500
KEYS_OF_ACCOUNT_MAX = 10
"""So whoever has a great many keys has no more said of them than others."""
QUIET = 256
"""What is at most this part of a limit is not told: a call or two of a thousand matter to nobody."""
KEPT_S = 5.0
"""For how long after its last use a limit is told of: who reads no row for longer has missed something."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What one row says."""

    taken: list[tuple[Name, int]] = []
    """Of each limit how much was let through since it was first told of."""
    running: list[tuple[str, int]] = []
    """Of each account how many calls are under way."""
    owed_ms: list[int] = []
    """After how many milliseconds each limit of `taken` is whole again here: for those who have just come."""

    def news(self) -> object:
        """Give what has to be told: what is owed alone grows less by itself."""
        return self.taken, self.running

    def text(self) -> str:
        """Give it as it is written, as JSON."""
        return msgspec.json.encode(self).decode()


NOTHING = Told()


class Total:
    """What one limit let through, since it was first told of."""

    __slots__ = ("account", "count", "limit", "part", "used_at_s")

    def __init__(self, account: str, limit: Counted) -> None:
        self.account, self.limit = account, limit
        self.count, self.part, self.used_at_s = 0, 0.0, 0.0

    def owed_ms(self, now_s: float) -> int:
        """Give after how many milliseconds the limit is whole again."""
        return max(0, round((self.limit.whole_at_s - now_s) * 1000))


class Telling:
    """Takes up what was let through since it last did."""

    def __init__(self, limits: Limits) -> None:
        """Tell of `limits`."""
        self._limits = limits
        self._totals: dict[Name, Total] = {}
        self._keys = Counter[str]()
        self._busy: set[Running] = set()

    def round(self, now_s: float, others: int) -> Told:
        """Give what is to be told now.

        While there are no `others`, totals begin anew each time: whoever comes is told of the last moment.
        """
        if not others:
            self._totals.clear()
            self._keys.clear()
        for gauge in self._limits.take_used():
            if gauge.running.most:
                self._busy.add(gauge.running)
            for each in gauge.counted():
                if each.taken:
                    self._take_up(each, gauge.running.account, now_s)
        self._forget(now_s)
        taken = [(name, total.count) for name, total in self._totals.items()]
        owed_ms = [total.owed_ms(now_s) for total in self._totals.values()]
        return Told(taken, self._under_way(), owed_ms)

    def _take_up(self, each: Counted, account: str, now_s: float) -> None:
        taken, each.taken = each.taken, 0
        total = self._totals.get(each.name)
        if total is None:
            if taken * QUIET <= each.burst or not self._has_room_for(each.name, account):
                return
            total = self._totals[each.name] = Total(account, each)
            self._keys[account] += each.name.kind == "key"
        total.count += taken
        total.limit = each
        total.part, total.used_at_s = taken / each.burst, now_s

    def _has_room_for(self, name: Name, account: str) -> bool:
        return name.kind != "key" or self._keys[account] < KEYS_OF_ACCOUNT_MAX

    def _forget(self, now_s: float) -> None:
        """Tell no longer of what has not been used for a while, nor of more than there is room for."""
        kept = {name for name, total in self._totals.items() if now_s - total.used_at_s < KEPT_S}
        keys = [name for name in kept if name.kind == "key"]
        accounts = [name for name in kept if name.kind != "key"]
        kept = {*self._most_used(keys, KEYS_MAX), *self._most_used(accounts, ACCOUNTS_MAX)}
        for name in self._totals.keys() - kept:
            del self._totals[name]
        self._keys = Counter(each.account for name, each in self._totals.items() if name.kind == "key")

    def _most_used(self, names: list[Name], count: int) -> list[Name]:
        if len(names) <= count:
            return names
        return nlargest(count, names, lambda name: (self._totals[name].used_at_s, self._totals[name].part))

    def _under_way(self) -> list[tuple[str, int]]:
        self._busy = {each for each in self._busy if each.here}
        calls = Counter[str]()
        for each in self._busy:
            if each.here * QUIET > each.most:
                calls[each.account] += each.here
        return sorted(calls.most_common(ACCOUNTS_MAX))

"""Whose call is begun next: tenants take turns, and few calls are begun at each turn of the event loop.

Between two turns of the loop the network is looked at. So whoever calls now and then waits for some of
another's calls, however many of those have come: not for all of them.

A call takes a dozen turns of the loop until it is answered, and in each it waits behind all that is ready. So
of tenants who call beside each other none has many calls under way, as long as those keep it busy.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

BEGUN_MAX = 16
"""Calls begun at one turn, at most: some 0.4 ms of work."""
STRANGERS = ""
"""Whoever is not known yet, all together."""
STRANGERS_WEIGHT = 4
"""For how many small calls one of a stranger counts: to find out who they are is work, and to refuse them."""
BYTES_WEIGHT = 16 * 1024
"""For each so many bytes a call counts for one more: to read them is work."""

BESIDE_S = 0.25
"""For so long after calls of two tenants have come in turn, tenants are beside each other."""
BUSY_MAX = 4
"""Calls that a tenant beside others has under way, as long as they are quick."""
LOOK_S = 0.02
"""How often it is looked whether they are."""
SLOW_S = 0.1
"""Calls that take longer wait for something else than the processor: then more of them may be under way."""
TENANTS_MAX = 10_000
"""Tenants that are remembered while they have nothing to do, about."""

Begin = Callable[[], None]


def weight_of(body: bytes) -> int:
    """Say for how many small calls one with such a body counts."""
    return 1 + len(body) // BYTES_WEIGHT


class Tenant:
    """Whose calls these are, and how many."""

    __slots__ = ("ended", "running", "running_max", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[int, Begin]] = deque()
        """What is to be begun, each with its weight."""
        self.running = self.ended = 0
        """How many calls are under way, and how many have ended."""
        self.running_max = BUSY_MAX
        """How many may be under way beside those of others."""

    def look(self, ended_before: int) -> None:
        """Let more calls be under way if they take long, by how many have ended since the last look."""
        if (self.ended - ended_before) * SLOW_S >= self.running * LOOK_S:
            self.running_max = max(BUSY_MAX, self.running_max // 2)
        elif self.waiting:
            self.running_max *= 2


class Turnstile:
    """Lets calls in, and sees them out. All of it runs on the event loop."""

    def __init__(self) -> None:
        self._tenants: dict[str, Tenant] = {}
        self._waiting: OrderedDict[Tenant, None] = OrderedDict()
        """Those who may begin something that waits; whose turn it is comes first."""
        self._watched: dict[Tenant, int] = {}
        """Those who have or had enough calls under way, and how many of theirs had ended at the last look."""
        self._left = BEGUN_MAX
        self._due = False
        self._last: Tenant | None = None
        self._beside_until_s = 0.0

    def tenant(self, name: str) -> Tenant:
        """Give a tenant by the name that data is kept under."""
        tenant = self._tenants.get(name)
        if tenant is None:
            if len(self._tenants) >= TENANTS_MAX:
                known = self._tenants.items()
                self._tenants = {key: each for key, each in known if each.running or each.waiting}
            tenant = self._tenants[name] = Tenant()
        return tenant

    def enter(self, tenant: Tenant, begin: Begin) -> None:
        """Begin a small call of a tenant's, now or when it is its turn; it ends with `leave`."""
        if not self._due:
            self._turn_soon()
        if tenant is not self._last:
            self._note_other(tenant)
        if self._left > 0 and not tenant.waiting and not self._has_enough(tenant):
            self._left -= 1
            tenant.running += 1
            begin()
        else:
            self._wait(tenant, 1, begin)

    def leave(self, tenant: Tenant) -> None:
        """Note that one of a tenant's calls has ended."""
        tenant.running -= 1
        tenant.ended += 1
        if tenant.waiting:
            self._waiting[tenant] = None
            if not self._due:
                self._turn_soon()

    @asynccontextmanager
    async def passed(self, name: str, weight: int) -> AsyncGenerator[None]:
        """Wait for a tenant's turn, for a call that is as much work as so many small ones, done within."""
        tenant, turn = self.tenant(name), asyncio.get_running_loop().create_future()
        if not self._due:
            self._turn_soon()
        if name != STRANGERS and tenant is not self._last:
            self._note_other(tenant)
        self._wait(tenant, weight, lambda: self.leave(tenant) if turn.done() else turn.set_result(None))
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self.leave(tenant)

    def _note_other(self, tenant: Tenant) -> None:
        if self._last is not None:
            self._beside_until_s = time.monotonic() + BESIDE_S
        self._last = tenant

    def _has_enough(self, tenant: Tenant) -> bool:
        """Say whether a tenant has as many calls under way as it may have now."""
        return tenant.running >= tenant.running_max and time.monotonic() < self._beside_until_s

    def _wait(self, tenant: Tenant, weight: int, begin: Begin) -> None:
        tenant.waiting.append((weight, begin))
        if self._has_enough(tenant):
            self._watch(tenant)
        else:
            self._waiting[tenant] = None

    def _watch(self, tenant: Tenant) -> None:
        if not self._watched:
            asyncio.get_running_loop().call_later(LOOK_S, self._look)
        self._watched.setdefault(tenant, tenant.ended)

    def _turn_soon(self) -> None:
        self._due = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._left, self._due = BEGUN_MAX, False
        waiting = self._waiting
        while waiting and self._left > 0:
            tenant, _ = waiting.popitem(last=False)
            if self._has_enough(tenant):
                self._watch(tenant)
                continue
            weight, begin = tenant.waiting.popleft()
            if tenant.waiting:
                waiting[tenant] = None  # behind all others
            self._left -= weight
            tenant.running += 1
            begin()
        if waiting:
            self._turn_soon()

    def _look(self) -> None:
        """Let those go on who are held though their calls take long, or nobody is beside them any more."""
        watched, self._watched = self._watched, {}
        for tenant, ended in watched.items():
            tenant.look(ended)
            if tenant.waiting:
                self._waiting[tenant] = None
            if tenant.running_max > BUSY_MAX:
                self._watch(tenant)
        if self._waiting and not self._due:
            self._turn_soon()

"""Whose call is begun next: tenants take turns, and few calls are begun at each turn of the event loop.

Between two turns of the loop the network is looked at. So whoever calls now and then waits for some of
another's calls, however many of those have come: not for all of them.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

BEGUN_MAX = 16
"""Calls begun at one turn, at most: some 0.4 ms of work."""
STRANGERS = ""
"""Whoever is not known yet, all together."""
STRANGERS_WEIGHT = 4
"""For how many small calls one of a stranger counts: to find out who they are is work, and to refuse them."""
BYTES_WEIGHT = 16 * 1024
"""For each so many bytes a call counts for one more: to read them is work."""

Begin = Callable[[], None]


def weight_of(body: bytes) -> int:
    """Say for how many small calls one with such a body counts."""
    return 1 + len(body) // BYTES_WEIGHT


class Turnstile:
    """Lets calls in. All of it runs on the event loop."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, deque[tuple[int, Begin]]] = OrderedDict()
        """What is to be begun, by tenant; whose turn it is comes first. No queue is empty."""
        self._left = BEGUN_MAX
        self._due = False

    def enter(self, tenant: str, begin: Begin) -> None:
        """Begin a small call of a tenant's, now or when it is its turn."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._turn)
        if self._left > 0 and not self._waiting:
            self._left -= 1
            begin()
            return
        self._wait(tenant, 1, begin)

    async def passed(self, tenant: str, weight: int) -> None:
        """Wait for a tenant's turn, for a call that is as much work as so many small ones."""
        turn = asyncio.get_running_loop().create_future()
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._turn)
        self._wait(tenant, weight, lambda: None if turn.done() else turn.set_result(None))
        await turn

    def _wait(self, tenant: str, weight: int, begin: Begin) -> None:
        queue = self._waiting.get(tenant)
        if queue is None:
            self._waiting[tenant] = deque(((weight, begin),))
        else:
            queue.append((weight, begin))

    def _turn(self) -> None:
        self._left = BEGUN_MAX
        waiting = self._waiting
        while waiting and self._left > 0:
            tenant, queue = waiting.popitem(last=False)
            weight, begin = queue.popleft()
            if queue:
                waiting[tenant] = queue  # behind all others
            self._left -= weight
            begin()
        self._due = bool(waiting)
        if waiting:
            asyncio.get_running_loop().call_soon(self._turn)

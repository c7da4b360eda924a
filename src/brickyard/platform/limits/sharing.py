"""Gateways tell one another what they let through, four times a second, so that a limit is one for all.

Each has a row in the database that only it writes: while there is something to tell, and now and then so that
the others see that it is there. A gateway that sees no other writes nothing, and one that sees a new one
tells it at once what is left. Nobody's clock is compared with another's: a row is new if its number is.
Whoever tells nothing new for a while is gone, and its row is removed; should it be there after all, it misses
its row and writes another, by which it is found again.
"""

import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog
from ulid import ULID

from brickyard.contract import Problem
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.sql import Dialect, Sql
from brickyard.platform.limits.hearing import Hearing, Row
from brickyard.platform.limits.limits import Limits
from brickyard.platform.limits.telling import NOTHING, Telling, Told

TICK_S = 0.25
"""How often gateways tell what there is to tell, and hear."""
TICKS_PER_S_MAX = 32
"""How often all gateways together write: with more than eight of them, each does less often."""
LOOK_S = 1.0
"""How often a gateway that is alone looks for others."""
BEAT_S = 2.0
"""How often a row is written about which there is nothing new."""

WRITE = (
    "INSERT INTO limit_counts (project, gateway, number, told) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, gateway) DO UPDATE SET number = ?3, told = ?4"
)
REMOVE = "DELETE FROM limit_counts WHERE project = ?1 AND gateway = ?2 AND number = ?3"
SEEN = "gateway, number, CASE WHEN gateway = ?2 THEN '' ELSE told END"
LOOK: dict[Dialect, str] = {
    "sqlite": f"SELECT json_group_array(json_array({SEEN})) FROM limit_counts WHERE project = ?1",  # noqa: S608
    "postgresql": f"SELECT json_agg(json_build_array({SEEN}))::text FROM limit_counts WHERE project = ?1",  # noqa: S608
}
"""All rows as one: look-ups do not wait for the long queries of others."""


class Sharing:
    """A step for `Jobs`. `sql` is bound to a project of the limits' own."""

    def __init__(
        self, limits: Limits, sql: Sql, clock: Clock, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Share `limits` by `sql`; `now_s` is the time that calls are let in by."""
        self._sql, self._clock, self._now_s = sql, clock, now_s
        self._telling, self._hearing = Telling(limits), Hearing(limits)
        self._gateway = str(ULID())
        self._number, self._written, self._written_at_s = 0, NOTHING, 0.0
        self._left = self._failing = False

    @property
    def others(self) -> int:
        """How many other gateways share the limits."""
        return self._hearing.others

    async def step(self) -> int | None:
        """Tell and hear what there is; gives when to do so again.

        While the database cannot be had, limits go by what was let through here, and last heard.
        """
        if self._left:
            return None
        try:
            await self._share()
            self._failing = False
            pause_s = max(TICK_S, self.others / TICKS_PER_S_MAX) if self.others else LOOK_S
        except Problem as problem:
            if not self._failing:  # say it once
                structlog.get_logger().warning("limits are not shared", error=problem.detail)
            self._failing, pause_s = True, LOOK_S
        return self._clock.now_ns() + int(pause_s * NANOSECONDS)

    async def leave(self) -> None:
        """Have the others know that this gateway stops; if they cannot, they will miss it."""
        self._left = True
        with suppress(Problem):
            await self._sql.run(REMOVE, self._gateway, self._number)

    async def _share(self) -> None:
        now_s = self._now_s()
        told = self._telling.round(now_s, self.others)
        if not self.others:
            if self._written.news() != NOTHING.news():  # who comes would take it for what is left now
                await self._write(NOTHING)
        elif told.news() != self._written.news() or now_s - self._written_at_s >= BEAT_S:
            await self._write(told)
        rows = await self._look()
        others, known = [each for each in rows if each.gateway != self._gateway], self._hearing.names
        for gone in self._hearing.hear(others, self._now_s()):
            await self._sql.run(REMOVE, gone.gateway, gone.number)
        if len(others) == len(rows) or self._hearing.names - known:
            await self._write(self._telling.round(self._now_s(), self.others))

    async def _write(self, told: Told) -> None:
        self._number += 1
        await self._sql.run(WRITE, self._gateway, self._number, told.text())
        self._written, self._written_at_s = told, self._now_s()

    async def _look(self) -> list[Row]:
        found = await self._sql.point(LOOK[self._sql.dialect], self._gateway)
        text = found[0] if found else None
        return msgspec.json.decode(text, type=list[Row]) if text else []

"""What is kept for a stated time, and then removed, in the background, a few rows at a time.

A service whose class has a `kept` (see `Kept`) has that done to what it keeps, which counts as the service's.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from brickyard.contract import Problem
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.sql import Sql

KEPT_DAYS = 90
"""How long messages are kept."""
EVERY_NS = 3600 * NANOSECONDS
DAY_NS = 24 * EVERY_NS
PROJECTS = 500
"""Projects looked for at once."""


class Keeping(Protocol):
    """What one project keeps of a kind."""

    async def forget_before(self, moment_ns: int) -> bool:
        """Remove some of what was kept before a moment; says whether there may be more.

        Other gateways may do the same at once.
        """
        ...


Kept = Callable[[Sql, Clock], Keeping]
Keepers = Callable[[str, str, int], Awaitable[list[str]]]
"""Gives the next projects that keep something of a kind: the kind, the project before, and how many."""


class Retention:
    """A step for `Jobs`, taken every hour. Several gateways may take it, and it may be cut short."""

    def __init__(
        self, sql_for: Callable[[str], Sql], keepers: Keepers, kinds: Mapping[str, Kept], clock: Clock
    ) -> None:
        """Go through what is kept of each of `kinds`, by the projects that `keepers` gives."""
        self._sql_for, self._keepers, self._kinds, self._clock = sql_for, keepers, kinds, clock

    async def step(self) -> int:
        """Remove what was kept long enough; gives when to look again.

        What fails for one project is raised once all have had their turn.
        """
        failures = [problem for kind in self._kinds for problem in await self._sweep(kind)]
        if failures:
            raise failures[0]
        return self._clock.now_ns() + EVERY_NS

    async def _sweep(self, kind: str) -> list[Problem]:
        failures, last = list[Problem](), ""
        while projects := await self._keepers(kind, last, PROJECTS):
            for project in projects:
                try:
                    await self._forget(kind, project)
                except Problem as problem:
                    failures.append(problem)
            last = projects[-1]
        return failures

    async def _forget(self, kind: str, project: str) -> None:
        keeping = self._kinds[kind](self._sql_for(project), self._clock)
        while await keeping.forget_before(self._clock.now_ns() - KEPT_DAYS * DAY_NS):
            pass

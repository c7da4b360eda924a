"""Gateways, as far as limits go, and the time that they all go by."""

from typing import Any

from brickyard.contract import TooManyRequests
from brickyard.engines.clock import NANOSECONDS, ManualClock
from brickyard.engines.sql import Row, Sql
from brickyard.platform.limits import Allowance, Gauge, Limits
from brickyard.platform.limits.schema import LIMITS
from brickyard.platform.limits.sharing import TICK_S, Sharing
from brickyard.state import Engine

PER_S = 100
CONCURRENT = 10
ALLOWANCE = Allowance(account="acc_a", account_per_s=PER_S, concurrent=CONCURRENT)
ROWS = "SELECT gateway, number, told FROM limit_counts WHERE project = ?1 ORDER BY gateway"


class Time:
    """One for all gateways, and it stands still unless it is moved."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self._begun_ns = self.clock.now_ns()

    def now_s(self) -> float:
        return 1000.0 + (self.clock.now_ns() - self._begun_ns) / NANOSECONDS


class Writes:
    """A handle that counts what is written by it, or looked up."""

    def __init__(self, sql: Sql) -> None:
        self._sql, self.dialect = sql, sql.dialect
        self.written, self.looked = 0, 0

    async def run(self, statement: str, *values: Any) -> list[Row]:
        self.written += 1
        return await self._sql.run(statement, *values)

    async def point(self, statement: str, *values: Any) -> Row | None:
        self.looked += 1
        return await self._sql.point(statement, *values)


class Station:
    """A gateway, as far as limits go."""

    def __init__(self, engine: Engine, time: Time) -> None:
        self.limits, self.time, self.sql = Limits(), time, Writes(engine.bound(LIMITS))
        sql: Any = self.sql
        self.sharing = Sharing(self.limits, sql, time.clock, time.now_s)
        self.gauge = self.gauge_of(ALLOWANCE)

    def gauge_of(self, allowance: Allowance, key: str = "key_a") -> Gauge:
        gauge = self.limits.gauge(key, allowance)
        assert gauge is not None
        return gauge

    def call(self, times: int = 1, gauge: Gauge | None = None) -> int:
        """Make calls, one after the other; gives how many were let in."""
        through = 0
        for _ in range(times):
            if self.begin(gauge):
                (gauge or self.gauge).leave()
                through += 1
        return through

    def begin(self, gauge: Gauge | None = None) -> bool:
        try:
            (gauge or self.gauge).enter(self.time.now_s())
        except TooManyRequests:
            return False
        return True

    def left(self) -> int:
        """What is left of the account's limit, as the header says it."""
        return int(self.gauge.state(self.time.now_s()).partition(b"r=")[2].partition(b";")[0])


async def pass_s(seconds: float, *stations: Station) -> None:
    """Let time pass, in which the stations' loops take their steps."""
    for _ in range(round(seconds / TICK_S)):
        for each in stations:
            each.time.clock.advance(TICK_S / len(stations))
            await each.sharing.step()


async def rows(engine: Engine) -> list[Row]:
    return await engine.bound(LIMITS).rows(ROWS)

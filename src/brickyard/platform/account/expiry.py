"""The end of what accounts keep for a time only: it does not wait for the next who signs in or up."""

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.account import codes, sessions, throttle
from brickyard.platform.idempotency import claims

EVERY_NS = 3600 * 1_000_000_000


class Expiry:
    """A step for `Jobs`. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Remove from `sql` what is over by `clock`."""
        self._sql, self._clock = sql, clock

    async def step(self) -> int:
        """Remove codes that nobody took, attempts that count no more, sessions and replies that are over."""
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await transaction.changed(codes.FORGET, now_ns)
            await transaction.changed(throttle.FORGET, now_ns - throttle.FORGET_NS)
            await transaction.changed(sessions.FORGET, now_ns - sessions.FORGET_NS)
            await transaction.changed(claims.FORGET, now_ns - claims.KEPT_NS)

        await self._sql.transact(work)
        return now_ns + EVERY_NS

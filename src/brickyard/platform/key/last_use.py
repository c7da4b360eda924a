"""When keys and sessions were last used: written down once a minute, for all that were."""

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.caller import Caller
from brickyard.platform.moment import SECOND_NS

EVERY_NS = 60 * SECOND_NS
KEY = "UPDATE keys SET last_used_ns = ?4 WHERE project = ?1 AND owner = ?2 AND id = ?3"
SESSION = "UPDATE sessions SET used_ns = ?4 WHERE project = ?1 AND account = ?2 AND id = ?3"


class LastUse:
    """Keys and sessions used since the last minute ended. What a crash loses is one minute's."""

    def __init__(self, sql: Sql, clock: Clock, used: dict[str, Caller]) -> None:
        """Write down in `sql`, bound to the platform's own project, who is in `used` by `clock`.

        The pipeline puts callers in by the ids of their keys or sessions, at the cost of one assignment.
        """
        self._sql, self._clock, self._used = sql, clock, used

    async def step(self) -> int:
        """Write down what there is; gives when to do so again."""
        now_ns = self._clock.now_ns()
        used = list(self._used.values())
        keys = [(each.project, each.key_id, now_ns) for each in used if each.key_id]
        sessions = [(each.account, each.session, now_ns) for each in used if each.session]

        async def work(transaction: Transaction) -> None:
            await transaction.run_many(KEY, keys)
            await transaction.run_many(SESSION, sessions)

        if keys or sessions:
            await self._sql.transact(work)
        for _, id_, _ in (*keys, *sessions):
            self._used.pop(id_, None)
        return now_ns + EVERY_NS

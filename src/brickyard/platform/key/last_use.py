"""When keys were last used: written down once a minute, for all that were."""

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql
from brickyard.platform.caller import Caller
from brickyard.platform.moment import SECOND_NS

EVERY_NS = 60 * SECOND_NS
NOTE = "UPDATE keys SET last_used_ns = ?4 WHERE project = ?1 AND owner = ?2 AND id = ?3"


class LastUse:
    """Keys used since the last minute ended. What a crash loses is one minute's."""

    def __init__(self, sql: Sql, clock: Clock, used: dict[str, Caller]) -> None:
        """Write down in `sql`, bound to the platform's own project, who is in `used` by `clock`.

        The pipeline puts callers in by their keys' ids, at the cost of one assignment.
        """
        self._sql, self._clock, self._used = sql, clock, used

    async def step(self) -> int:
        """Write down what there is; gives when to do so again."""
        now_ns = self._clock.now_ns()
        used = [(each.project, key_id, now_ns) for key_id, each in self._used.items() if key_id]
        if used:
            await self._sql.transact(lambda transaction: transaction.run_many(NOTE, used))
        for _, key_id, _ in used:
            self._used.pop(key_id, None)
        return now_ns + EVERY_NS

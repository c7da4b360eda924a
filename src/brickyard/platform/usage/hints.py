"""Which projects have records that wait to be counted, and whose gateway has it on its mind.

A hint is on the disk before the first record that it is for. The gateway that left it removes it when it has
counted the records; what one that was killed has left is found by the others.
"""

from brickyard.engines.clock import Clock
from brickyard.engines.peers import Peers
from brickyard.engines.sql import Sql

OLD_NS = 180 * 1_000_000_000
"""How old a hint of another's is, of which it is to be thought that nobody will come back to it."""
TAKEN_MAX = 500
"""Hints of others that are followed at a time."""

LEAVE = (
    "INSERT INTO usage_hints (project, gateway, round, tenant, left_ns) VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT (project, gateway, round, tenant) DO NOTHING"
)
REMOVE = "DELETE FROM usage_hints WHERE project = ?1 AND gateway = ?2 AND round <= ?3"
OTHERS = "SELECT DISTINCT gateway FROM usage_hints WHERE project = ?1 AND gateway <> ?2"
OLD = (
    "SELECT gateway, round, tenant FROM usage_hints"
    " WHERE project = ?1 AND gateway = ?2 AND left_ns <= ?3 ORDER BY left_ns LIMIT ?4"
)
FOLLOWED = "DELETE FROM usage_hints WHERE project = ?1 AND gateway = ?2 AND round = ?3 AND tenant = ?4"


class Hints:
    """The hints of all gateways. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, peers: Peers) -> None:
        """Leave hints in `sql`; of those `peers` that are known to have ended, none is old enough to wait."""
        self._sql, self._clock, self._peers = sql, clock, peers

    async def leave(self, round: int, tenant: str) -> None:
        """Note that records of a tenant are about to be written."""
        await self._sql.run(LEAVE, self._peers.own, round, tenant, self._clock.now_ns())

    async def remove(self, round: int) -> None:
        """Note that the records of a round, and of those before it, are counted."""
        await self._sql.run(REMOVE, self._peers.own, round)

    async def of_the_dead(self) -> list[tuple[str, int, str]]:
        """Give what others left too long ago, or before they ended: gateway, round and tenant."""
        hints: list[tuple[str, int, str]] = []
        for (gateway,) in await self._sql.rows(OTHERS, self._peers.own):
            before_ns = self._clock.now_ns() - (0 if self._peers.is_gone(gateway) else OLD_NS)
            rows = await self._sql.rows(OLD, gateway, before_ns, TAKEN_MAX - len(hints))
            hints += [(gateway, number, tenant) for _, number, tenant in rows]
        return hints

    async def followed(self, gateway: str, round: int, tenant: str) -> None:
        """Remove such a hint."""
        await self._sql.run(FOLLOWED, gateway, round, tenant)

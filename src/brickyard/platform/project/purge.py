"""The end of deleted projects: every row of theirs is erased, once they can no longer be restored.

So are invitations that nobody can accept any more.
"""

from collections.abc import Awaitable, Callable

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.webhook.schema import FORGET as FORGET_WEBHOOKS
from brickyard.platform.audit import ITSELF, Audit
from brickyard.platform.audit.schema import MASK
from brickyard.platform.caller import TEST
from brickyard.platform.moment import SECOND_NS
from brickyard.platform.project.projects import GRACE_NS
from brickyard.platform.project.schema import FORGET_EXPIRED
from brickyard.platform.provider.schema import FORGET as FORGET_PROVIDERS
from brickyard.platform.usage.schema import FORGET as FORGET_KEEPING

LOOK_EVERY_NS = 3600 * SECOND_NS

DUE = "SELECT id FROM projects WHERE project = ?1 AND deleted_ns <= ?2"
CLAIM = "UPDATE projects SET purged_ns = ?4 WHERE project = ?1 AND id = ?2 AND deleted_ns <= ?3"
FORGET = (
    (
        "DELETE FROM blocks WHERE project = ?1"
        " AND (subject = ?2 OR subject IN (SELECT id FROM keys WHERE project = ?1 AND owner = ?2))"
    ),
    "DELETE FROM keys WHERE project = ?1 AND owner = ?2",
    "DELETE FROM members WHERE project = ?1 AND project_id = ?2",
    "DELETE FROM invitations WHERE project = ?1 AND project_id = ?2",
    "DELETE FROM offers WHERE project = ?1 AND project_id = ?2",
    *FORGET_PROVIDERS,
    *FORGET_WEBHOOKS,
    FORGET_KEEPING,
    MASK,
)
"""What the control plane knows of a project. The audit log stays, and forgets what it showed."""
FORGET_LAST = "DELETE FROM projects WHERE project = ?1 AND id = ?2"

Erase = Callable[[str], Awaitable[None]]


class Purge:
    """Erases projects. `sql` is bound to the platform's own."""

    def __init__(self, sql: Sql, erase: Erase, clock: Clock, audit: Audit) -> None:
        """Find what is due in `sql`; `erase` deletes all rows of a tenant, in all tables."""
        self._sql, self._erase, self._clock, self._audit = sql, erase, clock, audit

    async def step(self) -> int:
        """Erase what is due; gives when to look again."""
        now_ns = self._clock.now_ns()
        await self.purge_due(now_ns)
        await self._sql.run(FORGET_EXPIRED, now_ns)
        return now_ns + LOOK_EVERY_NS

    async def purge_due(self, now_ns: int) -> list[str]:
        """Erase the projects whose grace has ended by `now_ns`; gives their ids.

        Cut short, or done by several gateways at once, it does no harm: a project is forgotten last.
        """
        due = [row[0] for row in await self._sql.rows(DUE, now_ns - GRACE_NS)]
        return [project for project in due if await self._purge(project, now_ns)]

    async def _purge(self, project: str, now_ns: int) -> bool:
        async def claim(transaction: Transaction) -> int:  # from here on it cannot be restored
            return await transaction.changed(CLAIM, project, now_ns - GRACE_NS, now_ns)

        if not await self._sql.transact(claim):
            return False
        await self._erase(project)
        await self._erase(project + TEST)
        await self._sql.transact(lambda transaction: self._forget(transaction, project))
        return True

    async def _forget(self, transaction: Transaction, project: str) -> None:
        for statement in FORGET:
            await transaction.changed(statement, project)
        if await transaction.changed(FORGET_LAST, project):  # else another gateway was faster
            await self._audit.note(transaction, ITSELF, project=project, after={"erased": True})

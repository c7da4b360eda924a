"""Blocking keys, projects and accounts. What is blocked is refused at once, and told why."""

from brickyard.contract import BadRequest, Context, NotFound
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.audit import Audit
from brickyard.platform.caller import EPOCH

# Each gives the project that the subject belongs to, so that its members find it in their log.
FIND = {
    "key": "SELECT owner FROM keys WHERE project = ?1 AND id = ?2",
    "prj": "SELECT id FROM projects WHERE project = ?1 AND id = ?2",
    "acc": "SELECT '' FROM accounts WHERE project = ?1 AND id = ?2",
}
BLOCK = (
    "INSERT INTO blocks (project, subject, reason, blocked_ns) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, subject) DO UPDATE SET reason = excluded.reason"
)
REASON = "SELECT reason FROM blocks WHERE project = ?1 AND subject = ?2"
UNBLOCK = "DELETE FROM blocks WHERE project = ?1 AND subject = ?2 RETURNING reason"


class Blocks:
    """Who is blocked. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep blocks in `sql`, and make them known everywhere by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit

    async def block(self, context: Context, subject: str, reason: str) -> None:
        """Block a key, a project with all its keys, or an account with all that it owns.

        The reason is told to whoever is refused for it. `NotFound` if there is nothing of that id.
        """

        async def work(transaction: Transaction) -> None:
            project = await _project(transaction, subject)
            before = await transaction.rows(REASON, subject)
            await transaction.changed(BLOCK, subject, reason, self._clock.now_ns())
            await self._epochs.raise_(transaction, EPOCH)
            if before != [(reason,)]:
                await self._audit.note(
                    transaction, context, project=project, subject=subject, after={"blocked": reason}
                )

        await self._sql.transact(work)
        await self._epochs.known()

    async def unblock(self, context: Context, subject: str) -> None:
        """Let in again. To do so for what is not blocked changes nothing."""

        async def work(transaction: Transaction) -> None:
            project = await _project(transaction, subject)
            rows = await transaction.rows(UNBLOCK, subject)
            await self._epochs.raise_(transaction, EPOCH)
            for row in rows:
                await self._audit.note(
                    transaction, context, project=project, subject=subject, before={"blocked": row[0]}
                )

        await self._sql.transact(work)
        await self._epochs.known()


async def _project(transaction: Transaction, subject: str) -> str:
    kind = subject.partition("_")[0]
    if kind not in FIND:
        raise BadRequest.at("/id", f"{subject!r} is the id neither of a key, a project nor an account.")
    rows = await transaction.rows(FIND[kind], subject)
    if not rows:
        raise NotFound(f"There is no {subject!r}.")
    return rows[0][0]

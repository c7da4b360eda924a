"""What is known of an account, as its owner may see it."""

from brickyard.contract import Context
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.account.farewell import Farewell
from brickyard.platform.account.moment import timestamp
from brickyard.platform.account.wire.profile import ProfileReply
from brickyard.platform.account.wire.words import DONE
from brickyard.platform.audit import Audit

PROFILE = (
    "SELECT a.name, a.created_ns,"
    " coalesce((SELECT email FROM emails WHERE project = ?1 AND account = ?2), ''),"
    " (SELECT count(*) FROM passwords WHERE project = ?1 AND account = ?2),"
    " (SELECT count(*) FROM authenticators WHERE project = ?1 AND account = ?2),"
    " (SELECT count(*) FROM passkeys WHERE project = ?1 AND account = ?2)"
    " FROM accounts a WHERE a.project = ?1 AND a.id = ?2"
)


class Profiles:
    """Reads accounts. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, farewell: Farewell, audit: Audit) -> None:
        """Read in `sql`."""
        self._sql, self._farewell, self._audit = sql, farewell, audit

    async def of(self, account: str) -> ProfileReply:
        """Give what the owner sees first."""
        (row,) = await self._sql.rows(PROFILE, account)
        providers = await self._sql.rows(
            "SELECT DISTINCT provider FROM identities WHERE project = ?1 AND account = ?2 ORDER BY provider",
            account,
        )
        due_ns = await self._farewell.due_ns(account)
        return ProfileReply(
            id=account,
            name=row[0],
            created_at=timestamp(row[1]),
            email=row[2],
            has_password=bool(row[3]),
            has_totp=bool(row[4]),
            passkeys=row[5],
            providers=[provider for (provider,) in providers],
            deletion_at=None if due_ns is None else timestamp(due_ns),
        )

    async def rename(self, context: Context, account: str, name: str) -> None:
        """Call an account something else."""

        async def work(transaction: Transaction) -> None:
            ((former,),) = await transaction.rows(
                "SELECT name FROM accounts WHERE project = ?1 AND id = ?2", account
            )
            await transaction.changed(
                "UPDATE accounts SET name = ?3 WHERE project = ?1 AND id = ?2", account, name
            )
            if former != name:
                before, after = {"name": former}, {"name": name}
                await self._audit.note(transaction, context, subject=account, before=before, after=after)
            transaction.answers(DONE)

        await self._sql.transact(work)

"""The end of an account: it can be taken back for a week, and then it is true."""

from collections.abc import Awaitable, Callable

from brickyard.contract import Context
from brickyard.engines.clock import Clock
from brickyard.engines.mail import OwnMail
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.webhook.schema import FORGET as FORGET_WEBHOOKS
from brickyard.platform.account.moment import timestamp
from brickyard.platform.account.names import emails_in
from brickyard.platform.account.sessions import Sessions
from brickyard.platform.account.wire.profile import DeleteReply
from brickyard.platform.account.wire.words import DONE
from brickyard.platform.audit import ITSELF, Audit
from brickyard.platform.audit.schema import MASK_ACCOUNT
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.project.schema import FORGET_INVITED

Forget = Callable[[str], Awaitable[None]]

GRACE_NS = 7 * 24 * 3600 * 1_000_000_000
LOOK_AGAIN_NS = 3600 * 1_000_000_000
DUE = "SELECT due_ns FROM farewells WHERE project = ?1 AND account = ?2"
ORPHANED = (
    "project = ?1 AND account = ?2 AND deleted_ns IS NULL AND id NOT IN"
    " (SELECT project_id FROM members WHERE project = ?1 AND role = 'owner' AND account <> ?2)"
)
"""The projects of an account that nobody else owns."""
OF_ACCOUNT = (
    "emails",
    "passwords",
    "codes",
    "known_networks",
    "authenticators",
    "recovery_codes",
    "identities",
    "passkeys",
    "sessions",
    "members",
    "operators",
    "offers",
    "farewells",
)
"""The tables that hold an account's rows by a column `account`."""
OF_EMAIL = (FORGET_INVITED, "DELETE FROM codes WHERE project = ?1 AND email = ?2")
"""What names an e-mail and no account: invitations, and codes for signing up once more."""
FORGET_BLOCK = "DELETE FROM blocks WHERE project = ?1 AND subject = ?2"


class Farewell:
    """Deletes accounts. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, clock: Clock, sessions: Sessions, keyring: Keyring, audit: Audit, mail: OwnMail
    ) -> None:
        """Delete in `sql` when `clock` says that it is time; end what is open by `sessions` and `keyring`.

        Letters to the account go with it from `mail`.
        """
        self._sql, self._clock, self._audit, self._mail = sql, clock, audit, mail
        self._sessions, self._keyring = sessions, keyring
        self._forgetting: list[Forget] = []

    def on_deleted(self, forget: Forget) -> None:
        """Have others remove what they keep of an account that is deleted. It may be asked for twice."""
        self._forgetting.append(forget)

    async def plan(self, context: Context, account: str) -> DeleteReply:
        """Have an account deleted after its grace, and end all sessions but the one that asks; says when."""

        async def work(transaction: Transaction) -> DeleteReply:
            due_ns = await self._plan_in(transaction, context, account)
            await self._sessions.end_all_in(transaction, context, account, but=context.session)
            reply = DeleteReply(deletion_at=timestamp(due_ns))
            transaction.answers(reply)
            return reply

        reply = await self._sql.transact(work)
        await self._sessions.ended()
        return reply

    async def _plan_in(self, transaction: Transaction, context: Context, account: str) -> int:
        """Plan a deletion, if there is none planned; gives when that is, in nanoseconds since 1970."""
        planned = await transaction.rows(DUE, account)
        if planned:
            return planned[0][0]
        due_ns = self._clock.now_ns() + GRACE_NS
        await transaction.changed(
            "INSERT INTO farewells (project, account, due_ns) VALUES (?1, ?2, ?3)", account, due_ns
        )
        after = {"deletion_at": timestamp(due_ns)}
        await self._audit.note(transaction, context, subject=account, after=after)
        return due_ns

    async def cancel(self, context: Context, account: str) -> None:
        """Keep an account after all."""

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(
                "DELETE FROM farewells WHERE project = ?1 AND account = ?2 RETURNING due_ns", account
            )
            if rows:
                before = {"deletion_at": timestamp(rows[0][0])}
                await self._audit.note(transaction, context, subject=account, before=before)
            transaction.answers(DONE)

        await self._sql.transact(work)

    async def due_ns(self, account: str) -> int | None:
        """Say when an account will be deleted; None if it stays."""
        row = await self._sql.point(DUE, account)
        return None if row is None else row[0]

    async def carry_out(self) -> int:
        """Delete every account that is due; gives when to look again.

        Of the account nothing is left but its id, which the ledger names, and in the audit log when and from
        where it called. Its projects are marked as deleted
        and their keys end; a project that has another owner stays with that owner.
        """
        due = await self._sql.rows(
            "SELECT account FROM farewells WHERE project = ?1 AND due_ns <= ?2", self._clock.now_ns()
        )
        for (account,) in due:
            await self._revoke_keys(account)  # first: a crash in between leaves it to be done
            for forget in self._forgetting:
                await forget(account)
            await self._sql.transact(lambda each, gone=account: self._delete_in(each, gone))
            await self._sessions.end_all(ITSELF, account)
        return self._clock.now_ns() + LOOK_AGAIN_NS

    async def _revoke_keys(self, account: str) -> None:
        rows = await self._sql.rows(f"SELECT id FROM projects WHERE {ORPHANED}", account)  # noqa: S608 - a text of ours
        for (project,) in rows:
            for key in await self._keyring.keys(project):
                if key.revoked_ns is None:
                    await self._keyring.revoke(ITSELF, project, key.id)

    async def _delete_in(self, transaction: Transaction, account: str) -> None:
        now_ns, emails = self._clock.now_ns(), await emails_in(transaction, account)
        await transaction.changed(f"UPDATE projects SET deleted_ns = ?3 WHERE {ORPHANED}", account, now_ns)  # noqa: S608 - a text of ours
        for table in OF_ACCOUNT:
            await transaction.changed(f"DELETE FROM {table} WHERE project = ?1 AND account = ?2", account)  # noqa: S608 - names of ours
        await transaction.changed(
            "UPDATE accounts SET name = 'deleted' WHERE project = ?1 AND id = ?2", account
        )
        for email in emails:
            for statement in OF_EMAIL:
                await transaction.changed(statement, email)
        await self._mail.forget_in(transaction, account, emails)
        for statement in (*FORGET_WEBHOOKS, FORGET_BLOCK, MASK_ACCOUNT):
            await transaction.changed(statement, account)
        await self._audit.note(transaction, ITSELF, subject=account)

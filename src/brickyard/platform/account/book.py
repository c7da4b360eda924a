"""The accounts: who they are, their e-mails and their passwords' hashes."""

import msgspec
from ulid import ULID

from brickyard.contract import BadRequest, Context, JsonObject
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.audit import Audit


class Entry(msgspec.Struct, frozen=True):
    """An account with its secrets' hashes."""

    id: str
    email: str
    """Empty if no mailbox was ever shown to be its owner's."""
    password_hash: str | None


class Book:
    """All accounts. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit) -> None:
        """Keep them in `sql`."""
        self.sql, self._clock, self._audit = sql, clock, audit

    async def by_email(self, email: str) -> Entry | None:
        """Find an account by its e-mail, in its normal form."""
        row = await self.sql.point(
            "SELECT e.account, e.email, p.hash FROM emails e"
            " LEFT JOIN passwords p ON p.project = ?1 AND p.account = e.account"
            " WHERE e.project = ?1 AND e.email = ?2",
            email,
        )
        return None if row is None else Entry(*row)

    async def by_id(self, account: str) -> Entry | None:
        """Find an account by its id."""
        row = await self.sql.point(
            "SELECT a.id, coalesce(e.email, ''), p.hash FROM accounts a"
            " LEFT JOIN emails e ON e.project = ?1 AND e.account = a.id"
            " LEFT JOIN passwords p ON p.project = ?1 AND p.account = a.id"
            " WHERE a.project = ?1 AND a.id = ?2",
            account,
        )
        return None if row is None else Entry(*row)

    async def make_in(self, transaction: Transaction, context: Context, name: str, email: str) -> str:
        """Make an account and its first project, which it owns; gives the account's id.

        The e-mail may be empty; `BadRequest` if another account has it.
        """
        account, project, now_ns = f"acc_{ULID()}".lower(), f"prj_{ULID()}".lower(), self._clock.now_ns()
        await transaction.changed(
            "INSERT INTO accounts (project, id, name, created_ns) VALUES (?1, ?2, ?3, ?4)",
            account,
            name,
            now_ns,
        )
        await transaction.changed(
            "INSERT INTO projects (project, id, account, name, created_ns) VALUES (?1, ?2, ?3, 'first', ?4)",
            project,
            account,
            now_ns,
        )
        await transaction.changed(
            "INSERT INTO members (project, project_id, account, role, created_ns)"
            " VALUES (?1, ?2, ?3, 'owner', ?4)",
            project,
            account,
            now_ns,
        )
        await self._note(transaction, context, account, after={"name": name})
        await self._audit.note(
            transaction, context, project=project, subject=project, after={"name": "first", "owner": account}
        )
        if email:
            await self.set_email_in(transaction, context, account, email)
        return account

    async def set_email_in(
        self, transaction: Transaction, context: Context, account: str, email: str
    ) -> None:
        """Give an account its (other) e-mail; `BadRequest` if another account has it."""
        owner = await transaction.rows(
            "SELECT account FROM emails WHERE project = ?1 AND email = ?2 AND account <> ?3", email, account
        )
        if owner:
            raise BadRequest("This e-mail belongs to another account by now. Sign in to that one.")
        before = await transaction.rows(
            "DELETE FROM emails WHERE project = ?1 AND account = ?2 RETURNING email", account
        )
        await transaction.changed(
            "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, ?2, ?3, ?4)",
            email,
            account,
            self._clock.now_ns(),
        )
        former = {"email": before[0][0]} if before else None
        await self._note(transaction, context, account, before=former, after={"email": email})

    async def set_password_in(
        self, transaction: Transaction, context: Context, account: str, password_hash: str
    ) -> None:
        """Give an account its (other) password."""
        await self.rehash_in(transaction, account, password_hash)
        await self._note(transaction, context, account, after={"changed": "password"})

    async def rehash_in(self, transaction: Transaction, account: str, password_hash: str) -> None:
        """Keep an account's password in another way."""
        await transaction.changed(
            "INSERT INTO passwords (project, account, hash, created_ns) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (project, account)"
            " DO UPDATE SET hash = excluded.hash, created_ns = excluded.created_ns",
            account,
            password_hash,
            self._clock.now_ns(),
        )

    async def forget_codes_in(self, transaction: Transaction, account: str) -> None:
        """Make worthless whatever codes an account was sent: they are from before it changed."""
        await transaction.changed("DELETE FROM codes WHERE project = ?1 AND account = ?2", account)

    async def _note(
        self,
        transaction: Transaction,
        context: Context,
        account: str,
        *,
        before: JsonObject | None = None,
        after: JsonObject | None = None,
    ) -> None:
        await self._audit.note(transaction, context, subject=account, before=before, after=after)

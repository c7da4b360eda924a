"""The accounts: who they are, their e-mails and their passwords' hashes."""

import msgspec
from ulid import ULID

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction


class Entry(msgspec.Struct, frozen=True):
    """An account with its secrets' hashes."""

    id: str
    email: str
    """Empty if no mailbox was ever shown to be its owner's."""
    password_hash: str | None


class Book:
    """All accounts. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep them in `sql`."""
        self.sql, self._clock = sql, clock

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

    async def make_in(self, transaction: Transaction, name: str) -> str:
        """Make an account and its first project, which it owns; gives the account's id."""
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
        return account

    async def set_email_in(self, transaction: Transaction, account: str, email: str) -> None:
        """Give an account its (other) e-mail; `UniqueViolation` if another account has it."""
        await transaction.changed("DELETE FROM emails WHERE project = ?1 AND account = ?2", account)
        await transaction.changed(
            "INSERT INTO emails (project, email, account, created_ns) VALUES (?1, ?2, ?3, ?4)",
            email,
            account,
            self._clock.now_ns(),
        )

    async def set_password_in(self, transaction: Transaction, account: str, password_hash: str) -> None:
        """Give an account its (other) password."""
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

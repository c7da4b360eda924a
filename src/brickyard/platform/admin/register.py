"""Looking through all accounts and projects, and making operators: for operators only."""

import msgspec

from brickyard.contract import Context, NotFound
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.audit import Audit

BLOCKED = "coalesce((SELECT b.reason FROM blocks b WHERE b.project = ?1 AND b.subject = x.id), '')"
# As it is written, too: SQLite makes lower case of ASCII only.
NAMED = "(lower(x.name) LIKE ?4 ESCAPE '!' OR x.name LIKE ?5 ESCAPE '!')"
SHOWN = (
    "SELECT x.id, x.name,"  # noqa: S608 - our own text
    " coalesce((SELECT e.email FROM emails e WHERE e.project = ?1 AND e.account = x.id), ''),"
    f" x.created_ns, {BLOCKED},"
    " (SELECT count(*) FROM operators o WHERE o.project = ?1 AND o.account = x.id),"
    " (SELECT count(*) FROM projects p WHERE p.project = ?1 AND p.account = x.id)"
    " FROM accounts x WHERE x.project = ?1"
)
ACCOUNT = f"{SHOWN} AND x.id = ?2"
ACCOUNTS = (
    f"{SHOWN} AND x.id > ?2"  # noqa: S608 - as above
    f" AND (x.id = ?3 OR {NAMED}"
    " OR x.id IN (SELECT e.account FROM emails e WHERE e.project = ?1 AND e.email = lower(?3)))"
    " ORDER BY x.id LIMIT ?6"
)
PROJECTS = (
    f"SELECT x.id, x.name, x.account, x.created_ns, x.deleted_ns, {BLOCKED}"  # noqa: S608 - as above
    " FROM projects x WHERE x.project = ?1 AND x.id > ?2"
    f" AND (x.id = ?3 OR x.account = ?3 OR {NAMED}) ORDER BY x.id LIMIT ?6"
)
FIND_ACCOUNT = "SELECT id FROM accounts WHERE project = ?1 AND id = ?2"
COUNTS = {
    "accounts": "SELECT count(*) FROM accounts WHERE project = ?1 AND ?2 = ?2",
    "projects": "SELECT count(*) FROM projects WHERE project = ?1 AND deleted_ns IS NULL AND ?2 = ?2",
    "projects_deleted": "SELECT count(*) FROM projects WHERE project = ?1 AND deleted_ns <= ?2",
    "keys": (
        "SELECT count(*) FROM keys WHERE project = ?1 AND revoked_ns IS NULL"
        " AND (expires_ns IS NULL OR expires_ns > ?2)"
    ),
    "sessions": "SELECT count(*) FROM sessions WHERE project = ?1 AND expires_ns > ?2",
    "blocked": "SELECT count(*) FROM blocks WHERE project = ?1 AND ?2 = ?2",
}


class AccountRow(msgspec.Struct, frozen=True):
    """An account, as operators see it."""

    id: str
    name: str
    email: str
    """Empty if it has none."""
    created_ns: int
    blocked: str
    """The reason; empty if it is not."""
    operator: int
    projects: int
    """How many it owns."""


class ProjectRow(msgspec.Struct, frozen=True):
    """A project, as operators see it."""

    id: str
    name: str
    account: str
    created_ns: int
    deleted_ns: int | None
    blocked: str


class Register:
    """All accounts and projects. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, audit: Audit) -> None:
        """Read them in `sql`."""
        self._sql, self._clock, self._audit = sql, clock, audit

    async def accounts(self, text: str, after: str, limit: int) -> list[AccountRow]:
        """Give accounts whose id or e-mail is `text`, or whose name has it in it, from the id `after` on."""
        rows = await self._sql.rows(ACCOUNTS, after, text, _pattern(text.lower()), _pattern(text), limit)
        return [AccountRow(*row) for row in rows]

    async def account(self, account: str) -> AccountRow | None:
        """Give the account of an id; None if there is none."""
        rows = await self._sql.rows(ACCOUNT, account)
        return AccountRow(*rows[0]) if rows else None

    async def projects(self, text: str, after: str, limit: int) -> list[ProjectRow]:
        """Give projects with an id or an owner that is `text`, or a name that has it in it."""
        rows = await self._sql.rows(PROJECTS, after, text, _pattern(text.lower()), _pattern(text), limit)
        return [ProjectRow(*row) for row in rows]

    async def overview(self) -> dict[str, int]:
        """Count what there is."""
        now_ns = self._clock.now_ns()
        return {name: (await self._sql.rows(statement, now_ns))[0][0] for name, statement in COUNTS.items()}

    async def appoint(self, context: Context, account: str) -> None:
        """Make an account one of the operators'; `NotFound` if there is none of that id."""
        add = (
            "INSERT INTO operators (project, account, since_ns) VALUES (?1, ?2, ?3)"
            " ON CONFLICT (project, account) DO NOTHING"
        )

        async def work(transaction: Transaction) -> None:
            if not await transaction.rows(FIND_ACCOUNT, account):
                raise NotFound(f"There is no account {account!r}.")
            if await transaction.changed(add, account, self._clock.now_ns()):
                await self._audit.note(transaction, context, subject=account, after={"operator": True})

        await self._sql.transact(work)

    async def dismiss(self, context: Context, account: str) -> None:
        """Make an operator's account one like others; of one that is, nothing is changed."""
        remove = "DELETE FROM operators WHERE project = ?1 AND account = ?2"

        async def work(transaction: Transaction) -> None:
            if await transaction.changed(remove, account):
                await self._audit.note(transaction, context, subject=account, before={"operator": True})

        await self._sql.transact(work)


def _pattern(text: str) -> str:
    """Give what `LIKE` takes for "has it in it", its own signs escaped by `!`."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"

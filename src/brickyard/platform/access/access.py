"""Whether a caller may do something to a project, or to an account."""

from brickyard.contract import BadRequest, Context, Forbidden, NotFound
from brickyard.engines.sql import Sql
from brickyard.platform.access.roles import RIGHTS, Right, Role

ROLE = (
    "SELECT m.role, p.account FROM members m JOIN projects p ON p.project = ?1 AND p.id = m.project_id"
    " WHERE m.project = ?1 AND m.project_id = ?2 AND m.account = ?3 AND p.deleted_ns IS NULL"
)


class Access:
    """Decides by members' roles. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql) -> None:
        """Read members in `sql`."""
        self._sql = sql

    def account(self, context: Context) -> str:
        """Give the account that is signed in; `Forbidden` if a key calls."""
        if not context.account:
            raise Forbidden("This is for one who is signed in: call it with a session, not with a key.")
        return context.account

    async def project(self, context: Context, named: str, right: Right) -> str:
        """Give the project that a call is about, if its caller has `right` there.

        For a key it is the key's own: its scopes said already that it may. A session names it. `NotFound`
        is raised alike for a project that does not exist and for one of others; `Forbidden` for a member
        whose role is not enough.
        """
        if context.project:
            if named not in {"", context.project}:
                raise absent(named)
            return context.project
        if not named:
            raise BadRequest.at("/project", "Say which project: `project/List` gives their ids.")
        role = await self.role(named, self.account(context))
        if role is None:
            raise absent(named)
        if right not in RIGHTS[role]:
            raise Forbidden(f"Your role in {named} is {role}, which is not enough for this ({right}).")
        return named

    async def role(self, project: str, account: str) -> Role | None:
        """Give an account's role in a project; None if it has none."""
        row = await self._sql.point(ROLE, project, account)
        return None if row is None else Role(row[0])

    async def payer(self, project: str) -> str:
        """Give the account that pays for a project; `NotFound` if there is none."""
        row = await self._sql.point("SELECT account FROM projects WHERE project = ?1 AND id = ?2", project)
        if row is None:
            raise absent(project)
        return row[0]


def absent(project: str) -> NotFound:
    """Say that there is no project, to one who may not know whether there is."""
    return NotFound(f"There is no project {project[:100]!r} that you are a member of.")

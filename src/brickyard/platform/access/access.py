"""Whether a caller may do something to a project, or to an account."""

from typing import NamedTuple

from brickyard.contract import BadRequest, Context, Forbidden, NotFound
from brickyard.engines.sql import Sql
from brickyard.platform.access.roles import RIGHTS, Right, Role

ROLE = (
    "SELECT m.role, p.account FROM members m JOIN projects p ON p.project = ?1 AND p.id = m.project_id"
    " WHERE m.project = ?1 AND m.project_id = ?2 AND m.account = ?3 AND p.deleted_ns IS NULL"
)
OPERATOR = "SELECT 1 FROM operators WHERE project = ?1 AND account = ?2"


class Standing(NamedTuple):
    """What a caller is to a project."""

    project: str
    role: Role


class Access:
    """Decides by members' roles, and by keys'. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql) -> None:
        """Read members in `sql`."""
        self._sql = sql

    def account(self, context: Context) -> str:
        """Give the account that is signed in; `Forbidden` if a key calls."""
        if not context.account:
            raise Forbidden("This is for one who is signed in: call it with a session, not with a key.")
        return context.account

    async def project(self, context: Context, named: str, right: Right) -> str:
        """Give the project that a call is about, if its caller has `right` there; see `standing`."""
        return (await self.standing(context, named, right)).project

    async def standing(self, context: Context, named: str, right: Right) -> Standing:
        """Give the project that a call is about and the caller's role in it, if that has `right` there.

        For a key it is the key's own project, and the role that the key has of its maker. A session names
        it. `NotFound` is raised alike for a project that does not exist and for one of others; `Forbidden`
        if the role is not enough.
        """
        found = self._of_key(context, named) if context.project else await self._of_session(context, named)
        if right not in RIGHTS[found.role]:
            whose = "The key's role" if context.project else f"Your role in {found.project}"
            raise Forbidden(f"{whose} is {found.role}, which is not enough for this ({right}).")
        return found

    async def member(self, context: Context, named: str, right: Right) -> Standing:
        """Do so for what only people do: `Forbidden` if a key calls, whatever it may do."""
        self.account(context)
        return await self.standing(context, named, right)

    async def role(self, project: str, account: str) -> Role | None:
        """Give an account's role in a project; None if it has none."""
        row = await self._sql.point(ROLE, project, account)
        return None if row is None else Role(row[0])

    async def payer(self, project: str) -> str:
        """Give the account that pays for a project; one that has none pays for itself."""
        row = await self._sql.point("SELECT account FROM projects WHERE project = ?1 AND id = ?2", project)
        return project if row is None else row[0]

    async def is_operator(self, account: str) -> bool:
        """Say whether an account is one of the cloud's operators."""
        return await self._sql.point(OPERATOR, account) is not None

    async def operator(self, context: Context) -> None:
        """Raise `Forbidden` unless an operator calls: by account, or with a key whose scopes say so.

        The gateway has seen to a key's scopes already.
        """
        if not context.key_id and not await self.is_operator(context.account):
            raise Forbidden("This is for the cloud's operators.")

    def _of_key(self, context: Context, named: str) -> Standing:
        if named not in {"", context.project}:
            raise absent(named)
        return Standing(context.project, Role(context.role))

    async def _of_session(self, context: Context, named: str) -> Standing:
        account = self.account(context)
        if not named:
            raise BadRequest.at("/project", "Say which project: `project/List` gives their ids.")
        role = await self.role(named, account)
        if role is None:
            raise absent(named)
        return Standing(named, role)


def absent(project: str) -> NotFound:
    """Say that there is no project, to one who may not know whether there is."""
    return NotFound(f"There is no project {project[:100]!r} that you are a member of.")


def blocked(reason: str) -> Forbidden:
    """Say that the operator has blocked a caller, and why."""
    return Forbidden(f"Blocked by the operator of this cloud: {reason}")

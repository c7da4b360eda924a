"""Who pays for a call, and what of that account's money its caller may see and settle."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from brickyard.contract import Context, Forbidden, NotFound
from brickyard.engines.sql import Sql
from brickyard.platform.access import Access, Right


class View(NamedTuple):
    """What of an account's money a caller sees."""

    account: str
    project: str
    """The project that it is bounded to; empty for all that the account pays for."""
    owner: bool
    """Whether the account is the caller's own."""


class Payer(Protocol):
    """Finds the account that a call is about."""

    async def view(self, context: Context, project: str) -> View:
        """Give what a caller sees of the account that pays for a project; a `Problem` if that is nothing.

        Without a project it is all of one's own account, or what concerns the calling key's project. Only
        its owner, signed in, sees more of an account than one project.
        """
        ...

    async def owned(self, context: Context, project: str) -> str:
        """Give the account whose settings a caller may see and change; `Forbidden` unless it is the owner.

        With a project it is the account that pays for it, else whoever is signed in.
        """
        ...

    async def lineage(self, project: str, key: str) -> str:
        """Say under which key's id a key's spending is counted; `NotFound` if a project has no such key."""
        ...

    async def names(self, projects: Iterable[str]) -> dict[str, str]:
        """Say what projects are called, by id; nothing of those that are no more."""
        ...


class ProjectPayer:
    """Finds it in the table of projects. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, access: Access) -> None:
        """Look projects up in `sql`, and ask `access` who may know."""
        self._sql, self._access = sql, access

    async def view(self, context: Context, project: str) -> View:
        """Give what one sees who may pay for the project; see the port."""
        if not (context.project or project):
            return View(self._access.account(context), "", owner=True)
        standing = await self._access.standing(context, project, Right.PAY)
        account = await self.account_of_project(standing.project)
        return View(account, standing.project, owner=account in (context.account, standing.project))

    async def owned(self, context: Context, project: str) -> str:
        """Give the account of whoever is signed in, if it is the one that is asked for; see the port."""
        account = context.account
        if project or not account:
            account = (await self.view(context, project)).account
        if not context.account or account != context.account:
            raise Forbidden(
                "Alerts, their address and the messages to it are the whole account's: its owner sees and"
                " changes them, signed in (a session, not a key)."
            )
        return account

    async def lineage(self, project: str, key: str) -> str:
        """Look for a key; see the port."""
        sql = "SELECT lineage FROM keys WHERE project = ?1 AND owner = ?2 AND id = ?3"
        row = await self._sql.point(sql, project, key)
        if row is None:
            raise NotFound(f"No key {key!r} in this project. `key/List` shows those there are.")
        return row[0] or key

    async def names(self, projects: Iterable[str]) -> dict[str, str]:
        """Look names up; see the port."""
        sql = "SELECT name FROM projects WHERE project = ?1 AND id = ?2"
        rows = {each: await self._sql.point(sql, each) for each in sorted(set(projects)) if each}
        return {each: row[0] for each, row in rows.items() if row is not None}

    async def account_of_project(self, project: str) -> str:
        """Give a project's account; a project that has none pays for itself."""
        row = await self._sql.point("SELECT account FROM projects WHERE project = ?1 AND id = ?2", project)
        return row[0] if row else project

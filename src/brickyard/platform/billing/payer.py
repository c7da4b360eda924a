"""Who pays for a call: the account that is signed in, or the one that a project belongs to."""

from typing import Protocol

from brickyard.contract import Context, NotFound
from brickyard.engines.sql import Sql
from brickyard.platform.access import Access, Right


class Payer(Protocol):
    """Finds the account that a call is about."""

    async def account_of(self, context: Context, project: str) -> str:
        """Give the account that pays for a project; a `Problem` if the caller may not know its money.

        Without a project it is the calling key's, or whoever is signed in.
        """
        ...

    async def check_key(self, project: str, key: str) -> None:
        """Raise `NotFound` if a project has no such key: a cap for it would bind nobody."""
        ...


class ProjectPayer:
    """Finds it in the table of projects. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, access: Access) -> None:
        """Look projects up in `sql`, and ask `access` who may know."""
        self._sql, self._access = sql, access

    async def account_of(self, context: Context, project: str) -> str:
        """Give the project's account to one who may pay for it; see the port."""
        if context.project or project:
            standing = await self._access.standing(context, project, Right.PAY)
            return await self.account_of_project(standing.project)
        return self._access.account(context)

    async def check_key(self, project: str, key: str) -> None:
        """Look for a key; see the port."""
        sql = "SELECT 1 FROM keys WHERE project = ?1 AND owner = ?2 AND id = ?3"
        if await self._sql.point(sql, project, key) is None:
            raise NotFound(f"No key {key!r} in this project. `key/List` shows those there are.")

    async def account_of_project(self, project: str) -> str:
        """Give a project's account; a project that has none pays for itself."""
        row = await self._sql.point("SELECT account FROM projects WHERE project = ?1 AND id = ?2", project)
        return row[0] if row else project

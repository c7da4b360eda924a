"""Who pays for a call: the account that is signed in, or the one that the key's project belongs to."""

from typing import Protocol

from brickyard.contract import Context
from brickyard.engines.sql import Sql


class Payer(Protocol):
    """Finds the account that a call is about."""

    async def account_of(self, context: Context) -> str:
        """Give the account's id; a `Problem` if the caller may not know its money."""
        ...


class ProjectPayer:
    """Finds it in the table of projects. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql) -> None:
        """Look projects up in `sql`."""
        self._sql = sql

    async def account_of(self, context: Context) -> str:
        """Give who is signed in, else the account of the key's project."""
        return context.account or await self.account_of_project(context.project)

    async def account_of_project(self, project: str) -> str:
        """Give a project's account; a project that has none pays for itself."""
        row = await self._sql.point("SELECT account FROM projects WHERE project = ?1 AND id = ?2", project)
        return row[0] if row else project

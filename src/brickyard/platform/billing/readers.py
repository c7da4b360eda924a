"""Who reads the letters about an account's money, and what they call things."""

from brickyard.engines.sql import Sql


class Readers:
    """Finds them in the tables of the platform's own project, to which `sql` is bound."""

    def __init__(self, sql: Sql) -> None:
        """Look them up in `sql`."""
        self._sql = sql

    async def of(self, account: str) -> list[str]:
        """Give the e-mail of an account; none if it has none, or is no more."""
        row = await self._sql.point("SELECT email FROM emails WHERE project = ?1 AND account = ?2", account)
        return [] if row is None else [row[0]]

    async def operators(self) -> list[str]:
        """Give the e-mails of those who run the cloud."""
        rows = await self._sql.rows(
            "SELECT e.email FROM operators o JOIN emails e ON e.project = o.project AND e.account = o.account"
            " WHERE o.project = ?1 ORDER BY e.email"
        )
        return [email for (email,) in rows]

    async def project_name(self, project: str) -> str:
        """Give what a project is called; empty if there is none."""
        row = await self._sql.point("SELECT name FROM projects WHERE project = ?1 AND id = ?2", project)
        return "" if row is None else row[0]

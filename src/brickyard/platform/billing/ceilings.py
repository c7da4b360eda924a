"""Whether what a key may spend is capped: for those who hand on what a key may do."""

from brickyard.platform.billing import caps
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.payer import ProjectPayer


class Ceilings:
    """Knows the caps of keys."""

    def __init__(self, payer: ProjectPayer, books: Books) -> None:
        """Look for them in the `books` of whoever pays, as `payer` says."""
        self._payer, self._books = payer, books

    async def has(self, project: str, lineage: str) -> bool:
        """Say whether the keys of a lineage are capped (`billing/SetCap`)."""
        account = await self._payer.account_of_project(project)
        return await caps.is_set(await self._books.sql(account), project, lineage)

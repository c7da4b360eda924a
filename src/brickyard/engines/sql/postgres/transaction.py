"""The port's `Transaction`, over a connection in a transaction."""

from collections.abc import Sequence

from brickyard.contract import Reply
from brickyard.engines.sql import Dialect, Page, Row, Value
from brickyard.engines.sql.postgres.connection import Connection
from brickyard.engines.sql.postgres.page import first_rows
from brickyard.engines.sql.postgres.statement import translated
from brickyard.engines.sql.stored import Keeping
from brickyard.engines.sql.witness import Witness


class PostgresTransaction:
    """Statements of one unit of work, each a round trip to the server."""

    __slots__ = ("_connection", "_project", "keeping", "reply")

    dialect: Dialect = "postgresql"

    def __init__(self, connection: Connection, project: str) -> None:
        """Work on `connection` for `project`."""
        self._connection, self._project = connection, project
        self.reply: Reply | None = None
        self.keeping: Keeping | None = None

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement and give its rows."""
        given = (self._project, *values)
        return [tuple(row) for row in await self._connection.fetch(translated(statement, given), *given)]

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Run a statement and give its first rows, fetched a few at a time."""
        given = (self._project, *values)
        return await first_rows(self._connection, translated(statement, given), given, size_bytes)

    async def run_many(self, statement: str, values: Sequence[Sequence[Value]]) -> None:
        """Run a statement once for each of `values`, all of them in one go where their types are alike."""
        given = [(self._project, *each) for each in values]
        by_form: dict[str, list[tuple[Value, ...]]] = {}
        for each in given:
            by_form.setdefault(translated(statement, each), []).append(each)
        for form, alike in by_form.items():
            await self._connection.executemany(form, alike)

    async def changed(self, statement: str, *values: Value) -> int:
        """Run a statement and count the rows it changed."""
        given = (self._project, *values)
        tag = await self._connection.execute(translated(statement, given), *given)
        return int(tag.rpartition(" ")[2])

    def keeps(self, kind: str, records: int, size_bytes: int) -> None:
        """Say how much more its project keeps."""
        if self.keeping is None:
            self.keeping = []
        self.keeping.append((kind, records, size_bytes))

    def answers(self, reply: Reply) -> None:
        """Say what the call is answered with."""
        self.reply = reply

    async def note(self, witness: Witness) -> None:
        """Have a witness write in the same transaction."""
        await witness.note(PostgresTransaction(self._connection, witness.project), self.reply)

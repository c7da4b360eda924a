"""The embedded SQL engine: one SQLite file, one writer that shares commits, readers that do not block."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from brickyard.engines.sql import Dialect, Page, Result, Row, Value, Work, stored
from brickyard.engines.sql.connection import Cursor, connect
from brickyard.engines.sql.epoch import MIGRATIONS
from brickyard.engines.sql.erase import erase_rows, keyed_by_project
from brickyard.engines.sql.migrations import Tables
from brickyard.engines.sql.page import first_rows
from brickyard.engines.sql.readers import Readers
from brickyard.engines.sql.sqlite_epoch import SqliteEpochs
from brickyard.engines.sql.stored import CapOf
from brickyard.engines.sql.tenancy import mentions_project
from brickyard.engines.sql.witness import commit_noted, current_witness
from brickyard.engines.sql.writer import Writer

QUERY_LIMIT_S = 10.0
"""How long one query may take, from being asked to its last row, before it is stopped."""

PRIMARY_KEYS = (
    "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
    " WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk"
)


class SqliteEngine:
    """A SQLite database file in WAL mode; what was acknowledged is on the disk."""

    def __init__(self, path: Path, query_limit_s: float = QUERY_LIMIT_S) -> None:
        """Open (or make) the file at `path`, and start the writer."""
        self._writer = Writer(path)
        self.near = connect(path)
        """The connection for reads on the event loop."""
        self._in_turn = False
        self._readers = Readers(path, query_limit_s)
        self.records_follow = False
        """Whether a record of each call is kept here, synced, before it is answered."""
        self.migrate({"epochs": MIGRATIONS, "stored": stored.MIGRATIONS})

    def migrate(self, tables: Tables) -> None:
        """Bring components' tables up to date: run the steps of their migrations not yet run here."""
        self._writer.migrate(tables)

    def cap(self, caps: CapOf) -> None:
        """Have no project keep more than `caps` gives for it."""
        self._writer.caps = caps

    def epochs(self, project: str) -> SqliteEpochs:
        """Give one project's epochs."""
        return SqliteEpochs(self.near, project)

    def bound(self, project: str) -> "SqliteSql":
        """Give a handle to one project's rows."""
        return SqliteSql(self, project)

    def look_up(self, statement: str, values: tuple[Value, ...]) -> Row | None:
        """Give one row, read on the event loop.

        All look-ups of one turn of the loop share a snapshot, since to take one costs more than to look a
        row up. It is never older than its turn, so whoever heard of a commit, here or in another process,
        is served from a snapshot taken after it: a request is read in a later turn than it arrives in.
        """
        if not self._in_turn:
            self._in_turn = True
            self.near.execute("BEGIN")
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self.near.execute(statement, values).fetchone()

    def _end_turn(self) -> None:
        if self._in_turn:
            self._in_turn = False
            self.near.execute("COMMIT")

    async def write(self, work: Work[Result], project: str, *, synced: bool = True) -> Result:
        """Run `work` in a transaction of the shared commit, witnessed if the call under way is."""
        synced, witness = synced or not self.records_follow, current_witness()
        if witness is not None:
            submit = partial(self._writer.submit, project=project, synced=synced)
            return await commit_noted(work, witness, submit)
        return await self._writer.submit(work, project, synced)

    async def write_one(self, statement: str, values: tuple[Value, ...]) -> list[Row]:
        """Run one statement in the shared commit."""
        return await self._writer.submit_statement(statement, values)

    async def query(
        self, project: str, statement: str, values: tuple[Value, ...], fetch: Callable[[Cursor], Result]
    ) -> Result:
        """Run a query of a project's on a reader thread; `fetch` takes its rows."""
        return await self._readers.run(
            project, lambda connection: fetch(connection.execute(statement, values))
        )

    async def keepers(self, kind: str, after: str, limit: int) -> list[str]:
        """Give the next projects that keep something of a kind."""
        rows = await self.query("", stored.KEEPERS, (kind, after, limit), lambda cursor: cursor.fetchall())
        return [row[0] for row in rows]

    async def erase(self, project: str) -> None:
        """Delete all rows of a project, a few at a time."""
        columns = await self.query(project, PRIMARY_KEYS, (), lambda cursor: cursor.fetchall())
        await erase_rows(self.bound(project), keyed_by_project((each[0], each[1]) for each in columns))

    def close(self) -> None:
        """Finish what is being written, and close the file."""
        self._writer.close()
        self._readers.close()
        self._in_turn = False
        self.near.close()


class SqliteSql:
    """The engine bound to one project; see the port for what its methods promise."""

    __slots__ = ("_engine", "project")

    dialect: Dialect = "sqlite"

    def __init__(self, engine: SqliteEngine, project: str) -> None:
        """Bind `engine` to `project`."""
        self._engine, self.project = engine, project

    async def point(self, statement: str, *values: Value) -> Row | None:
        """Give one row, read on the event loop: a look-up takes microseconds."""
        return self._engine.look_up(mentions_project(statement), (self.project, *values))

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Give the rows of a query, run on a reader thread."""
        return await self._engine.query(
            self.project,
            mentions_project(statement),
            (self.project, *values),
            lambda cursor: cursor.fetchall(),
        )

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Give the first rows of a query, fetched one at a time on a reader thread."""
        fetch = partial(first_rows, size_bytes=size_bytes)
        return await self._engine.query(
            self.project, mentions_project(statement), (self.project, *values), fetch
        )

    async def run(self, statement: str, *values: Value) -> list[Row]:
        """Run one writing statement."""
        if current_witness() is not None:
            return await self._engine.write(lambda tx: tx.rows(statement, *values), self.project)
        return await self._engine.write_one(mentions_project(statement), (self.project, *values))

    async def transact(self, work: Work[Result], *, synced: bool = True) -> Result:
        """Run `work` in a transaction."""
        return await self._engine.write(work, self.project, synced=synced)

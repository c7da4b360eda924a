"""The engine over a PostgreSQL database: lanes that write in shared commits, and connections that read."""

from collections.abc import Sequence
from functools import partial
from zlib import crc32

from brickyard.engines.sql import Dialect, Page, Result, Row, Value, Work, epoch, stored
from brickyard.engines.sql.erase import erase_rows, keyed_by_project
from brickyard.engines.sql.migrations import Tables
from brickyard.engines.sql.postgres import turn
from brickyard.engines.sql.postgres.connection import Connection, connector
from brickyard.engines.sql.postgres.epoch import PostgresEpochs
from brickyard.engines.sql.postgres.isolation import check_isolation
from brickyard.engines.sql.postgres.lane import Lane
from brickyard.engines.sql.postgres.migrations import migrate
from brickyard.engines.sql.postgres.page import first_rows
from brickyard.engines.sql.postgres.readers import Read, Readers
from brickyard.engines.sql.postgres.signals import Signals, signals_of
from brickyard.engines.sql.postgres.starting import Site, at_start, is_postgresql
from brickyard.engines.sql.postgres.statement import translated
from brickyard.engines.sql.stored import CapOf
from brickyard.engines.sql.tenancy import mentions_project
from brickyard.engines.sql.witness import commit_noted, current_witness

QUERY_LIMIT_S = 10.0
"""How long one query may take, from being asked to its last row, before it is stopped."""
LANES = 4
"""Connections that write."""
NEAR = 4
"""Connections for look-ups."""
FAR = 4
"""Connections for queries of any length, of which one project gets half at most."""
LOOK_UPS_WAITING_MAX = 100_000
QUERIES_WAITING_MAX = 256

PRIMARY_KEYS = (
    "SELECT k.table_name::text, k.column_name::text FROM information_schema.table_constraints c"
    " JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)"
    " WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = current_schema()"
    " ORDER BY k.table_name, k.ordinal_position"
)


async def tried(site: Site) -> Signals:
    """Try out what a database that has the tables is relied on for, and what it can do besides."""
    async with site.connection() as one, site.connection() as other:
        if not await is_postgresql(one):  # which is known to do what it says
            await check_isolation(one, other)
        return await signals_of(one, other)


class PostgresEngine:
    """A PostgreSQL database. Its connections are opened when they are first needed."""

    def __init__(self, url: str, query_limit_s: float = QUERY_LIMIT_S) -> None:
        """Use the database at `url`; `DatabaseUnusable` if it cannot be reached."""
        self._url = url
        self._connect = connect = connector(url, query_limit_s)
        self._lanes = [Lane(connect) for _ in range(LANES)]
        self._near = Readers(
            connect,
            size=NEAR,
            running_max=NEAR,
            waiting_max=LOOK_UPS_WAITING_MAX,
            limit_s=query_limit_s,
        )
        self._far = Readers(
            connect, size=FAR, running_max=FAR // 2, waiting_max=QUERIES_WAITING_MAX, limit_s=query_limit_s
        )
        self._epochs: dict[str, PostgresEpochs] = {}
        self.migrate({"turns": turn.MIGRATIONS, "epochs": epoch.MIGRATIONS, "stored": stored.MIGRATIONS})
        self._signals = at_start(url, tried)
        self.records_follow = False

    def migrate(self, tables: Tables) -> None:
        """Bring components' tables up to date: run the steps of their migrations not yet run there.

        Raises `DatabaseUnusable` if the database cannot be reached.
        """
        migrate(self._url, tables)

    def bound(self, project: str) -> "PostgresSql":
        """Give a handle to one project's rows."""
        return PostgresSql(self, project)

    def cap(self, caps: CapOf) -> None:
        """Have no project keep more than `caps` gives for it."""
        for lane in self._lanes:
            lane.caps = caps

    def epochs(self, project: str) -> PostgresEpochs:
        """Give one project's epochs; the same ones each time."""
        if project not in self._epochs:
            self._epochs[project] = PostgresEpochs(self._connect, project, self._signals)
        return self._epochs[project]

    async def write(self, work: Work[Result], project: str) -> Result:
        """Run `work` in a shared commit, witnessed if the call under way is.

        A project's work has always the same lane, and there its turn.
        """
        lane, witness = self._lanes[crc32(project.encode()) % LANES], current_witness()
        if witness is None:
            return await lane.run(work, project)
        return await commit_noted(
            work, witness, partial(lane.run, project=project, witness_project=witness.project)
        )

    async def look_up(self, project: str, read: Read[Result]) -> Result:
        """Read what is short."""
        return await self._near.run(project, read)

    async def query(self, project: str, read: Read[Result]) -> Result:
        """Read what may take long."""
        return await self._far.run(project, read)

    async def keepers(self, kind: str, after: str, limit: int) -> list[str]:
        """Give the next projects that keep something of a kind."""
        given = (kind, after, limit)
        text = translated(stored.KEEPERS, given)
        rows = await self.query("", lambda connection: connection.fetch(text, *given))
        return [row[0] for row in rows]

    async def erase(self, project: str) -> None:
        """Delete all rows of a project, a few at a time."""
        rows = await self.query(project, lambda connection: connection.fetch(PRIMARY_KEYS))
        await erase_rows(self.bound(project), keyed_by_project((each[0], each[1]) for each in rows))

    def close(self) -> None:
        """Drop all connections: what was not answered may be written or not."""
        for each in (*self._lanes, self._near, self._far, *self._epochs.values()):
            each.close()


class PostgresSql:
    """The engine bound to one project; see the port for what its methods promise."""

    __slots__ = ("_engine", "project")

    dialect: Dialect = "postgresql"

    def __init__(self, engine: PostgresEngine, project: str) -> None:
        """Bind `engine` to `project`."""
        self._engine, self.project = engine, project

    async def point(self, statement: str, *values: Value) -> Row | None:
        """Give one row, by a connection kept for what is short."""
        rows = await self._engine.look_up(self.project, self._fetching(statement, values))
        return tuple(rows[0]) if rows else None

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Give the rows of a query."""
        return [
            tuple(row) for row in await self._engine.query(self.project, self._fetching(statement, values))
        ]

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Give the first rows of a query, fetched a few at a time."""
        given = (self.project, *values)
        text = translated(statement, given)

        async def read(connection: Connection) -> Page:
            async with connection.transaction(readonly=True):
                return await first_rows(connection, text, given, size_bytes)

        return await self._engine.query(self.project, read)

    async def run(self, statement: str, *values: Value) -> list[Row]:
        """Run one writing statement."""
        mentions_project(statement)  # here, rather than where others write too
        return await self._engine.write(lambda tx: tx.rows(statement, *values), self.project)

    async def transact(self, work: Work[Result], *, synced: bool = True) -> Result:
        """Run `work` in a transaction."""
        return await self._engine.write(work, self.project)

    def _fetching(self, statement: str, values: tuple[Value, ...]) -> Read[Sequence[Row]]:
        given = (self.project, *values)
        text = translated(statement, given)
        return lambda connection: connection.fetch(text, *given)

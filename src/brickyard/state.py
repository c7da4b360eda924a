"""What a cloud's state runs on: a SQLite file that this machine's servers share, or a PostgreSQL database."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from brickyard.engines.bus import Bus
from brickyard.engines.held import hold
from brickyard.engines.peers import Peers, Strangers
from brickyard.engines.sql import DatabaseUnusable, Sql
from brickyard.engines.sql.epoch import Epochs
from brickyard.engines.sql.migrations import Tables
from brickyard.engines.sql.stored import CapOf


class Engine(Protocol):
    """A database of all projects."""

    records_follow: bool
    """Whether a record of each call is kept in it, synced, before the call is answered."""

    def migrate(self, tables: Tables) -> None:
        """Bring components' tables up to date."""
        ...

    def bound(self, project: str) -> Sql:
        """Give a handle to one project's rows."""
        ...

    def epochs(self, project: str) -> Epochs:
        """Give one project's epochs."""
        ...

    def cap(self, caps: CapOf) -> None:
        """Have no project keep more than `caps` gives for it."""
        ...

    async def keepers(self, kind: str, after: str, limit: int) -> list[str]:
        """Give the next projects, by name after `after`, that keep something of a kind."""
        ...

    async def erase(self, project: str) -> None:
        """Delete all rows of a project, in every table; cut short, it can be begun again."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class Buses(Protocol):
    """A bus of all projects."""

    def bound(self, project: str) -> Bus:
        """Give a handle to one project's topics."""
        ...


class State(NamedTuple):
    """The engines in use."""

    sql: Engine
    bus: Buses
    peers: Peers
    close: Callable[[], None]
    """Finishes writing, and closes everything."""


def state_of(home: Path, database_url: str | None) -> State:
    """Open the database at `database_url`, or the one in the home folder if there is none.

    An `OSError` says why the home cannot be used, `DatabaseUnusable` why the database cannot be had.
    """
    return _embedded(home) if database_url is None else _shared(database_url)


def _embedded(home: Path) -> State:
    from brickyard.engines.bus.home import HomeBus
    from brickyard.engines.sql.sqlite import SqliteEngine

    with hold(home / "lock"):  # several may start at once
        sql = SqliteEngine(home / "brickyard.db")
        try:
            bus = HomeBus(home / "running")
        except BaseException:
            sql.close()
            raise

    def close() -> None:
        sql.close()
        bus.close()

    return State(sql, bus, bus.neighbours, close)


def _shared(url: str) -> State:
    try:
        from brickyard.engines.bus.postgres import PostgresBus
        from brickyard.engines.sql.postgres.engine import PostgresEngine
    except ModuleNotFoundError as error:
        raise DatabaseUnusable(
            "BRICKYARD_DATABASE_URL names a PostgreSQL database, whose driver is not installed:"
            " pip install 'brickyard[postgres]'."
        ) from error
    sql, bus = PostgresEngine(url), PostgresBus(url)

    def close() -> None:
        bus.close()
        sql.close()

    return State(sql, bus, Strangers(), close)

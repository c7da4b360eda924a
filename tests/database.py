"""The database that tests run on, by `--database`: the same tests hold for each."""

import hashlib
import tempfile
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brickyard.engines.sql import Row, Value
from brickyard.engines.sql.sqlite import SqliteEngine
from database_pool import Pool
from postgres import PostgresServer, run

CHOICES = ("sqlite", "postgres", "bare-postgres")
DROPPED_AT_ONCE = 8
"""So many databases go together: for each that goes alone, the server writes everything out."""


class Database:
    """Gives each home folder a database of its own: a file in it, or one of a server's."""

    def __init__(self) -> None:
        self.kind = "sqlite"
        self.bare = False
        """Whether a server's have nothing but what all that speak its protocol have."""
        self._server: PostgresServer | None = None
        self._pool: Pool | None = None
        self._urls: dict[Path, str] = {}
        self._done_with: list[str] = []
        self._clearing: Future[None] | None = None
        self._cleaner = ThreadPoolExecutor(1)

    def server(self) -> PostgresServer:
        """Give the server that tests share, if they do not end it."""
        if self._server is None:
            self._server = PostgresServer()
        return self._server

    def choose(self, choice: str) -> None:
        """Take one of `CHOICES`."""
        self.bare = choice == "bare-postgres"
        self.kind = "postgres" if self.bare else choice

    def stop(self) -> None:
        """End the server, with all that was not dropped yet."""
        self._cleaner.shutdown(cancel_futures=True)
        if self._server is not None:
            self._server.stop()

    def url(self, home: Path) -> str | None:
        """Give the address of a home's database, with a cloud's tables; None if it is a file in the home."""
        if self.kind == "sqlite":
            return None
        if home not in self._urls:
            self._urls[home] = self._new(home) if self.bare else self._pooled()
        return self._urls[home]

    def forget(self, folder: Path) -> None:
        """Be done with the databases of homes in `folder`: they are cleared beside what is tested next."""
        over = [home for home in self._urls if home.is_relative_to(folder)]
        if over:
            names = [self._urls.pop(home).rpartition("/")[2] for home in over]
            before, self._clearing = self._clearing, self._cleaner.submit(self._clear, names)
            if before is not None:
                before.result()  # so that what went wrong is seen, once, and the rest keeps up

    @contextmanager
    def passing_home(self) -> Generator[Path]:
        """Give a home for one example of many in a test."""
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        self.forget(Path(folder))

    def engine(self, home: Path, **options: Any) -> Any:
        """Open a home's database; a new one has no tables."""
        if self.kind == "sqlite":
            return SqliteEngine(home / "brickyard.db", **options)
        from brickyard.engines.sql.postgres.engine import PostgresEngine

        if home not in self._urls:
            self._urls[home] = self._new(home)
        return PostgresEngine(self._urls[home], **options)

    def _new(self, home: Path) -> str:
        server, name = self.server(), f"home_{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
        return server.create_bare(name) if self.bare else server.create(name)

    def _pooled(self) -> str:
        if self._pool is None:
            self._pool = Pool(self.server())
        return self._pool.take()

    def _clear(self, names: list[str]) -> None:
        pool = self._pool
        self._done_with += [each for each in names if pool is None or not pool.takes_back(each)]
        if len(self._done_with) >= DROPPED_AT_ONCE:
            names, self._done_with = self._done_with, []
            self.server().drop(names)


database = Database()


def look(engine: Any, statement: str, *values: Value) -> list[Row]:
    """Run a statement behind the engine's back, of whatever projects; `?1` is the first of `values`."""
    if isinstance(engine, SqliteEngine):
        engine._end_turn()  # a snapshot that is older than somebody's commit cannot be written in
        return engine.near.execute(statement, values).fetchall()
    from brickyard.engines.sql.postgres.statement import _translated

    translated = _translated(statement, tuple(map(type, values)))
    return run(engine._url, translated, values=values)

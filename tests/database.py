"""The database that tests run on, by `--database`: the same tests hold for each."""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from brickyard.engines.sql import Row, Value
from brickyard.engines.sql.sqlite import SqliteEngine
from postgres import PostgresServer

CHOICES = ("sqlite", "postgres")


class Database:
    """Gives each home folder a database of its own: a file in it, or one of a server's."""

    def __init__(self) -> None:
        self.kind = "sqlite"
        self._server: PostgresServer | None = None
        self._urls: dict[Path, str] = {}

    def server(self) -> PostgresServer:
        """Give the server that tests share, if they do not end it."""
        if self._server is None:
            self._server = PostgresServer()
        return self._server

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    def url(self, home: Path) -> str | None:
        """Give the address of a home's database; None if it is a file in the home."""
        if self.kind == "sqlite":
            return None
        if home not in self._urls:
            name = f"home_{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"
            self._urls[home] = self.server().create(name)
        return self._urls[home]

    def engine(self, home: Path, **options: Any) -> Any:
        """Open a home's database."""
        url = self.url(home)
        if url is None:
            return SqliteEngine(home / "brickyard.db", **options)
        from brickyard.engines.sql.postgres.engine import PostgresEngine

        return PostgresEngine(url, **options)


database = Database()


def look(engine: Any, statement: str, *values: Value) -> list[Row]:
    """Run a statement behind the engine's back, of whatever projects; `?1` is the first of `values`."""
    if isinstance(engine, SqliteEngine):
        return engine.near.execute(statement, values).fetchall()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_look(engine._url, statement, values))).result()


async def _look(url: str, statement: str, values: tuple[Value, ...]) -> list[Row]:
    import asyncpg

    from brickyard.engines.sql.postgres.statement import _translated

    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(_translated(statement, tuple(map(type, values))), *values)
        return [tuple(row) for row in rows]
    finally:
        await connection.close()

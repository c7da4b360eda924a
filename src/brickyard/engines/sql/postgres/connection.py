"""Connections to PostgreSQL, with the settings that all of ours share."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import asyncpg  # pyright: ignore[reportMissingTypeStubs]  # it has none: hence the protocols below

from brickyard.engines.sql import Row, Value

CONNECT_LIMIT_S = 5.0
ANSWER_LIMIT_S = 15.0
"""How long to wait for a server that no longer answers at all; its own time limits are shorter."""
STATEMENTS_KEPT = 500
"""Statements that each connection keeps prepared."""


class Cursor(Protocol):
    """The rows of a statement under way."""

    async def fetch(self, n: int) -> Sequence[Row]:
        """Give the next rows, fewer than `n` if there are no more."""
        ...


class Connection(Protocol):
    """What is used of `asyncpg.Connection`, whose own annotations leave its values unknown."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement, or several without values; gives what the last one did, such as `UPDATE 3`."""
        ...

    async def executemany(self, command: str, args: Sequence[Sequence[Value]]) -> None:
        """Run a statement for each of a sequence of values."""
        ...

    async def fetch(self, query: str, *args: Any) -> Sequence[Row]:
        """Run a statement and give its rows."""
        ...

    def cursor(self, query: str, *args: Value) -> Awaitable[Cursor]:
        """Begin a statement, in a transaction."""
        ...

    def transaction(self, *, readonly: bool = False) -> AbstractAsyncContextManager[Any]:
        """Give a transaction, to be entered."""
        ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        """Have `callback(connection, pid, channel, payload)` called for each notice on a channel."""
        ...

    def is_closed(self) -> bool:
        """Whether the connection is lost, or was closed."""
        ...

    async def close(self) -> None:
        """Take leave of the server."""
        ...

    def terminate(self) -> None:
        """Drop the connection at once."""
        ...


Connector = Callable[[], Awaitable[Connection]]
"""Opens a connection."""


def connector(url: str, query_limit_s: float | None) -> Connector:
    """Give what opens connections to a database, whose statements may take so long; None for any time.

    Those raise what `errors.LOST` lists, or another error of the server's, if it cannot be connected to.
    """
    limit_ms = str(int((query_limit_s or 0) * 1000))
    settings = {
        "application_name": "brickyard",
        "statement_timeout": limit_ms,
        "idle_in_transaction_session_timeout": limit_ms,
        "synchronous_commit": "on",  # what is answered is on the disk, whatever the server's default
        "extra_float_digits": "1",  # floats as text are whole
    }
    return partial(
        cast("Callable[..., Awaitable[Connection]]", asyncpg.connect),  # pyright: ignore[reportUnknownMemberType]  # it has no types
        url,
        timeout=CONNECT_LIMIT_S,
        command_timeout=ANSWER_LIMIT_S if query_limit_s else None,
        statement_cache_size=STATEMENTS_KEPT,
        server_settings=settings,
    )


def drop(connection: Connection) -> None:
    """Drop a connection at once."""
    with suppress(RuntimeError):  # its event loop is closed, and the connection with it
        connection.terminate()


def shown(url: str) -> str:
    """Give a database's address without its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

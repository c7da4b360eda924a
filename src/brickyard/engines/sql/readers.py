"""Threads that run long queries beside the event loop: fairly, for a limited time, and for nobody in vain."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw

from brickyard.contract import Unavailable
from brickyard.engines.background import background_threads
from brickyard.engines.sql import Result
from brickyard.engines.sql.connection import Connection, connect
from brickyard.engines.sql.turns import Turns

READERS = 4
"""Threads, and so queries that run at a time."""
RUNNING_MAX = READERS // 2
"""Of these, one project's at most: however long they take, there is room for the others."""
WAITING_MAX = 256
"""Queries of one project that wait for their turn, at most: short ones of many callers all get theirs."""
STEPS_BETWEEN_LOOKS = 200
"""SQLite instructions between two looks if to stop: few, since one may search a megabyte."""

Read = Callable[[Connection], Result]
"""What is read, on a reader's own connection."""


class Query:
    """What is to be read for whom, and whether they still wait for it."""

    __slots__ = ("outcome", "project", "read", "stopped")

    def __init__(self, project: str, read: Read[Any]) -> None:
        self.project, self.read = project, read
        self.outcome: Future[Any] = Future()
        self.stopped = False


class Readers:
    """The threads, each with a connection of its own."""

    def __init__(self, path: Path, limit_s: float) -> None:
        """Read the file at `path`, for at most `limit_s` a query, the wait for its turn included."""
        self._path, self._limit_s = path, limit_s
        self._pool = background_threads(READERS, "sqlite-reader")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._free = READERS
        self._turns = Turns[Query](running_max=RUNNING_MAX, waiting_max=WAITING_MAX)
        self._closed = False

    async def run(self, project: str, read: Read[Result]) -> Result:
        """Read, once it is the project's turn. Whoever is cancelled meanwhile ends the query with it.

        Raises `Unavailable` if that takes too long, or if too many of the project's queries wait.
        """
        query = Query(project, read)
        self._begin(query)
        try:
            async with asyncio.timeout(self._limit_s):
                return await asyncio.wrap_future(query.outcome)
        except TimeoutError:
            raise Unavailable(
                f"The query took longer than {self._limit_s:g} s and was stopped. "
                "Make an index on the fields it compares, or ask for less."
            ) from None
        finally:
            self._leave(query)

    def close(self) -> None:
        """Stop all queries, and end the threads."""
        with self._lock:
            self._closed = True
            waiting = self._turns.drop_all()
        for query in waiting:
            if query.outcome.set_running_or_notify_cancel():
                query.outcome.set_exception(_closing())
        self._pool.shutdown()

    def _leave(self, query: Query) -> None:
        query.stopped = True
        if query.outcome.cancel():  # as it has not begun
            with self._lock:
                self._turns.drop(query.project, query)

    def _begin(self, query: Query) -> None:
        """Let it wait; if a reader is free, and it may run now, it does."""
        with self._lock:
            self._turns.add(query.project, query)
            if self._free and (following := self._turns.take()) is not None:
                self._free -= 1
                self._pool.submit(self._serve, following)

    def _serve(self, query: Query | None) -> None:
        """Run one query after the other, as long as there is one whose turn it is."""
        while query is not None:
            if query.outcome.set_running_or_notify_cancel():
                self._run(query)
            query = self._after(query)

    def _after(self, query: Query) -> Query | None:
        with self._lock:
            self._turns.finished(query.project)
            following = self._turns.take()
            if following is None:
                self._free += 1
            return following

    def _run(self, query: Query) -> None:
        try:
            query.outcome.set_result(self._read(query))
        except apsw.InterruptError:  # nobody waits for it any longer, or the engine closes
            query.outcome.set_exception(_closing())
        except Exception as error:  # noqa: BLE001 - the thread goes on, and whoever waits must hear
            query.outcome.set_exception(error)

    def _read(self, query: Query) -> Any:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path)
        # Asked by the query's own statements alone: an interruption of the connection could come late, and
        # hit the next query on it.
        connection.set_progress_handler(lambda: query.stopped or self._closed, STEPS_BETWEEN_LOOKS)
        try:
            return query.read(connection)
        finally:
            connection.set_progress_handler(None, 0)


def _closing() -> Unavailable:
    return Unavailable("The database is being closed; try again in a moment.")

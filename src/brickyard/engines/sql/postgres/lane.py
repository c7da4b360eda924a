"""Group commit: those who write at the same time share one transaction, one connection at a time."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from brickyard.engines.sql import Work
from brickyard.engines.sql.postgres.connection import Connection, Connector, drop
from brickyard.engines.sql.postgres.errors import AGAIN, LOST, is_lost, port_error, uncertain
from brickyard.engines.sql.postgres.statement import translated
from brickyard.engines.sql.postgres.transaction import PostgresTransaction
from brickyard.engines.sql.postgres.turn import take_turns
from brickyard.engines.sql.stored import ADD, CapOf, Tally, no_cap

BATCH_SIZE = 64
"""Units in one commit, at most: PostgreSQL is slow to read past more savepoints than that."""
ATTEMPTS = 8
"""How often a transaction is run that keeps falling victim to others."""
PAUSE_S = 0.005
"""How long to pause after the first such attempt, about; twice that after the second, and so on."""

Future = asyncio.Future[Any]


class Unit:
    """A unit of work, and who waits for it."""

    __slots__ = ("future", "outcome", "project", "projects", "work")

    def __init__(self, work: Work[Any], project: str, witness_project: str) -> None:
        self.work, self.project = work, project
        self.projects = (project, witness_project)
        """Whose turn it takes."""
        self.future: Future = asyncio.get_running_loop().create_future()
        self.outcome: Any = None

    def settle(self) -> None:
        """Tell who waits how it went; if they have gone, the work is done all the same."""
        if self.future.done():
            return
        if isinstance(self.outcome, Exception):
            self.future.set_exception(self.outcome)
        else:
            self.future.set_result(self.outcome)


class Lane:
    """One connection that writes, for as long as there is something to write."""

    def __init__(self, connect: Connector) -> None:
        """Open a connection by `connect`, once it is needed."""
        self._connect = connect
        self.caps: CapOf = no_cap
        """What projects may keep."""
        self._connection: Connection | None = None
        self._waiting: deque[Unit] = deque()
        self._task: asyncio.Task[None] | None = None

    async def run(self, work: Work[Any], project: str, witness_project: str = "") -> Any:
        """Run `work` in the next commit, with its witness writing for a project of its own, if it has one.

        Returns after that commit.
        """
        unit = Unit(work, project, witness_project or project)
        self._waiting.append(unit)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await unit.future

    def close(self) -> None:
        """Drop the connection: what was not answered may be written or not."""
        if self._connection is not None:
            drop(self._connection)

    async def _drain(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), BATCH_SIZE)
            batch = [self._waiting.popleft() for _ in range(count)]
            try:
                await self._persist(batch)
            except Exception as error:  # noqa: BLE001 - the lane goes on, and everyone must hear
                for unit in batch:
                    unit.outcome = port_error(error)
            for unit in batch:
                unit.settle()

    async def _persist(self, batch: Sequence[Unit]) -> None:
        """Commit a batch; again if it fell victim to another transaction."""
        for attempt in range(1, ATTEMPTS):
            with suppress(*AGAIN):
                return await self._attempt(batch)
            await asyncio.sleep(random.uniform(0, PAUSE_S * 2**attempt))  # noqa: S311 - no secret
        return await self._attempt(batch)

    async def _attempt(self, batch: Sequence[Unit]) -> None:
        connection, tally = await self._open(), Tally(self.caps)
        try:
            # Whatever the database's default: with turns taken, each statement is to see what is there now.
            await connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            await take_turns(connection, {project for unit in batch for project in unit.projects})
            await run_units(connection, batch, tally)
            await write_down(connection, tally)
            await commit(connection)
        except BaseException:
            await self._roll_back(connection)
            raise

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except LOST:
            drop(connection)

    async def _open(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection


async def run_units(connection: Connection, batch: Sequence[Unit], tally: Tally) -> None:
    """Run units one after the other. One that fails among others is undone, and takes nobody along."""
    if len(batch) == 1:
        batch[0].outcome = await _run(connection, batch[0], tally)
        return
    await connection.execute("SAVEPOINT unit")
    for unit in batch:
        await _run_saved(connection, unit, tally)


async def write_down(connection: Connection, tally: Tally) -> None:
    """Write down what projects keep now."""
    for change in tally.changes():
        await connection.execute(translated(ADD, change), *change)


async def _run(connection: Connection, unit: Unit, tally: Tally) -> Any:
    transaction = PostgresTransaction(connection, unit.project)
    outcome = await unit.work(transaction)
    if transaction.keeping is not None:
        if not tally.knows(unit.project):
            await tally.read(transaction, unit.project)
        tally.take(unit.project, transaction.keeping)
    return outcome


async def _run_saved(connection: Connection, unit: Unit, tally: Tally) -> None:
    try:
        unit.outcome = await _run(connection, unit, tally)
        await connection.execute("RELEASE SAVEPOINT unit; SAVEPOINT unit")
    except Exception as error:
        if is_lost(error) or isinstance(error, AGAIN):
            raise
        await connection.execute("ROLLBACK TO SAVEPOINT unit")
        unit.outcome = port_error(error)


async def commit(connection: Connection) -> None:
    """Commit; returns once it is on the disk."""
    try:
        tag = await connection.execute("COMMIT")
    except LOST as error:
        raise uncertain() from error
    if tag != "COMMIT":  # a failed transaction is rolled back by it, without an error
        raise RuntimeError("A transaction's work went on after one of its statements had failed.")

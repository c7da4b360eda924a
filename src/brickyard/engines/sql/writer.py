"""Group commit: those who write at the same time share one transaction, and one sync of the disk.

The next are written while the last wait for the disk.

Projects take turns in it, and one commit does not take long: whoever writes little waits for little.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, cast

import apsw

from brickyard.contract import Reply, Unavailable
from brickyard.engines.sql import (
    Dialect,
    Page,
    Result,
    Row,
    UniqueViolation,
    Value,
    Work,
)
from brickyard.engines.sql.connection import Connection, connect
from brickyard.engines.sql.gate import STUCK_S, Gate
from brickyard.engines.sql.line import Line
from brickyard.engines.sql.migrations import Tables, migrate
from brickyard.engines.sql.page import first_rows
from brickyard.engines.sql.stored import ADD, CapOf, Keeping, Tally, no_cap
from brickyard.engines.sql.syncer import Syncer
from brickyard.engines.sql.tenancy import mentions_project
from brickyard.engines.sql.witness import Witness

BATCH_SIZE = 512
"""Units of work in one commit, at most."""
WORK_S = 0.004
"""How long the work in one commit may take, but for its last unit: who comes next waits for it."""

GATHER_S = 0.002
"""How long those who write at the same time are waited for, at most."""
CAREFUL_COMMITS = 64
"""For so many commits units of work are undone one by one, after one that failed when it had written."""

CLOSE_LIMIT_S = STUCK_S + 5.0
"""How long what was submitted is waited for at the end, at most: longer only if other processes hang."""
BUSY = "The storage is busy; nothing was written. Try again."
UNSURE = "The storage is failing: whether anything was written is not known. Try again later."

Future = asyncio.Future[Any]


class HalfDoneError(Exception):
    """A unit of work failed when it had written something, which is still there."""


class Job:
    """A unit of work, and who waits for it."""

    __slots__ = ("future", "loop", "outcome", "project", "synced")

    def __init__(self, project: str, synced: bool) -> None:  # noqa: FBT001 - of this module only
        self.project = project
        """Whose turn it takes."""
        self.synced = synced
        """Whether it has to be on the disk before it is answered."""
        self.loop = asyncio.get_running_loop()
        self.future: Future = self.loop.create_future()
        self.outcome: Any = None

    def run(self, connection: Connection, tally: Tally) -> Any:
        """Do the work inside the shared transaction; if it raises, what it wrote may be left."""
        raise NotImplementedError

    def run_or_undo(self, connection: Connection, tally: Tally) -> Any:
        """Do the work; leave nothing of it if it raises. Savepoints cost a small unit a tenth of its time."""
        connection.execute("SAVEPOINT work")
        try:
            result = self.run(connection, tally)
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK TO work")
                connection.execute("RELEASE work")
            raise
        connection.execute("RELEASE work")
        return result


class StatementJob(Job):
    """One statement: SQLite itself undoes one that fails."""

    __slots__ = ("statement", "values")

    def __init__(self, statement: str, values: tuple[Value, ...]) -> None:
        super().__init__(str(values[0]), True)
        self.statement, self.values = statement, values

    def run(self, connection: Connection, tally: Tally) -> list[Row]:
        """Run the statement."""
        return connection.execute(self.statement, self.values).fetchall()

    run_or_undo = run


class WorkJob(Job):
    """A function over a transaction. Like any, it may be run more than once before it is committed."""

    __slots__ = ("work",)

    def __init__(self, work: Work[Any], project: str, synced: bool) -> None:  # noqa: FBT001 - as above
        super().__init__(project, synced)
        self.work = work

    def run(self, connection: Connection, tally: Tally) -> Any:
        """Run the work."""
        transaction = SqliteTransaction(connection, self.project)
        result = finish(self.work(transaction))
        if transaction.keeping is not None:
            if not tally.knows(self.project):
                finish(tally.read(transaction, self.project))
            tally.take(self.project, transaction.keeping)
        return result


class Writer:
    """The one thread that writes."""

    def __init__(self, path: Path) -> None:
        """Write to the file at `path`."""
        self._connection = connect(path)
        self._connection.execute("PRAGMA synchronous = normal")  # the log is synced beside it
        self._syncer = Syncer[Job](path.with_name(f"{path.name}-wal"), deliver_synced)
        self._gate = Gate(path, self._refuse_all)
        self._line = Line[Job]()
        self._careful = 0
        self.caps: CapOf = no_cap
        """What projects may keep."""
        self._gathered = dict[asyncio.AbstractEventLoop, list[Job]]()
        self._queue: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], project: str, synced: bool = True) -> "asyncio.Future[Result]":  # noqa: FBT001, FBT002 - as above
        """Run `work` in the next commit; done after that commit, on the disk if it has to be."""
        return self._gather(WorkJob(work, project, synced))

    def submit_statement(self, statement: str, values: tuple[Value, ...]) -> "asyncio.Future[list[Row]]":
        """Run one statement in the next commit; done after that commit."""
        return self._gather(StatementJob(statement, values))

    def migrate(self, tables: Tables) -> None:
        """Run the migration steps that have not been run here. Only before the first write."""
        migrate(self._connection, tables)

    def close(self) -> None:
        """Commit what was submitted, then stop. What waits for a process that hangs is refused."""
        for jobs in self._gathered.values():
            self._queue.put(jobs)
        self._queue.put(None)
        self._thread.join(CLOSE_LIMIT_S)
        if not self._thread.is_alive():
            self._syncer.close()
            self._gate.close()
            self._connection.close()

    def _gather(self, job: Job) -> Future:
        gathered = self._gathered.get(job.loop)
        if gathered is None:
            gathered = self._gathered[job.loop] = []
            job.loop.call_soon(self._hand_over, job.loop, 0, job.loop.time() + GATHER_S)
        gathered.append(job)
        return job.future

    def _hand_over(self, loop: asyncio.AbstractEventLoop, seen: int, until_s: float) -> None:
        """Give jobs to the thread, after a turn of the loop in which no more came: that saves commits."""
        count = len(self._gathered[loop])
        if count > seen and loop.time() < until_s:
            loop.call_soon(self._hand_over, loop, count, until_s)
        else:
            self._queue.put(self._gathered.pop(loop))

    def _run(self) -> None:
        line, last = self._line, False
        while line or not last:
            if not line:
                last = self._take_in(self._queue.get())
            while not last:
                try:
                    last = self._take_in(self._queue.get_nowait())
                except Empty:
                    break
            if line:
                self._answer(self._commit())

    def _answer(self, batch: Sequence[Job]) -> None:
        """Tell those who need not wait for the disk how it went, and let the others wait for it."""
        waits = [job for job in batch if job.synced]
        if len(waits) < len(batch):
            deliver([job for job in batch if not job.synced])
        if waits:
            self._syncer.put(waits)

    def _take_in(self, jobs: list[Job] | None) -> bool:
        """Let jobs wait for their turn; True if there will be no more."""
        for job in jobs or ():
            self._line.add(job)
        return jobs is None

    def _commit(self) -> Sequence[Job]:
        """Commit some of what waits, when it is this process's turn. Gives what that was."""
        self._gate.enter()
        try:
            return self._commit_some(self._line)
        finally:
            self._gate.leave()

    def _commit_some(self, line: Line[Job]) -> Sequence[Job]:
        """Commit what can be done in a short time."""
        batch = list[Job]()
        try:
            if self._syncer.failure is not None:
                self._write_anew()
            if not self._persist(self._some(line, batch)):
                self._careful = CAREFUL_COMMITS
                self._persist(list(batch))
            self._careful = max(0, self._careful - 1)
        except Exception as error:  # noqa: BLE001 - the thread must live on, and everyone must hear
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            while line and len(batch) < BATCH_SIZE:  # they would fail too, each after a wait of its own
                batch.append(line.next())
            for job in batch:
                job.outcome = statement_error(error)
        return batch

    def _write_anew(self) -> None:
        """Bring all that the log holds to the disk by the database, after a sync of the log that failed."""
        ((is_busy, *_),) = self._connection.execute("PRAGMA wal_checkpoint(truncate)").fetchall()
        if is_busy:
            raise Unavailable(BUSY)
        self._syncer.failure = None

    def _some(self, line: Line[Job], batch: list[Job]) -> Iterator[Job]:
        """Give the next of those in line, for a short time; they are put into the batch."""
        until_s = time.perf_counter() + WORK_S
        while line and len(batch) < BATCH_SIZE and (not batch or time.perf_counter() < until_s):
            batch.append(line.next())
            yield batch[-1]

    def _persist(self, jobs: Iterable[Job]) -> bool:
        """Run jobs, and commit them; False, with nothing done, if one of them has to be undone by itself."""
        connection, tally = self._connection, Tally(self.caps)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for job in jobs:
                self._attempt(job, tally)
        except HalfDoneError:
            connection.execute("ROLLBACK")
            return False
        for change in tally.changes():
            connection.execute(ADD, change)
        connection.execute("COMMIT")
        return True

    def _refuse_all(self) -> None:
        """Refuse all that waits, while the thread waits for another process that stands still."""
        line, queue, refused = self._line, self._queue, list[Job]()
        last = False
        while not last and not queue.empty():  # nobody else takes from it now
            last = self._take_in(queue.get())
        while line:
            refused.append(line.next())
            refused[-1].outcome = Unavailable(BUSY)
        if last:
            queue.put(None)
        deliver(refused)

    def _attempt(self, job: Job, tally: Tally) -> None:
        connection, careful = self._connection, self._careful > 0
        before = connection.total_changes()
        try:
            job.outcome = (job.run_or_undo if careful else job.run)(connection, tally)
        except Exception as error:
            if not connection.in_transaction:  # a full disk ends the whole transaction, not one statement
                raise
            if not careful and connection.total_changes() != before:
                raise HalfDoneError from error
            job.outcome = statement_error(error)


class SqliteTransaction:
    """The port's `Transaction`, over the writer's connection. Nothing in it ever waits."""

    __slots__ = ("_connection", "_project", "keeping", "reply")

    dialect: Dialect = "sqlite"

    def __init__(self, connection: Connection, project: str) -> None:
        """Work on `connection` for `project`."""
        self._connection, self._project = connection, project
        self.reply: Reply | None = None
        self.keeping: Keeping | None = None

    async def rows(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement and give its rows."""
        return self._connection.execute(mentions_project(statement), (self._project, *values)).fetchall()

    async def page(self, statement: str, *values: Value, size_bytes: int) -> Page:
        """Run a statement and give its first rows, fetched one at a time."""
        cursor = self._connection.execute(mentions_project(statement), (self._project, *values))
        return first_rows(cursor, size_bytes)

    async def run_many(self, statement: str, values: Sequence[Sequence[Value]]) -> None:
        """Run a statement once for each of `values`."""
        self._connection.executemany(mentions_project(statement), [(self._project, *each) for each in values])

    async def changed(self, statement: str, *values: Value) -> int:
        """Run a statement and count the rows it changed."""
        self._connection.execute(mentions_project(statement), (self._project, *values)).fetchall()
        return self._connection.changes()

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
        await witness.note(SqliteTransaction(self._connection, witness.project), self.reply)


def finish(coroutine: Any) -> Any:
    """Run a coroutine that never really waits, to its end."""
    try:
        cast("Coroutine[Any, Any, Any]", coroutine).send(None)
    except StopIteration as done:
        return done.value
    cast("Coroutine[Any, Any, Any]", coroutine).close()
    raise RuntimeError("A transaction's work may await nothing but its transaction.")


def statement_error(error: Exception) -> Exception:
    """Give the port's form of an error of SQLite's; others as they are."""
    if isinstance(error, apsw.ConstraintError):
        return UniqueViolation(str(error))
    if isinstance(error, apsw.FullError | apsw.IOError):
        return Unavailable("The storage is full or failing; nothing was written. Try again later.")
    if isinstance(error, apsw.BusyError):
        return Unavailable(BUSY)
    return error


def deliver(batch: Sequence[Job]) -> None:
    """Tell everyone in a finished batch how it went, waking each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, jobs)


def deliver_synced(batch: Sequence[Job], failure: OSError | None) -> None:
    """Tell them so when they are on the disk, or may not be."""
    if failure is not None:
        for job in batch:
            if not isinstance(job.outcome, Exception):
                job.outcome = Unavailable(UNSURE)
    deliver(batch)


def _settle(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.future.done():  # who waited has gone; the work is done all the same
            continue
        if isinstance(job.outcome, Exception):
            job.future.set_exception(job.outcome)
        else:
            job.future.set_result(job.outcome)

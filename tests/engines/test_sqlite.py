"""What only SQLite can be asked, or does in its own way."""

import asyncio
import errno
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from types import NoneType

import apsw
import pytest

from brickyard.contract import Unavailable
from brickyard.engines.sql import Page, Sql, Transaction, UniqueViolation, Work, syncer
from brickyard.engines.sql.sqlite import SqliteEngine
from eventually import eventually

TABLE = "CREATE TABLE things (project TEXT, id TEXT, n INTEGER, PRIMARY KEY (project, id))"
INSERT = "INSERT INTO things VALUES (?1, ?2, ?3)"
COUNT = "SELECT count(*) FROM things WHERE project = ?1"
# Counts to a thousand million: longer than any limit here.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT count(*), ?1 FROM n"
)


# Gives rows of 1000 bytes for longer than any limit here.
ENDLESS_ROWS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT i, substr(?1 || hex(zeroblob(500)), 1, 1000) FROM n"
)


pytestmark = pytest.mark.only_on("sqlite", "it is about SQLite")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    engine = SqliteEngine(tmp_path / "test.db", query_limit_s=0.2)
    engine.migrate({"things": (TABLE,)})
    yield engine
    engine.close()


@pytest.fixture
def sql(engine: SqliteEngine) -> Sql:
    return engine.bound("mine")


async def count(sql: Sql) -> int:
    row = await sql.point(COUNT)
    assert row is not None
    return row[0]


async def test_those_who_write_at_once_share_commits_and_each_is_answered(engine: SqliteEngine, sql: Sql):
    commits = []
    engine._writer._connection.set_commit_hook(lambda: bool(commits.append(1)))
    await asyncio.gather(*(sql.run(INSERT, str(number), number) for number in range(200)))
    assert await count(sql) == 200
    assert len(commits) < 100


class Syncs:
    """How often the log was synced, and how the next syncs are to fail."""

    def __init__(self, sync: Callable[[int], None]) -> None:
        self.count, self.failures, self._sync = 0, list[OSError](), sync

    def __call__(self, file: int) -> None:
        if self.failures:
            raise self.failures.pop()
        self._sync(file)
        self.count += 1


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    syncs = Syncs(syncer.sync)
    monkeypatch.setattr(syncer, "sync", syncs)
    return syncs


@pytest.mark.parametrize(
    ("follow", "waits"),
    [(True, [0, 1, 0, 1]), (False, [1, 1, 1, 1])],
    ids=["the record is synced", "there are no records"],
)
async def test_what_a_record_will_follow_does_not_wait_for_the_disk(
    engine: SqliteEngine, sql: Sql, syncs: Syncs, *, follow: bool, waits: list[int]
):
    async def work(tx: Transaction) -> None:
        await tx.changed(INSERT, str(len(counts)), 1)

    engine.records_follow, counts = follow, [0]
    for number, synced in enumerate((False, True, False, True)):
        await (sql.run(INSERT, f"r{number}", 1) if synced else sql.transact(work, synced=False))
        counts.append(syncs.count)
    assert [after - before for before, after in pairwise(counts)] == waits


async def test_while_some_wait_for_the_disk_others_write(sql: Sql, monkeypatch: pytest.MonkeyPatch):
    asked, goes_on, real = threading.Event(), threading.Event(), syncer.sync

    def sync(file: int) -> None:
        asked.set()
        assert goes_on.wait(30)
        real(file)

    monkeypatch.setattr(syncer, "sync", sync)
    slow = asyncio.create_task(sql.run(INSERT, "waits", 1))
    assert await asyncio.to_thread(asked.wait, 30)
    late = asyncio.create_task(sql.run(INSERT, "joins", 3))

    async def are_there() -> bool:
        return await count(sql) == 2

    await eventually(are_there)
    assert not slow.done()
    assert not late.done()
    goes_on.set()
    await asyncio.gather(slow, late)


async def test_what_may_not_be_on_the_disk_is_not_acknowledged_and_what_comes_later_is_kept(
    tmp_path: Path, sql: Sql, syncs: Syncs
):
    syncs.failures.append(OSError(errno.EIO, "planned"))
    with pytest.raises(Unavailable, match="is not known"):
        await sql.run(INSERT, "lost?", 1)
    assert (tmp_path / "test.db-wal").stat().st_size
    moved = (tmp_path / "test.db").read_bytes()
    await sql.run(INSERT, "kept", 1)
    assert b"lost?" not in moved
    assert b"lost?" in (tmp_path / "test.db").read_bytes()  # the log was not trusted any more
    assert await count(sql) == 2


async def test_nothing_is_written_while_the_disk_cannot_be_trusted(
    tmp_path: Path, engine: SqliteEngine, sql: Sql, syncs: Syncs
):
    syncs.failures.append(OSError(errno.EIO, "planned"))
    with pytest.raises(Unavailable, match="is not known"):
        await sql.run(INSERT, "lost?", 1)
    engine._writer._connection.execute("PRAGMA busy_timeout = 1")
    with closing(apsw.Connection(str(tmp_path / "test.db"))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM things").fetchall()  # holds the log where it is
        with pytest.raises(Unavailable, match="nothing was written"):
            await sql.run(INSERT, "refused", 1)
    await sql.run(INSERT, "kept", 1)
    assert await count(sql) == 2


async def test_what_fails_half_done_is_undone_alone_and_soon_runs_once_only(engine: SqliteEngine, sql: Sql):
    """All in its commit run again, in savepoints, and so do those that come after it for a while."""
    runs = Counter[str]()

    def adding(name: str, *, fails: bool = False) -> Work[None]:
        async def work(tx: Transaction) -> None:
            runs[name] += 1
            await tx.changed("UPDATE things SET n = n + 1 WHERE project = ?1")
            if fails:
                raise LookupError(name)

        return work

    await sql.run(INSERT, "a", 0)
    for _ in range(2):
        done = await asyncio.gather(
            *(sql.transact(adding("before")), sql.transact(adding("half", fails=True))),
            *(sql.run(INSERT, "a", 9), sql.transact(adding("after"))),
            return_exceptions=True,
        )
        assert list(map(type, done)) == [NoneType, LookupError, UniqueViolation, NoneType]
    assert await sql.point("SELECT n FROM things WHERE project = ?1") == (4,)
    assert (runs["half"], runs["after"]) == (3, 2)
    assert engine._writer._careful


async def test_work_that_waits_for_something_else_is_refused(sql: Sql):
    async def dawdles(_: Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="may await nothing but its transaction"):
        await sql.transact(dawdles)
    await sql.run(INSERT, "a", 1)


async def test_a_page_is_read_no_further_than_it_goes(sql: Sql):
    async def work(transaction: Transaction) -> Page:
        return await transaction.page(ENDLESS_ROWS, size_bytes=3_000)

    for rows, more in (await sql.page(ENDLESS_ROWS, size_bytes=3_000), await sql.transact(work)):
        assert [number for number, _ in rows] == [1, 2, 3]
        assert more


async def test_a_page_that_ended_early_holds_no_snapshot(engine: SqliteEngine, sql: Sql):
    await asyncio.gather(*(sql.run(INSERT, str(number), number) for number in range(9)))
    _, more = await sql.page("SELECT id FROM things WHERE project = ?1", size_bytes=1)
    assert more
    await sql.run(INSERT, "a", 1)
    checkpointed = engine.near.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert checkpointed == [(0, 0, 0)]


async def test_everything_submitted_is_written_before_the_engine_closes(tmp_path: Path):
    engine = SqliteEngine(tmp_path / "closing.db")
    engine.migrate({"things": (TABLE,)})
    writes = [asyncio.create_task(engine.bound("p").run(INSERT, str(n), n)) for n in range(50)]
    await asyncio.sleep(0)
    engine.close()
    await asyncio.gather(*writes)
    again = SqliteEngine(tmp_path / "closing.db")
    assert await count(again.bound("p")) == 50
    again.close()


FULL_DISK = """
import asyncio, resource, signal, sys
from pathlib import Path
from brickyard.contract import Unavailable
from brickyard.engines.sql.sqlite import SqliteEngine

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write past the limit then fails like one to a full disk
    engine = SqliteEngine(Path(sys.argv[1]))
    table = "CREATE TABLE t (project TEXT, id INTEGER, body TEXT, PRIMARY KEY (project, id))"
    engine.migrate({"t": (table,)})
    sql, written = engine.bound("p"), 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
    try:
        for written in range(1000):
            await sql.run("INSERT INTO t VALUES (?1, ?2, ?3)", written, "x" * 10_000)
    except Unavailable:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await sql.run("INSERT INTO t VALUES (?1, ?2, ?3)", 5000, "room again")
        kept = await sql.point("SELECT count(*) FROM t WHERE project = ?1 AND id < 5000")
        print(written == kept[0] > 10)
    engine.close()

asyncio.run(main())
"""


def test_a_full_disk_fails_the_write_and_loses_nothing_that_was_acknowledged(tmp_path: Path):
    process = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "full.db")],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert process.stdout.strip() == "True", process.stderr

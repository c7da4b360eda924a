"""What only SQLite can be asked, or does in its own way."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from types import NoneType

import apsw
import pytest

from brickyard.engines.sql import Page, Sql, Transaction, UniqueViolation, Work
from brickyard.engines.sql.sqlite import SqliteEngine

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


class SyncsFile(apsw.VFSFile):
    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name for it
        Syncs.count += 1
        super().xSync(flags)


class Syncs(apsw.VFS):
    """Files as they are, and how often SQLite waited until they were on the disk."""

    count = 0

    def __init__(self) -> None:
        super().__init__("syncs", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> SyncsFile:  # noqa: N802 - as above
        return SyncsFile("unix", name, flags)


@pytest.mark.parametrize(
    ("follow", "waits"),
    [(True, [0, 1, 0, 1]), (False, [1, 1, 1, 1])],
    ids=["the record is synced", "there are no records"],
)
async def test_what_a_record_will_follow_does_not_wait_for_the_disk(
    tmp_path: Path, *, follow: bool, waits: list[int]
):
    async def work(tx: Transaction) -> None:
        await tx.changed(INSERT, str(Syncs.count), 1)

    syncs = Syncs()
    try:
        engine = SqliteEngine(tmp_path / "synced.db")
        engine.migrate({"things": (TABLE,)})
        engine.records_follow, sql, counts = follow, engine.bound("p"), [Syncs.count]
        for number, synced in enumerate((False, True, False, True)):
            await (sql.run(INSERT, f"r{number}", 1) if synced else sql.transact(work, synced=False))
            counts.append(Syncs.count)
        engine.close()
    finally:
        syncs.unregister()
    assert [after - before for before, after in pairwise(counts)] == waits


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

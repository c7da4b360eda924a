"""What the SQL port promises, held by each engine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brickyard.contract import Unavailable
from brickyard.engines.sql import Sql, Transaction, UniqueViolation
from brickyard.state import Engine
from database import database

TABLE = "CREATE TABLE things (project TEXT, id TEXT, n INTEGER, PRIMARY KEY (project, id))"
INSERT = "INSERT INTO things VALUES (?1, ?2, ?3)"
COUNT = "SELECT count(*) FROM things WHERE project = ?1"
# Counts to a thousand million: longer than any limit here.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT count(*), ?1 FROM n"
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    engine = database.engine(tmp_path, query_limit_s=1.0)
    engine.migrate({"things": (TABLE,)})
    yield engine
    engine.close()


@pytest.fixture
def sql(engine: Engine) -> Sql:
    return engine.bound("mine")


async def count(sql: Sql) -> int:
    row = await sql.point(COUNT)
    assert row is not None
    return row[0]


async def test_what_is_written_can_be_read_at_once_in_every_way(sql: Sql):
    await sql.run(INSERT, "a", 1)
    statement = "SELECT n FROM things WHERE project = ?1 AND id = ?2"
    assert await sql.point(statement, "a") == (1,)
    assert await sql.rows(statement, "a") == [(1,)]
    assert await sql.point(statement, "b") is None


async def test_a_write_can_return_rows(sql: Sql):
    assert await sql.run(INSERT + " RETURNING id, n", "a", 7) == [("a", 7)]


async def test_one_who_fails_takes_nobody_along(sql: Sql):
    async def fails(transaction: Transaction) -> None:
        await transaction.changed(INSERT, "doomed", 1)
        raise ValueError("changed my mind")

    results = await asyncio.gather(
        sql.run(INSERT, "a", 1),
        sql.transact(fails),
        sql.run(INSERT, "a", 2),
        sql.run(INSERT, "b", 1),
        return_exceptions=True,
    )
    assert [type(each) for each in results] == [list, ValueError, UniqueViolation, list]
    assert await sql.rows("SELECT id, n FROM things WHERE project = ?1 ORDER BY id") == [("a", 1), ("b", 1)]


async def test_a_transaction_sees_what_it_wrote_and_counts_what_it_changed(sql: Sql):
    async def work(transaction: Transaction) -> tuple[int, int]:
        await transaction.run_many(INSERT, [("a", 1), ("b", 2), ("c", 3)])
        changed = await transaction.changed("UPDATE things SET n = 0 WHERE project = ?1 AND n > ?2", 1)
        rows = await transaction.rows("SELECT sum(n) FROM things WHERE project = ?1")
        return changed, rows[0][0]

    assert await sql.transact(work) == (2, 1)


async def test_a_read_and_a_write_in_one_transaction_lose_no_update(sql: Sql):
    await sql.run(INSERT, "counter", 0)

    async def step(transaction: Transaction) -> None:
        rows = await transaction.rows("SELECT n FROM things WHERE project = ?1 AND id = 'counter'")
        await transaction.changed(
            "UPDATE things SET n = ?2 WHERE project = ?1 AND id = 'counter'", rows[0][0] + 1
        )

    await asyncio.gather(*(sql.transact(step) for _ in range(100)))
    assert await sql.point("SELECT n FROM things WHERE project = ?1 AND id = 'counter'") == (100,)


async def test_a_statement_that_does_not_say_whose_rows_it_means_is_refused(sql: Sql):
    async def work(transaction: Transaction) -> None:
        await transaction.rows("SELECT * FROM things")

    for attempt in (sql.point, sql.rows, sql.run):
        with pytest.raises(ValueError, match="whose rows"):
            await attempt("SELECT * FROM things")
    with pytest.raises(ValueError, match="whose rows"):
        await sql.transact(work)


async def test_one_project_does_not_see_anothers_rows(engine: Engine, sql: Sql):
    await sql.run(INSERT, "a", 1)
    theirs = engine.bound("theirs")
    assert await count(theirs) == 0
    await theirs.run(INSERT, "a", 2)
    assert await count(sql) == 1


async def test_a_query_that_takes_too_long_is_stopped_and_the_next_is_not(sql: Sql):
    with pytest.raises(Unavailable, match="took longer"):
        await sql.rows(ENDLESS)
    assert await sql.rows(COUNT) == [(0,)]


async def test_a_long_query_holds_up_neither_reads_nor_writes(sql: Sql):
    slow = asyncio.create_task(sql.rows(ENDLESS))
    await asyncio.sleep(0)
    await sql.run(INSERT, "a", 1)
    assert await count(sql) == 1
    assert not slow.done()
    with pytest.raises(Unavailable):
        await slow


async def test_who_gives_up_waiting_does_not_stop_the_others(sql: Sql):
    impatient = asyncio.create_task(sql.run(INSERT, "a", 1))
    patient = asyncio.create_task(sql.run(INSERT, "b", 1))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await count(sql) == 2


@pytest.mark.parametrize(
    ("size_bytes", "taken"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3), (99, 3)]
)
async def test_a_page_has_the_rows_up_to_its_size_and_says_if_there_are_more(
    sql: Sql, size_bytes: int, taken: int
):
    statement = "SELECT * FROM (VALUES (1, 'ä€12345'), (2, '0123456789'), (3, NULL)) v WHERE ?1 > ''"
    rows, more = await sql.page(statement, size_bytes=size_bytes)
    assert [number for number, _ in rows] == list(range(1, taken + 1))
    assert more is (taken < 3)
    assert await sql.page("SELECT 1 WHERE ?1 IS NULL", size_bytes=size_bytes) == ([], False)


async def test_migrations_run_once_and_only_the_new_ones(engine: Engine, sql: Sql):
    engine.migrate({"things": (TABLE,)})
    engine.migrate({"things": (TABLE, "ALTER TABLE things ADD COLUMN color TEXT")})
    await sql.run("INSERT INTO things VALUES (?1, 'a', 1, 'red')")
    assert await sql.point("SELECT color FROM things WHERE project = ?1") == ("red",)


async def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine, sql: Sql):
    with pytest.raises(Exception, match="syntax error"):
        engine.migrate({"more": ("CREATE TABLE more (project TEXT PRIMARY KEY);\nCREATE NONSENSE",)})
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        await sql.point("SELECT * FROM more WHERE project = ?1")
    await sql.run(INSERT, "a", 1)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()), max_size=30))
async def test_any_mixture_of_work_leaves_what_its_successes_say(
    engine: Engine, steps: list[tuple[str, int, bool]]
):
    sql = engine.bound(uuid4().hex)

    async def insert(name: str, number: int, *, fails: bool) -> str:
        async def work(transaction: Transaction) -> str:
            await transaction.changed(INSERT, f"{name}{number}", number)
            if fails:
                raise KeyError(name)
            return f"{name}{number}"

        return await sql.transact(work)

    results = await asyncio.gather(
        *(insert(name, number, fails=fails) for name, number, fails in steps), return_exceptions=True
    )
    kept = {result for result in results if isinstance(result, str)}
    rows = await sql.rows("SELECT id FROM things WHERE project = ?1")
    assert {row[0] for row in rows} == kept
    assert len(kept) == sum(isinstance(result, str) for result in results)

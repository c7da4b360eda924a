import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.sql import Sql
from brickyard.engines.sql.connection import Connection
from brickyard.engines.sql.readers import RUNNING_MAX, WAITING_MAX, Readers
from brickyard.engines.sql.sqlite import SqliteEngine

HANG_S = 30.0
"""Whatever takes longer is a hang, and fails the test."""
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)"
    " SELECT count(*), ?1 FROM n"
)
# One row at once, and the next not in this life.
ONE_ROW_THEN_ENDLESS = ENDLESS.replace("count(*), ?1 FROM n", "i, ?1 FROM n WHERE i % 100000000000 = 1")
SHORT = "SELECT ?1"

pytestmark = pytest.mark.only_on("sqlite", "it is about SQLite's threads")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SqliteEngine]:
    engine = SqliteEngine(tmp_path / "test.db", query_limit_s=3_600)
    yield engine
    engine.close()


async def answers(sql: Sql, project: str) -> None:
    """Expect a short query to be answered."""
    async with asyncio.timeout(HANG_S):
        assert await sql.rows(SHORT) == [(project,)]


async def occupy(engine: SqliteEngine, project: str, number: int = RUNNING_MAX) -> list[asyncio.Task[object]]:
    """Begin queries that do not end by themselves."""
    tasks = [asyncio.create_task(engine.bound(project).rows(ENDLESS)) for _ in range(number)]
    await asyncio.sleep(0)
    return tasks


async def give_up(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_one_projects_long_queries_leave_room_for_the_others(engine: SqliteEngine):
    tasks = await occupy(engine, "a", 20)
    for project in ("b", "c"):
        await answers(engine.bound(project), project)
    assert not any(task.done() for task in tasks)
    await give_up(*tasks)


@pytest.mark.parametrize("statement", [ENDLESS, ONE_ROW_THEN_ENDLESS])
async def test_a_query_whose_caller_gives_up_is_stopped(engine: SqliteEngine, statement: str):
    sql = engine.bound("a")
    for _ in range(5):
        reads = sql.rows(statement), sql.page(statement, size_bytes=1_000_000_000)
        tasks = [asyncio.create_task(each) for each in reads]
        await asyncio.sleep(0)
        await give_up(*tasks)
    await answers(sql, "a")


async def test_giving_up_stops_no_other_query(engine: SqliteEngine):
    sql = engine.bound("a")
    for _ in range(50):
        (task,) = await occupy(engine, "a", 1)
        following = asyncio.create_task(answers(sql, "a"))
        await answers(sql, "a")
        await give_up(task)
        await answers(sql, "a")
        await following


async def test_projects_that_wait_take_turns(engine: SqliteEngine):
    first, *others = [*await occupy(engine, "a"), *await occupy(engine, "b")]
    order: list[str] = []
    waiting: list[asyncio.Task[object]] = []
    for project in ("c", "c", "c", "d", "e", "e"):
        task = asyncio.create_task(engine.bound(project).rows(SHORT))
        task.add_done_callback(lambda _, project=project: order.append(project))
        waiting.append(task)
    await asyncio.sleep(0)
    await give_up(first)
    async with asyncio.timeout(HANG_S):
        await asyncio.gather(*waiting)
    assert "".join(order) == "cdecec"
    await give_up(*others)


async def test_so_many_wait_and_no_more(engine: SqliteEngine):
    tasks = await occupy(engine, "a", RUNNING_MAX + WAITING_MAX)
    with pytest.raises(Unavailable, match="Too many queries at once"):
        await engine.bound("a").rows(SHORT)
    await answers(engine.bound("b"), "b")
    await give_up(tasks.pop())
    tasks += await occupy(engine, "a", 1)
    assert not tasks[-1].done()
    with pytest.raises(Unavailable, match="Too many queries at once"):
        await engine.bound("a").rows(SHORT)
    await give_up(*tasks)
    await answers(engine.bound("a"), "a")


async def test_the_wait_for_its_turn_counts_towards_a_querys_time(tmp_path: Path):
    readers = Readers(tmp_path / "test.db", limit_s=0.05)
    go, ran = threading.Event(), []

    def stubborn(_: Connection) -> bool:
        return go.wait(HANG_S)

    def late(_: Connection) -> None:
        ran.append("late")

    first = [asyncio.create_task(readers.run("a", stubborn)) for _ in range(RUNNING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="took longer"):
        await readers.run("a", late)
    go.set()
    assert {type(each) for each in await asyncio.gather(*first, return_exceptions=True)} == {Unavailable}
    readers.close()
    assert ran == []


async def test_an_engine_that_closes_stops_what_runs_and_what_waits(tmp_path: Path):
    engine = SqliteEngine(tmp_path / "test.db", query_limit_s=3_600)
    tasks = await occupy(engine, "a", RUNNING_MAX + 1)
    engine.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in outcomes} == {Unavailable}
    assert "being closed" in str(outcomes[0])

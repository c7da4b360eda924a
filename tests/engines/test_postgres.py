"""What only PostgreSQL can be asked: what other connections do to ours, and the loss of any of them."""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from brickyard.contract import BadRequest, Internal, Unavailable
from brickyard.engines.sql import DatabaseUnusable, Sql, Transaction
from brickyard.engines.sql.postgres.engine import PostgresEngine
from database import database, look
from postgres import PostgresServer

pytestmark = pytest.mark.only_on("postgres", "it is about PostgreSQL")

TABLE = "CREATE TABLE things (project TEXT, id TEXT, n INTEGER, PRIMARY KEY (project, id))"
INSERT = "INSERT INTO things VALUES (?1, ?2, ?3)"
COUNT = "SELECT count(*) FROM things WHERE project = ?1"
FAIL = (
    "CREATE FUNCTION fail(code text) RETURNS int LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION USING ERRCODE = code; END $$"
)
ENDLESS = "SELECT pg_sleep(3600), ?1"
SLEEPERS = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
OURS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'brickyard' AND datname = current_database()"
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[PostgresEngine]:
    engine = database.engine(tmp_path)
    engine.migrate({"things": (TABLE,)})
    look(engine, FAIL)
    yield engine
    engine.close()


@pytest.fixture
def sql(engine: PostgresEngine) -> Sql:
    return engine.bound("mine")


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server for one test: it may be killed."""
    server = PostgresServer()
    yield server
    server.stop()


async def insert(sql: Sql, row_id: str) -> None:
    await sql.run(INSERT, row_id, 1)


async def until_written(sql: Sql, row_id: str) -> None:
    """Insert a row as a patient caller would, who tries again until it is there."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await sql.transact(lambda tx: tx.rows(INSERT + " ON CONFLICT DO NOTHING", row_id, 1))
            except (Unavailable, Internal):  # the latter if a commit may be done or not
                await asyncio.sleep(0.05)


async def test_those_who_write_at_once_share_transactions(sql: Sql):
    statement = "INSERT INTO things VALUES (?1, ?2, txid_current())"
    await asyncio.gather(*(sql.run(statement, str(number)) for number in range(200)))
    written = await sql.rows("SELECT count(*), count(DISTINCT n) FROM things WHERE project = ?1")
    assert written[0][0] == 200
    assert written[0][1] < 20


@pytest.mark.parametrize("code", ["40001", "40P01"])
async def test_a_victim_of_another_transaction_is_run_again(sql: Sql, code: str):
    attempts: list[int] = []

    async def unlucky(tx: Transaction) -> None:
        attempts.append(1)
        await tx.changed(INSERT, "unlucky", len(attempts))
        if len(attempts) < 3:
            await tx.rows("SELECT fail(?2), ?1", code)

    await asyncio.gather(sql.transact(unlucky), *(insert(sql, str(number)) for number in range(10)))
    assert len(attempts) == 3
    assert await sql.point(COUNT) == (11,)


async def test_a_victim_time_and_again_is_told_to_come_back(sql: Sql):
    with pytest.raises(Unavailable, match="busy"):
        await sql.transact(lambda tx: tx.rows("SELECT fail('40001'), ?1"))


async def test_work_that_goes_on_after_a_failed_statement_fails_alone(sql: Sql):
    async def stubborn(tx: Transaction) -> None:
        await tx.changed(INSERT, "stubborn", 1)
        try:
            await tx.changed(INSERT, "stubborn", 2)
        except Exception:  # noqa: BLE001 - that is what is wrong with it
            return

    with pytest.raises(RuntimeError, match="went on"):
        await sql.transact(stubborn)
    alone, *others = await asyncio.gather(
        sql.transact(stubborn), insert(sql, "a"), insert(sql, "b"), return_exceptions=True
    )
    assert isinstance(alone, Exception)
    assert others == [None, None]
    assert await sql.point(COUNT) == (2,)


async def test_two_gateways_lose_no_update_of_one_row(engine: PostgresEngine, tmp_path: Path):
    other = database.engine(tmp_path)
    await engine.bound("mine").run(INSERT, "counter", 0)

    async def step(tx: Transaction) -> None:
        rows = await tx.rows("SELECT n FROM things WHERE project = ?1 AND id = 'counter'")
        await tx.changed("UPDATE things SET n = ?2 WHERE project = ?1 AND id = 'counter'", rows[0][0] + 1)

    handles = [each.bound("mine") for each in (engine, other)] * 50
    await asyncio.gather(*(handle.transact(step) for handle in handles))
    other.close()
    assert look(engine, "SELECT n FROM things") == [(100,)]


def test_gateways_that_start_at_once_make_each_table_once(tmp_path: Path):
    def start(_: int) -> list[Any]:
        engine = database.engine(tmp_path)
        engine.migrate({"things": (TABLE, "ALTER TABLE things ADD COLUMN color TEXT")})
        return look(engine, "SELECT step FROM migrations WHERE component = 'things' ORDER BY step")

    with ThreadPoolExecutor(4) as gateways:
        assert list(gateways.map(start, range(4))) == [[(0,), (1,)]] * 4


async def test_a_cancelled_callers_query_is_cancelled_and_the_next_is_not(engine: PostgresEngine, sql: Sql):
    for read in (sql.rows(ENDLESS), sql.page(ENDLESS, size_bytes=1), sql.point(ENDLESS)):
        waiting = asyncio.create_task(read)
        await until(lambda: len(look(engine, SLEEPERS)) == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: look(engine, SLEEPERS) == [])
        assert await sql.rows(COUNT) == [(0,)]
        assert await sql.point(COUNT) == (0,)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(0.02)


async def test_lost_connections_are_a_refusal_at_most_and_opened_again(engine: PostgresEngine, sql: Sql):
    await asyncio.gather(insert(sql, "before"), sql.point(COUNT), sql.rows(COUNT))
    look(engine, f"SELECT pg_terminate_backend(pid) FROM ({OURS}) ours")
    outcomes = await asyncio.gather(
        sql.point(COUNT), sql.rows(COUNT), sql.page(COUNT, size_bytes=1), return_exceptions=True
    )
    assert all(isinstance(each, Unavailable) or each for each in outcomes)
    await until_written(sql, "after")
    assert await sql.point(COUNT) == (2,)
    assert await sql.rows(COUNT) == [(2,)]


async def test_a_server_that_is_gone_is_a_refusal_and_one_that_is_back_is_used(server: PostgresServer):
    engine = PostgresEngine(server.url())
    engine.migrate({"things": (TABLE,)})
    sql = engine.bound("p")
    await until_written(sql, "before")
    server.kill()
    for attempt in (sql.point(COUNT), sql.rows(COUNT), insert(sql, "lost")):
        with pytest.raises(Unavailable):
            await attempt
    server.start()
    await until_written(sql, "after")
    assert await sql.rows("SELECT id FROM things WHERE project = ?1 ORDER BY id") == [("after",), ("before",)]
    engine.close()


async def test_what_was_acknowledged_outlives_killed_backends_and_a_killed_server(server: PostgresServer):
    engine = PostgresEngine(server.url())
    engine.migrate({"things": (TABLE,)})
    acknowledged: list[str] = []

    async def write(project: str) -> None:
        for number in range(150):
            await until_written(engine.bound(project), f"{project}{number}")
            acknowledged.append(f"{project}{number}")

    writers = [asyncio.create_task(write(f"p{number}-")) for number in range(8)]
    await until(lambda: len(acknowledged) > 200)
    os.kill(server.backends()[-1], signal.SIGKILL)  # the server restarts all the others
    await until(lambda: len(acknowledged) > 500)
    server.kill()
    server.start()
    await asyncio.gather(*writers)
    assert {row[0] for row in look(engine, "SELECT id FROM things")} == set(acknowledged)
    engine.close()


async def test_what_postgresql_cannot_keep_is_the_callers_fault(sql: Sql):
    with pytest.raises(BadRequest, match=r"U\+0000"):
        await insert(sql, "a\0b")
    with pytest.raises(BadRequest, match="too long"):
        await insert(sql, secrets.token_hex(5_000))


def test_a_database_that_cannot_be_used_is_said_to_be_without_its_password():
    with pytest.raises(DatabaseUnusable, match=r"postgresql://127\.0\.0\.1:1/x cannot be used") as refused:
        PostgresEngine("postgresql://me:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in str(refused.value)

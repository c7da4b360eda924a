from pathlib import Path

from desk import Desk

from brickyard.engines.clock import NANOSECONDS, ManualClock
from brickyard.engines.sql import Transaction
from brickyard.services.db import tables
from brickyard.services.db.sweep import CHUNK_ROWS, LOOK_NS
from database import database

OWN_TABLES = ("db_records", "db_index_entries", "db_unique_keys", "db_purges")


def left(desk: Desk) -> int:
    return sum(desk.rows(table) for table in OWN_TABLES)


async def fill(desk: Desk, table: str, rows: int) -> None:
    await desk.call("create_index", table=table, fields=["a"], unique=True)
    for start in range(0, rows, 1_000):
        records = [{"a": start + number} for number in range(min(1_000, rows - start))]
        await desk.call("create_batch", table=table, records=records)


async def test_what_was_truncated_is_gone_at_once_and_its_rows_soon(desk: Desk):
    await fill(desk, "t", CHUNK_ROWS * 3 + 1)
    await desk.call("truncate", table="t")
    assert await desk.read("t") == []
    assert await desk.call("count", table="t", query="a == 1") == {"count": 0}
    assert left(desk) > CHUNK_ROWS
    await desk.service.sweeper.finished()
    assert left(desk) == 0
    assert await desk.call("list_tables") == {"tables": ["t"]}


async def test_truncating_does_the_same_work_for_any_size(desk: Desk):
    await fill(desk, "t", 2_000)
    statements: list[str] = []

    class Counting:
        def __init__(self, tx: Transaction) -> None:
            self._tx = tx

        def __getattr__(self, name: str) -> object:
            statements.append(name)
            return getattr(self._tx, name)

    await desk.sql.transact(lambda tx: tables.truncate(Counting(tx), "t"))  # type: ignore[arg-type]  # it stands in for one
    assert statements == ["rows", "run_many", "changed"]
    assert desk.rows("db_records") == 2_000
    assert await desk.read("t") == []


async def test_a_dropped_table_leaves_nothing(desk: Desk):
    await fill(desk, "t", 700)
    await fill(desk, "kept", 3)
    before = 3 * 3
    await desk.call("drop_table", table="t")
    await desk.service.sweeper.finished()
    assert left(desk) == before


async def test_what_a_restart_left_over_is_removed_after_the_next_call(tmp_path: Path):
    first = database.engine(tmp_path)
    Desk.migrate(first)
    desk = Desk(first, ManualClock())
    await fill(desk, "t", 700)
    await desk.sql.transact(lambda tx: tables.drop(tx, "t"))  # and the process ends before it sweeps
    first.close()

    second = database.engine(tmp_path)
    restarted = Desk(second, ManualClock())
    assert left(restarted) > 700
    await restarted.create("other", {"id": "1"})
    await restarted.service.sweeper.finished()
    assert desk_rows(restarted) == {
        "db_records": 1,
        "db_index_entries": 0,
        "db_unique_keys": 0,
        "db_purges": 0,
    }
    second.close()


def desk_rows(desk: Desk) -> dict[str, int]:
    return {table: desk.rows(table) for table in OWN_TABLES}


async def test_what_another_gateway_left_over_is_removed_within_a_minute_of_calls(tmp_path: Path):
    engine, clock = database.engine(tmp_path), ManualClock()
    Desk.migrate(engine)
    desk = Desk(engine, clock)
    await fill(desk, "t", 700)
    await desk.create("other", {"id": "1"})
    await desk.service.sweeper.finished()
    await desk.sql.transact(lambda tx: tables.drop(tx, "t"))  # as another does, which ends before it sweeps
    await desk.create("other", {"id": "2"})
    await desk.service.sweeper.finished()
    assert left(desk) > 700
    clock.advance(LOOK_NS / NANOSECONDS)
    await desk.create("other", {"id": "3"})
    await desk.service.sweeper.finished()
    assert left(desk) == 3
    engine.close()

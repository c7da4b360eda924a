"""Records of calls, on the disk before the calls are answered."""

import asyncio
from typing import Any, cast

import pytest

from brickyard.engines.clock import ManualClock
from brickyard.engines.peers import Strangers
from brickyard.engines.sql import Sql
from brickyard.platform.usage import meter as module
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.meter import Batch, Meter
from brickyard.platform.usage.record import CallRecord


class SlowSql:
    """A database of which each write is on the disk when the test says so."""

    def __init__(self) -> None:
        self.writes = list[asyncio.Future[None]]()

    async def run(self, statement: str, *_: object) -> list[Any]:
        if statement == module.KEEP:
            self.writes.append(asyncio.get_running_loop().create_future())
            await self.writes[-1]
        return []


@pytest.fixture
def sql() -> SlowSql:
    return SlowSql()


@pytest.fixture
def meter(sql: SlowSql, clock: ManualClock) -> Meter:
    def sql_for(_project: str) -> Sql:
        return cast("Sql", sql)

    return Meter(sql_for, lambda _lines: None, Hints(sql_for(""), clock, Strangers()))


async def kept(meter: Meter, name: str) -> tuple[Batch, "asyncio.Task[None]"]:
    """Keep a record, and let the meter do what it can do by now."""
    batch = meter.keep(CallRecord(1.0, "info", "call", "db.create", 200, 1.0, name, project="prj_a"))
    waiting = asyncio.create_task(batch.kept())
    for _ in range(20):
        await asyncio.sleep(0)
    return batch, waiting


async def test_while_records_go_to_the_disk_the_next_are_written_and_the_others_wait(
    meter: Meter, sql: SlowSql
):
    batches, waits = zip(*[await kept(meter, f"req_{number}") for number in range(4)], strict=True)
    assert len(sql.writes) == 2
    assert batches[2] is batches[3]
    sql.writes[1].set_result(None)
    await waits[1]
    assert not waits[0].done()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(sql.writes) == 3
    sql.writes[2].set_result(None)
    await asyncio.gather(*waits[2:])
    sql.writes[0].set_result(None)
    await waits[0]


async def test_a_failure_is_that_of_its_batch_and_others_go_on(meter: Meter, sql: SlowSql):
    for _ in range(3):
        _, broken = await kept(meter, "req_broken")
        _, fine = await kept(meter, "req_fine")
        sql.writes[-2].set_exception(OSError("planned"))
        with pytest.raises(OSError, match="planned"):
            await broken
        sql.writes[-1].set_result(None)
        await fine

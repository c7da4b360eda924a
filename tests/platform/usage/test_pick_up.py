"""What is written down of calls is counted by itself, and what is over ends by itself."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from brickyard.app import Application
from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.engines.neighbours import Neighbours
from brickyard.engines.peers import Strangers
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.sweep import Sweep
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.meter import Meter
from brickyard.platform.usage.pick_up import PickUp
from brickyard.platform.usage.record import CallRecord
from brickyard.platform.usage.store import UsageStore
from brickyard.settings import Settings
from cloud import ProcessCloud
from database import database
from eventually import eventually
from signed_in import PLATFORM

NS = 1_000_000_000


@pytest.fixture
def application(settings: Settings, clock: ManualClock) -> Iterator[Application]:
    """A cloud that does nothing in the background, where it would pick up what is for others here."""
    application = Application(settings, clock)
    yield application
    application.close()


async def test_records_are_counted_though_nobody_asks(application: Application, clock: ManualClock):
    sql_for = application.sql.bound
    hints = Hints(sql_for(PLATFORM), clock, Strangers())
    meter = Meter(sql_for, lambda _lines: None, hints)
    pick_up = PickUp(meter, UsageStore(sql_for, clock), hints, clock)
    for number in range(3):
        record = CallRecord(1.0, "info", "call", "db.create", 200, 1.0, f"req_{number}", project="prj_x")
        await meter.keep(record).kept()
    assert await pick_up.step() == clock.now_ns() + 60 * NS
    sql = sql_for("prj_x")
    assert await sql.rows("SELECT calls FROM usage_batches WHERE project = ?1") == []
    rows = await sql.rows("SELECT calls FROM usage_counts WHERE project = ?1 AND step = 'day'")
    assert rows == [(3,)]
    await pick_up.step()
    assert await sql.rows("SELECT calls FROM usage_counts WHERE project = ?1 AND step = 'day'") == rows


async def test_holds_and_credit_end_though_nobody_calls(application: Application, clock: ManualClock):
    books = application.books
    sweep = Sweep(books, application.notifier, clock)
    gift = Movement(amount=usd("2"), reason="x", expires_ns=clock.now_ns() + 3600 * NS)
    await books.grant("acc_idle", gift)
    turn = Turn(
        id="hold_1",
        number=1,
        project="prj_x",
        key_id="key_x",
        endpoint="db.create",
        price_version="v1",
        expires_ns=clock.now_ns() + 60 * NS,
        wanted=(usd("1"),),
    )
    await books.take("acc_idle", turn)
    clock.advance(60)
    await sweep.step()
    assert (await books.balance("acc_idle")).held == 0
    clock.advance(3600)
    await sweep.step()
    (last,) = await books.transactions("acc_idle", 2**62, 1)
    assert (last.kind, last.amount) == ("expire", -usd("2"))


DAY = "SELECT sum(calls) FROM usage_counts WHERE project = ?1 AND step = 'day' AND call = 'db.create'"
HINTS = "SELECT tenant FROM usage_hints WHERE project = ?1"


async def test_what_a_dead_gateway_wrote_is_counted_once_by_another(
    application: Application, clock: ManualClock
):
    sql_for = application.sql.bound
    dead = Meter(sql_for, lambda _lines: None, Hints(sql_for(PLATFORM), clock, Strangers()))
    for number in range(5):
        record = CallRecord(1.0, "info", "call", "db.create", 200, 1.0, f"req_{number}", project="prj_left")
        await dead.keep(record).kept()
    living: list[PickUp] = []
    assert await Hints(sql_for(PLATFORM), clock, Strangers()).of_the_dead() == []  # it may still come back
    for _ in range(2):
        hints = Hints(sql_for(PLATFORM), clock, Strangers())
        meter = Meter(sql_for, lambda _lines: None, hints)
        living.append(PickUp(meter, UsageStore(sql_for, clock), hints, clock))
    clock.advance(181)
    await asyncio.gather(*(each.step() for each in living))

    async def counted() -> bool:
        return await sql_for("prj_left").rows(DAY) == [(5,)] and not await sql_for(PLATFORM).rows(HINTS)

    await eventually(counted)


async def test_what_one_wrote_that_is_known_to_have_ended_is_counted_at_the_next_look(
    application: Application, clock: ManualClock, tmp_path: Path
):
    sql_for = application.sql.bound
    dying, living = (Neighbours(tmp_path / "running", list[bytes]().extend) for _ in range(2))
    dead, heir = Hints(sql_for(PLATFORM), clock, dying), Hints(sql_for(PLATFORM), clock, living)
    await dead.leave(7, "prj_z")
    clock.advance(1)
    assert "prj_z" not in [tenant for _, _, tenant in await heir.of_the_dead()]
    dying.close()
    assert (dying.own, 7, "prj_z") in await heir.of_the_dead()
    await heir.followed(dying.own, 7, "prj_z")
    assert await sql_for(PLATFORM).rows(f"{HINTS} AND tenant = 'prj_z'") == []
    living.close()


async def test_a_round_that_ends_while_a_record_is_written_loses_no_hint(
    application: Application, clock: ManualClock
):
    sql_for = application.sql.bound
    hints = Hints(sql_for(PLATFORM), clock, Strangers())
    meter = Meter(sql_for, lambda _lines: None, hints)
    await meter._hint("prj_y")
    ended, projects = meter.end_round()
    assert projects == {"prj_y"}
    record = CallRecord(1.0, "info", "call", "db.create", 200, 1.0, "req_y", project="prj_y")
    await meter.keep(record).kept()
    await hints.remove(ended)
    assert await sql_for(PLATFORM).rows(f"{HINTS} AND tenant = 'prj_y'") == [("prj_y",)]


def test_what_a_killed_server_wrote_is_counted_after_the_next_start(process_cloud: ProcessCloud):
    if database.kind != "sqlite":
        pytest.skip("there, others wait for three minutes before they count it")
    for number in range(20):
        process_cloud.call("db/Create", {"table": "t", "record": {"n": number}})
    process_cloud.kill()
    process_cloud.start()
    deadline = time.monotonic() + 20
    counted = 0
    while counted != 20 and time.monotonic() < deadline:
        with closing(sqlite3.connect(process_cloud.home / "brickyard.db")) as file:
            ((counted,),) = file.execute(
                "SELECT coalesce(sum(calls), 0) FROM usage_counts WHERE step = 'day' AND call = 'db.create'"
            )
        time.sleep(0.05)
    assert counted == 20

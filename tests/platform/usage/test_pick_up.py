"""What is written down of calls is counted by itself, and what is over ends by itself."""

from brickyard.contract import usd
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.sweep import Sweep
from brickyard.platform.usage.meter import Meter
from brickyard.platform.usage.pick_up import PickUp
from brickyard.platform.usage.record import CallRecord
from brickyard.platform.usage.store import UsageStore
from cloud import LocalCloud

NS = 1_000_000_000


async def test_records_are_counted_though_nobody_asks(local_cloud: LocalCloud, clock: ManualClock):
    sql_for = local_cloud.application.sql.bound
    meter = Meter(sql_for, lambda _lines: None)
    pick_up = PickUp(meter, UsageStore(sql_for, clock), clock)
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


async def test_holds_and_credit_end_though_nobody_calls(local_cloud: LocalCloud, clock: ManualClock):
    books = local_cloud.application.books
    sweep = Sweep(books, local_cloud.application.notifier, clock)
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

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.clock import ManualClock
from brickyard.engines.outgoing import MIGRATIONS, Failed, Later, Outcome, Queue, Retries, Sent
from brickyard.engines.outgoing import queue as queue_module
from brickyard.engines.sql import Row, Sql
from brickyard.engines.sql.sqlite import SqliteEngine

LEASE_S = 60.0
RETRIES = Retries((10, 100))
ROW = (
    "SELECT state, attempts, note, due_ns IS NULL, ended_ns IS NULL FROM outgoing"
    " WHERE project = ?1 AND id = ?2"
)


@pytest.fixture
async def sql(tmp_path: Path) -> AsyncIterator[Sql]:
    engine = SqliteEngine(tmp_path / "queue.db")
    engine.migrate({"outgoing": MIGRATIONS})
    yield engine.bound("platform")
    engine.close()


@pytest.fixture
def queue(sql: Sql, clock: ManualClock) -> Queue:
    return Queue("parcels", sql, clock, RETRIES)


async def add(sql: Sql, queue: Queue, id: str, owner: str = "me") -> None:
    await sql.transact(lambda transaction: queue.add(transaction, id, owner))


async def row(sql: Sql, id: str) -> Row | None:
    return await sql.point(ROW, id)


async def attempt(queue: Queue, outcome: Outcome) -> None:
    claim = await queue.claim(LEASE_S)
    assert claim is not None
    await queue.settle(claim, outcome)


async def test_what_is_added_is_due_at_once(sql: Sql, queue: Queue, clock: ManualClock):
    assert await queue.next_due_ns() is None
    await add(sql, queue, "a")
    assert await queue.next_due_ns() == clock.now_ns()


async def test_an_undone_transaction_leaves_nothing_to_send(sql: Sql, queue: Queue):
    async def work(transaction: object) -> None:
        await queue.add(transaction, "a", "me")  # type: ignore[arg-type]  # the engine's
        raise KeyError("changed my mind")

    with pytest.raises(KeyError):
        await sql.transact(work)
    assert await queue.next_due_ns() is None


async def test_what_was_sent_is_not_due_again(sql: Sql, queue: Queue):
    await add(sql, queue, "a")
    await attempt(queue, Sent())
    assert await row(sql, "a") == ("sent", 1, "", True, False)
    assert await queue.claim(LEASE_S) is None


async def test_what_failed_for_good_is_not_due_again(sql: Sql, queue: Queue):
    await add(sql, queue, "a")
    await attempt(queue, Failed("no such person"))
    assert await row(sql, "a") == ("failed", 1, "no such person", True, False)
    assert await queue.next_due_ns() is None


async def test_what_failed_is_tried_again_after_each_pause_and_then_given_up(
    sql: Sql, queue: Queue, clock: ManualClock
):
    await add(sql, queue, "a")
    for number, pause_s in enumerate(RETRIES.pauses_s, start=1):
        await attempt(queue, Later(f"busy {number}"))
        assert await row(sql, "a") == ("waiting", number, f"busy {number}", False, True)
        clock.advance(pause_s * 0.8 - 0.001)
        assert await queue.claim(LEASE_S) is None
        clock.advance(pause_s * 0.2 + 0.001)
    await attempt(queue, Later("busy for ever"))
    assert await row(sql, "a") == ("failed", 3, "busy for ever", True, False)


async def test_one_attempt_is_made_at_a_time_however_many_ask(sql: Sql, queue: Queue):
    for number in range(10):
        await add(sql, queue, str(number))
    claims = await asyncio.gather(*(queue.claim(LEASE_S) for _ in range(30)))
    found = [claim.id for claim in claims if claim is not None]
    assert sorted(found) == [str(number) for number in range(10)]


async def test_an_attempt_that_nobody_ended_is_made_again_after_its_lease(
    sql: Sql, queue: Queue, clock: ManualClock
):
    await add(sql, queue, "a")
    lost = await queue.claim(LEASE_S)
    assert lost is not None
    clock.advance(LEASE_S - 1)
    assert await queue.claim(LEASE_S) is None
    clock.advance(1)
    again = await queue.claim(LEASE_S)
    assert again is not None
    assert (again.id, again.attempts) == ("a", 2)
    await queue.settle(lost, Failed("too late to be heard"))
    assert (await row(sql, "a") or ())[0] == "waiting"


async def test_what_was_due_first_goes_first(sql: Sql, queue: Queue, clock: ManualClock):
    for name in "cab":
        await add(sql, queue, name)
        clock.advance(1)
    claims = [await queue.claim(LEASE_S) for _ in range(3)]
    assert [claim.id for claim in claims if claim] == ["c", "a", "b"]


async def test_one_owner_who_fills_a_queue_is_refused_and_others_are_not(
    sql: Sql, queue: Queue, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(queue_module, "WAITING_MAX", 3)
    for number in range(3):
        await add(sql, queue, str(number))
    with pytest.raises(Unavailable, match="waiting"):
        await add(sql, queue, "more")
    await add(sql, queue, "theirs", "another")
    await attempt(queue, Sent())
    await add(sql, queue, "more")


async def test_queues_do_not_see_each_other(sql: Sql, queue: Queue, clock: ManualClock):
    await add(sql, queue, "a")
    other = Queue("postcards", sql, clock, RETRIES)
    assert await other.next_due_ns() is None
    assert await other.claim(LEASE_S) is None


async def test_a_long_reason_is_cut(sql: Sql, queue: Queue):
    await add(sql, queue, "a")
    await attempt(queue, Failed("x" * 9999))
    assert len((await row(sql, "a") or ())[2]) == queue_module.NOTE_MAX_CHARS


async def test_ids_sort_as_they_were_given_even_while_the_clock_stands_or_goes_back(
    queue: Queue, clock: ManualClock
):
    ids = []
    for _ in range(100):
        ids += [queue.new_id("x"), queue.new_id("x")]
        clock.advance(-1)
    assert ids == sorted(set(ids))

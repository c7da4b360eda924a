import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from brickyard.engines.clock import NANOSECONDS, ManualClock
from brickyard.engines.jobs import Supervisor, Wake
from brickyard.engines.outgoing import MIGRATIONS, Later, Outcome, Queue, Retries, Sender, Sent
from brickyard.engines.outgoing.sender import LOOK_NS
from brickyard.engines.sql.sqlite import SqliteEngine
from eventually import eventually

PAUSE_S = 10.0


class Office:
    """A queue, and a sender whose attempts are noted and end as they are told."""

    def __init__(self, engine: SqliteEngine, clock: ManualClock) -> None:
        self.sql, self.reported = engine.bound("platform"), list[str]()
        self.queue = Queue("parcels", self.sql, clock, Retries((PAUSE_S,)))
        self.jobs = Supervisor(clock, lambda name, _: self.reported.append(name))
        self.outcome: Callable[[], Outcome] = Sent
        self.tried: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.wake: Wake = Sender(self.queue, clock, self._attempt, lease_s=60).work_in(self.jobs, 2)

    async def _attempt(self, id: str) -> Outcome:
        self.tried.append(id)
        await self.open.wait()
        return self.outcome()

    async def add(self, *ids: str) -> None:
        for each in ids:
            await self.sql.transact(lambda tx, item=each: self.queue.add(tx, item, "me"))
        self.wake()

    async def ended(self, state: str, number: int) -> None:
        statement = "SELECT count(*) FROM outgoing WHERE project = ?1 AND state = ?2"

        async def counted() -> bool:
            return await self.sql.point(statement, state) == (number,)

        await eventually(counted)

    async def note(self) -> str:
        """Give the reason why the last attempt failed."""
        return (await self.sql.point("SELECT note FROM outgoing WHERE project = ?1") or ("",))[0]


@pytest.fixture
async def office(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Office]:
    engine = SqliteEngine(tmp_path / "office.db")
    engine.migrate({"outgoing": MIGRATIONS})
    office = Office(engine, clock)
    office.jobs.start()
    yield office
    await office.jobs.stop()
    engine.close()


async def test_everything_is_sent_once(office: Office):
    ids = [str(number) for number in range(50)]
    await office.add(*ids)
    await office.ended("sent", 50)
    assert sorted(office.tried) == sorted(ids)


async def test_a_slow_one_does_not_hold_up_another(office: Office):
    office.open.clear()
    await office.add("a", "b")
    await eventually(lambda: len(office.tried) == 2)
    office.open.set()
    await office.ended("sent", 2)


async def test_one_that_failed_is_tried_again_when_it_is_due(office: Office, clock: ManualClock):
    office.outcome = lambda: Later("busy")
    await office.add("a")

    async def failed() -> bool:
        return await office.note() == "busy"

    await eventually(failed)
    office.outcome = Sent
    assert office.tried == ["a"]
    clock.advance(PAUSE_S)
    await office.ended("sent", 1)
    assert office.tried == ["a", "a"]


async def test_an_attempt_that_raises_is_reported_and_made_again_like_one_that_failed(
    office: Office, clock: ManualClock
):
    def broken() -> Outcome:
        raise KeyError("a fault")

    office.outcome = broken
    await office.add("a")
    await eventually(lambda: bool(office.reported))
    office.outcome = Sent
    clock.advance(PAUSE_S)
    await office.ended("sent", 1)
    assert office.reported == ["parcels"]


async def test_what_waited_before_the_start_is_sent_after_it(tmp_path: Path, clock: ManualClock):
    engine = SqliteEngine(tmp_path / "late.db")
    engine.migrate({"outgoing": MIGRATIONS})
    office = Office(engine, clock)
    await office.add("a")
    assert office.tried == []
    office.jobs.start()
    await office.ended("sent", 1)
    await office.jobs.stop()
    engine.close()


async def test_what_another_gateway_kept_and_did_not_live_to_send_is_sent(
    office: Office, clock: ManualClock, tmp_path: Path
):
    await office.add("a")
    await office.ended("sent", 1)  # from now on it waits
    engine = SqliteEngine(tmp_path / "office.db")
    dead = Office(engine, clock)  # its jobs never start
    await dead.add("b")
    engine.close()
    clock.advance(LOOK_NS / NANOSECONDS)
    await office.ended("sent", 2)
    assert office.tried == ["a", "b"]

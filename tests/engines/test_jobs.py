import asyncio
from collections.abc import AsyncIterator

import pytest

from brickyard.engines import jobs
from brickyard.engines.clock import NANOSECONDS, ManualClock
from brickyard.engines.jobs import Supervisor

WAIT_S = 10.0


class Diary:
    """A step that notes each time it is taken, and does as it is told."""

    def __init__(self, clock: ManualClock, every_s: float | None = None) -> None:
        self._clock, self._every_s = clock, every_s
        self.taken = 0
        self.fails = False
        self.hold = asyncio.Event()
        self.hold.set()
        self._noted = asyncio.Condition()

    async def step(self) -> int | None:
        self.taken += 1
        async with self._noted:
            self._noted.notify_all()
        await self.hold.wait()
        if self.fails:
            raise KeyError("a step that fails")
        return None if self._every_s is None else self._clock.now_ns() + int(self._every_s * NANOSECONDS)

    async def reaches(self, times: int) -> None:
        async with asyncio.timeout(WAIT_S), self._noted:
            await self._noted.wait_for(lambda: self.taken >= times)
        await settled()


async def settled() -> None:
    """Let everything run that can run without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def reported() -> list[tuple[str, Exception]]:
    return []


@pytest.fixture
async def supervisor(clock: ManualClock, reported: list[tuple[str, Exception]]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(clock, lambda name, error: reported.append((name, error)))
    yield supervisor
    await supervisor.stop()


async def test_nothing_is_done_before_the_start(supervisor: Supervisor, clock: ManualClock):
    diary = Diary(clock)
    supervisor.register("diary", diary.step)
    await settled()
    assert diary.taken == 0
    supervisor.start()
    await diary.reaches(1)


async def test_a_loop_registered_later_begins_at_once(supervisor: Supervisor, clock: ManualClock):
    supervisor.start()
    diary = Diary(clock)
    supervisor.register("diary", diary.step)
    await diary.reaches(1)


async def test_a_step_is_taken_when_it_is_due_and_not_before(supervisor: Supervisor, clock: ManualClock):
    diary = Diary(clock, every_s=60)
    supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    clock.advance(59)
    await settled()
    assert diary.taken == 1
    clock.advance(1)
    await diary.reaches(2)


async def test_a_wake_takes_the_step_at_once_and_a_loop_that_is_never_due_waits_for_it(
    supervisor: Supervisor, clock: ManualClock
):
    diary = Diary(clock)
    wake = supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    clock.advance(1e6)
    await settled()
    assert diary.taken == 1
    wake()
    await diary.reaches(2)


async def test_a_wake_during_a_step_is_not_lost(supervisor: Supervisor, clock: ManualClock):
    diary = Diary(clock)
    diary.hold.clear()
    wake = supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    wake()
    diary.hold.set()
    await diary.reaches(2)
    assert diary.taken == 2


async def test_a_step_that_fails_is_reported_and_taken_again_after_a_growing_pause(
    supervisor: Supervisor, clock: ManualClock, reported: list[tuple[str, Exception]]
):
    diary = Diary(clock)
    diary.fails = True
    wake = supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    for failures in range(1, 5):
        assert [(name, type(error)) for name, error in reported] == [("diary", KeyError)] * failures
        wake()  # which must not make it a busy loop
        clock.advance(jobs.BACKOFF_FIRST_S * 2 ** (failures - 1) / 2 - 0.001)
        await settled()
        assert diary.taken == failures
        clock.advance(jobs.BACKOFF_FIRST_S * 2 ** (failures - 1))
        await diary.reaches(failures + 1)


async def test_one_loop_that_fails_does_not_hold_up_another(supervisor: Supervisor, clock: ManualClock):
    failing, working = Diary(clock), Diary(clock, every_s=1)
    failing.fails = True
    supervisor.register("failing", failing.step)
    supervisor.register("working", working.step)
    supervisor.start()
    for times in range(1, 4):
        await working.reaches(times)
        clock.advance(1)


async def test_workers_take_the_step_side_by_side(supervisor: Supervisor, clock: ManualClock):
    diary = Diary(clock)
    diary.hold.clear()
    supervisor.register("diary", diary.step, workers=3)
    supervisor.start()
    await diary.reaches(3)


async def test_stopping_waits_for_a_step_under_way_and_takes_no_other(
    supervisor: Supervisor, clock: ManualClock
):
    diary = Diary(clock, every_s=0)
    diary.hold.clear()
    supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    stopping = asyncio.create_task(supervisor.stop())
    await settled()
    assert not stopping.done()
    diary.hold.set()
    await stopping
    assert diary.taken == 1


async def test_a_step_that_takes_too_long_is_cut_off_when_stopping(
    supervisor: Supervisor, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "GRACE_S", 0.01)
    diary = Diary(clock)
    diary.hold.clear()
    supervisor.register("diary", diary.step)
    supervisor.start()
    await diary.reaches(1)
    async with asyncio.timeout(WAIT_S):
        await supervisor.stop()


def test_the_pause_has_an_end():
    assert max(jobs.pause_s(failures) for failures in range(1, 2000)) <= jobs.BACKOFF_MAX_S

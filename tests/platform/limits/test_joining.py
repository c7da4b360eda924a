"""A gateway that joins others lets through no more than what they all may."""

import asyncio
from collections.abc import Callable

import pytest
from stations import PER_S, Station, Time, pass_s, rows

from brickyard.app import Application
from brickyard.engines.clock import ManualClock
from brickyard.platform.limits import Allowance
from brickyard.platform.limits.counted import FOLLOWED
from brickyard.platform.limits.hearing import ANSWER_S, SILENT_S
from brickyard.platform.limits.schema import LIMITS
from brickyard.platform.limits.sharing import BEAT_S, LOOK_S, TICK_S, WRITE
from brickyard.platform.limits.telling import NOTHING
from brickyard.settings import Settings
from brickyard.state import Engine

STEP_S = 0.05


class Flood:
    """Calls at all gateways, as many as each of them lets in; each takes its steps when they are due."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self._due_ns: dict[Station, int] = {}

    async def join(self, station: Station) -> None:
        self._due_ns[station] = await station.sharing.step() or 0

    async def go_on(self, seconds: float) -> int:
        """Gives how many were let through."""
        through = 0
        for _ in range(round(seconds / STEP_S)):
            self._time.clock.advance(STEP_S)
            for station, due_ns in self._due_ns.items():
                if due_ns <= self._time.clock.now_ns():
                    await self.join(station)
                through += station.call(PER_S)
        return through


@pytest.mark.parametrize("before_s", [5.05, 5.3, 5.55, 5.8, 6.0])
@pytest.mark.parametrize("there", [1, 2])
async def test_no_more_than_a_burst_beside_the_rate_is_let_through_when_one_joins_a_flood(
    station: Callable[[], Station], time: Time, there: int, before_s: float
):
    flood = Flood(time)
    for _ in range(there):
        await flood.join(station())
    await flood.go_on(before_s)
    joining = station()
    await flood.join(joining)
    through = 0
    for step in range(1, 41):
        through += await flood.go_on(TICK_S)
        assert through <= (PER_S * step * TICK_S + PER_S) / FOLLOWED
    assert through >= PER_S * 10 * 0.8
    assert joining.sharing.others == there


async def test_one_that_joins_a_flood_of_several_begins_with_what_is_left(
    station: Callable[[], Station], pair: tuple[Station, Station]
):
    for _ in range(8):
        for each in pair:
            each.call(PER_S)
        await pass_s(TICK_S, *pair)
    third = station()
    await third.sharing.step()
    assert third.left() <= PER_S * TICK_S


async def test_one_that_joins_has_its_share_until_the_others_have_told_what_is_left(
    station: Callable[[], Station],
):
    first = station()
    await pass_s(LOOK_S, first)
    second = station()
    await second.sharing.step()
    assert (first.left(), second.left()) == (PER_S, PER_S // 2)
    assert second.call(PER_S) == PER_S // 2
    await pass_s(LOOK_S + TICK_S, first, second)
    assert first.left() <= PER_S // 2 + PER_S * (LOOK_S + TICK_S)
    await pass_s(LOOK_S, first, second)
    assert (first.left(), second.left()) == (PER_S, PER_S)


async def test_a_share_of_a_limit_of_one_call_is_that_call(station: Callable[[], Station]):
    first = station()
    await first.sharing.step()
    second = station()
    await second.sharing.step()
    assert second.call(2, second.gauge_of(Allowance(account="acc_b", account_per_s=1))) == 1


async def test_one_that_finds_the_row_of_a_gateway_that_was_killed_soon_has_all(
    station: Callable[[], Station],
):
    await station().sharing.step()
    second = station()
    await second.sharing.step()
    assert second.left() == PER_S // 2
    assert ANSWER_S < SILENT_S
    await pass_s(ANSWER_S, second)
    assert (second.left(), second.sharing.others) == (PER_S, 1)


async def test_a_limit_that_was_not_asked_for_here_before_is_as_empty_as_elsewhere(
    pair: tuple[Station, Station],
):
    allowance = Allowance(account="acc_new", account_per_s=PER_S)
    first = pair[0].gauge_of(allowance)
    for _ in range(4):
        pair[0].call(PER_S, first)
        await pass_s(TICK_S, *pair)
    assert pair[1].call(PER_S, pair[1].gauge_of(allowance)) < PER_S // 2


async def test_one_that_is_left_alone_leaves_nothing_in_its_row_that_others_would_go_by(
    engine: Engine, pair: tuple[Station, Station]
):
    first, second = pair
    first.call(PER_S)
    await pass_s(TICK_S, first, second)
    await second.sharing.leave()
    await pass_s(BEAT_S, first)
    left = await rows(engine)
    assert [told for _, _, told in left] == [NOTHING.text()]
    await pass_s(BEAT_S, first)
    assert await rows(engine) == left


async def test_who_else_is_there_is_known_before_the_first_call_is_taken(
    settings: Settings, clock: ManualClock
):
    application = Application(settings, clock)
    await application.sql.bound(LIMITS).run(WRITE, "another", 1, NOTHING.text())
    server = application.server()
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    assert application.sharing.others == 1
    server.should_exit = True
    await serving
    application.close()

"""Gateways on one database share the limits of callers, on each engine."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from stations import ALLOWANCE, CONCURRENT, PER_S, Station, pass_s, rows

from brickyard.contract import Unavailable
from brickyard.engines.clock import NANOSECONDS
from brickyard.platform.limits import Allowance, Gauge, Limits
from brickyard.platform.limits.counted import AGE_S, FOLLOWED, Name
from brickyard.platform.limits.hearing import SILENT_S, Hearing, Row
from brickyard.platform.limits.sharing import BEAT_S, LOOK_S, TICK_S, TICKS_PER_S_MAX
from brickyard.platform.limits.telling import (
    ACCOUNTS_MAX,
    KEPT_S,
    KEYS_MAX,
    KEYS_OF_ACCOUNT_MAX,
    NOTHING,
    Told,
)
from brickyard.state import Engine

ROW_MAX_BYTES = 128 * 1024


async def lost(*_: Any) -> Any:
    raise Unavailable("There is no database.")


async def test_what_one_lets_through_is_gone_at_the_other(pair: tuple[Station, Station]):
    first, second = pair
    assert first.call(60) == 60
    await pass_s(TICK_S, first, second)
    assert second.left() < PER_S - 60 + PER_S * 2 * TICK_S
    assert first.call(PER_S) + second.call(PER_S) < 2 * PER_S - 60 + PER_S
    await pass_s(TICK_S * 2, first, second)
    assert (first.left(), second.left()) == (0, 0)
    await pass_s(3, first, second)
    assert (first.left(), second.left()) == (PER_S, PER_S)


async def test_a_flood_at_both_gets_little_more_than_the_limit(pair: tuple[Station, Station]):
    through = 0
    for _ in range(10 * 4):
        through += sum(each.call(PER_S) for each in pair)
        await pass_s(TICK_S, *pair)
    assert PER_S * 10 * 0.8 < through < PER_S * (10 + 2 + 2 * 2 * TICK_S)


async def test_keys_limits_and_large_requests_are_shared_too(pair: tuple[Station, Station]):
    allowance = Allowance(account="acc_b", key_per_s=10, bytes_per_s=1000)
    first, second = (each.gauge_of(allowance, "key_b") for each in pair)
    assert pair[0].call(10, first) == 10
    assert first.pace is not None
    assert second.pace is not None
    assert first.pace.wait_s(pair[0].time.now_s(), 9000) == 8
    await pass_s(TICK_S, *pair)
    assert pair[1].call(10, second) <= 10 * 2 * TICK_S
    assert second.pace.wait_s(pair[1].time.now_s(), 1000) > 7


async def test_a_key_and_those_it_made_have_its_rate_between_them_at_all_gateways(
    pair: tuple[Station, Station],
):
    within = (("key_maker", 20),)
    family = {"key_maker": Allowance(account="acc_b", key_per_s=20)}
    for number in range(3):
        family[f"key_{number}"] = Allowance(account="acc_b", key_per_s=20 - number, within=within)
    gauges = [(each, each.gauge_of(allowance, key)) for each in pair for key, allowance in family.items()]
    through = Counter[Gauge]()
    for _ in range(10 * 4):
        for each, gauge in gauges:
            through[gauge] += each.call(20, gauge)
        await pass_s(TICK_S, *pair)
    assert 20 * 10 * 0.8 < through.total() < 20 * (10 + 2 + 2 * 2 * TICK_S)


async def test_calls_under_way_are_counted_wherever_they_are(pair: tuple[Station, Station]):
    first, second = pair
    assert sum(first.begin() for _ in range(CONCURRENT - 2)) == CONCURRENT - 2
    await pass_s(2, first, second)
    assert [second.begin() for _ in range(3)] == [True, True, False]
    await pass_s(2 * TICK_S, first, second)
    assert not first.begin()
    for _ in range(CONCURRENT - 2):
        first.gauge.leave()
    await pass_s(LOOK_S + TICK_S, first, second)
    assert sum(second.begin() for _ in range(CONCURRENT)) == CONCURRENT - 2


async def test_calls_of_a_gateway_that_was_killed_count_no_longer_than_it_is_silent(
    engine: Engine, pair: tuple[Station, Station]
):
    killed, second = pair
    for _ in range(CONCURRENT):
        assert killed.begin()
    await pass_s(2, killed, second)
    await pass_s(SILENT_S - BEAT_S - TICK_S, second)
    assert not second.begin()
    await pass_s(BEAT_S + 2 * TICK_S, second)
    assert (second.begin(), second.sharing.others) == (True, 0)
    assert len(await rows(engine)) == 1


async def test_one_that_stood_still_until_it_was_thought_gone_is_found_again(
    pair: tuple[Station, Station],
):
    stood, second = pair
    await pass_s(4 * SILENT_S, second)
    assert second.sharing.others == 0
    stood.call(PER_S)
    await pass_s(3 * LOOK_S, stood, second)
    assert (stood.sharing.others, second.sharing.others) == (1, 1)
    await pass_s(2, stood, second)
    stood.call(PER_S)
    await pass_s(TICK_S, stood, second)
    assert second.left() < PER_S


async def test_one_that_stops_takes_its_row_along(engine: Engine, pair: tuple[Station, Station]):
    first, second = pair
    await first.sharing.leave()
    assert await first.sharing.step() is None
    await pass_s(LOOK_S, second)
    assert second.sharing.others == 0
    await second.sharing.leave()
    assert await rows(engine) == []


async def test_one_alone_writes_that_it_is_there_and_nothing_more(station: Callable[[], Station]):
    alone = station()
    for _ in range(60):
        alone.call(PER_S)
        await alone.sharing.step()
        alone.time.clock.advance(LOOK_S)
    assert (alone.sql.written, alone.sql.looked) == (1, 60)


async def test_one_alone_takes_a_step_a_second(station: Callable[[], Station]):
    alone = station()
    assert await alone.sharing.step() == alone.time.clock.now_ns() + LOOK_S * NANOSECONDS


async def test_idle_gateways_only_say_that_they_are_there(pair: tuple[Station, Station]):
    first, _ = pair
    first.sql.written = 0
    for _ in range(round(60 / TICK_S)):
        await pass_s(TICK_S, *pair)
        assert first.sharing.others == 1
    assert 0 < first.sql.written <= 60 / BEAT_S


async def test_many_gateways_write_less_often_each(station: Callable[[], Station]):
    many = [station() for _ in range(TICKS_PER_S_MAX // 2)]
    await pass_s(3 * LOOK_S, *many)
    assert {each.sharing.others for each in many} == {len(many) - 1}
    due_ns = await many[0].sharing.step()
    assert due_ns == many[0].time.clock.now_ns() + (len(many) - 1) * NANOSECONDS // TICKS_PER_S_MAX


async def test_a_row_that_nobody_read_is_made_up_for_by_the_next(pair: tuple[Station, Station]):
    first, second = pair
    for _ in range(4):
        first.call(PER_S // 8)
        await pass_s(TICK_S, first)
    first.call(PER_S // 2)
    await pass_s(TICK_S, first)
    await pass_s(TICK_S, second)
    assert second.left() <= PER_S * 2 * TICK_S


async def test_what_was_not_used_for_a_while_is_told_no_longer_and_then_from_the_start(
    engine: Engine, pair: tuple[Station, Station]
):
    first, second = pair
    first.call(PER_S)
    await pass_s(TICK_S, first, second)
    assert max(len(msgspec.json.decode(told, type=Told).taken) for _, _, told in await rows(engine)) == 1
    await pass_s(KEPT_S + BEAT_S, first, second)
    assert max(len(msgspec.json.decode(told, type=Told).taken) for _, _, told in await rows(engine)) == 0
    first.call(10)
    await pass_s(TICK_S, first, second)
    assert second.left() >= PER_S - 10


async def test_what_was_used_before_another_came_is_not_counted_against_it(
    station: Callable[[], Station],
):
    first = station()
    await first.sharing.step()
    for _ in range(20):
        first.call(PER_S)
        await pass_s(LOOK_S, first)
    second = station()
    await pass_s(LOOK_S, second, first)
    first.call(PER_S // 10)
    await pass_s(2 * TICK_S, first, second)
    assert (first.sharing.others, second.sharing.others) == (1, 1)
    assert second.left() >= PER_S * 0.9


async def test_who_joins_is_not_held_to_what_was_used_long_before(
    station: Callable[[], Station], pair: tuple[Station, Station]
):
    for _ in range(20):
        pair[0].call(PER_S // 8)
        await pass_s(TICK_S, *pair)
    await pass_s(1, *pair)
    third = station()
    await third.sharing.step()
    await pass_s(BEAT_S, *pair, third)
    assert third.left() == PER_S
    pair[0].call(PER_S)
    await pass_s(TICK_S, *pair, third)
    assert third.left() < PER_S // 2


async def test_a_call_or_two_of_a_thousand_are_not_worth_a_row(engine: Engine, pair: tuple[Station, Station]):
    first, second = pair
    large = first.gauge_of(Allowance(account="acc_large", account_per_s=1000, concurrent=1000))
    await pass_s(BEAT_S, first, second)
    assert first.call(1, large) + first.begin(large) + first.begin(large) == 3
    await pass_s(BEAT_S + TICK_S, first, second)
    assert [told for _, _, told in await rows(engine)] == [NOTHING.text()] * 2
    assert first.call(2, large) + first.begin(large) + first.begin(large) == 4
    await pass_s(TICK_S, first, second)
    told = [msgspec.json.decode(told, type=Told) for _, _, told in await rows(engine)]
    assert [each.running for each in told if each.taken] == [[("acc_large", 4)]]


async def test_very_many_keys_make_no_row_large_and_keep_nobody_else_from_being_told_of(
    engine: Engine, pair: tuple[Station, Station]
):
    first, second = pair
    for account in range(KEYS_MAX // KEYS_OF_ACCOUNT_MAX * 2):
        allowance = Allowance(account=f"acc_{account:026}", key_per_s=1, account_per_s=PER_S, concurrent=99)
        for key in range(2 * KEYS_OF_ACCOUNT_MAX):
            first.begin(first.gauge_of(allowance, f"key_{account:010}_{key:015}"))
    for account in range(2 * ACCOUNTS_MAX):
        allowance = Allowance(account=f"acc_x{account:025}", account_per_s=PER_S, bytes_per_s=1, concurrent=4)
        first.begin(first.gauge_of(allowance))
    assert first.call(PER_S) == PER_S
    await pass_s(TICK_S, first, second)
    told = max((told for _, _, told in await rows(engine)), key=len)
    decoded = msgspec.json.decode(told, type=Told)
    kinds = [name.kind for name, _ in decoded.taken]
    assert (kinds.count("key"), kinds.count("account")) == (KEYS_MAX, ACCOUNTS_MAX)
    assert len(decoded.running) == ACCOUNTS_MAX
    assert len(told) < ROW_MAX_BYTES
    assert second.left() < PER_S // 2


async def test_who_has_very_many_keys_leaves_room_for_those_of_others(pair: tuple[Station, Station]):
    first, second = pair
    for key in range(2 * KEYS_MAX):
        first.call(1, first.gauge_of(Allowance(account="acc_x", key_per_s=1), f"key_{key}"))
    small = Allowance(account="acc_y", key_per_s=PER_S)
    gauges = [each.gauge_of(small, "key_y") for each in pair]
    first.call(PER_S // 2, gauges[0])
    await pass_s(TICK_S, first, second)
    assert second.call(PER_S, gauges[1]) < PER_S


def test_totals_that_begin_again_unseen_are_counted_from_there():
    limits = Limits()
    gauge, hearing = limits.gauge("", ALLOWANCE), Hearing(limits)
    assert gauge is not None
    hearing.hear([], 1000.0)
    for number, total in enumerate((0, 20, 10)):
        told = Told([(Name("account", "acc_a", PER_S), total)])
        hearing.hear([Row("first", number, msgspec.json.encode(told).decode())], 1000.0)
    left = int(PER_S * (1 + AGE_S) - (20 + 10) * FOLLOWED)
    assert gauge.state(1000.0).startswith(b'"account";r=%d;' % left)


async def test_those_who_could_not_say_that_they_are_there_say_so_later(
    station: Callable[[], Station], monkeypatch: pytest.MonkeyPatch
):
    first, second = station(), station()
    with monkeypatch.context() as patch:
        patch.setattr(first.sql, "run", lost)
        patch.setattr(second.sql, "run", lost)
        await pass_s(LOOK_S, first, second)
    await pass_s(2 * LOOK_S, first, second)
    assert (first.sharing.others, second.sharing.others) == (1, 1)


async def test_limits_hold_here_while_there_is_no_database_and_everywhere_after_it(
    pair: tuple[Station, Station], monkeypatch: pytest.MonkeyPatch
):
    first, second = pair
    with monkeypatch.context() as patch:
        patch.setattr(first.sql, "run", lost)
        patch.setattr(first.sql, "point", lost)
        assert first.call(2 * PER_S) == PER_S
        await pass_s(TICK_S, first, second)
        assert second.left() == PER_S
    await pass_s(TICK_S, first, second)
    assert second.left() < PER_S

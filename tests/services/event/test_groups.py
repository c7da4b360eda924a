import asyncio
from pathlib import Path

import pytest
from station import Station, Stream, number_in, until

from brickyard.engines.clock import ManualClock


async def leave(*streams: Stream):
    for stream in streams:
        await stream.leave()


async def test_members_share_events_each_going_to_one(station: Station):
    members = [station.consume(group="g") for _ in range(3)]
    await until(lambda: station.waiting)
    await station.publish(*range(30))
    shares = await asyncio.gather(*(member.take(10) for member in members))
    assert sorted(number for share in shares for number in share) == list(range(30))
    assert all(share == sorted(share) for share in shares)
    await leave(*members)


async def test_a_lone_member_gets_everything_in_order(station: Station):
    member = station.consume(group="g")
    await until(lambda: station.waiting)
    await station.publish(*range(20))
    assert await member.take(20) == list(range(20))
    await leave(member)


async def test_each_group_gets_everything(station: Station):
    members = [station.consume(group=name, offset="earliest") for name in ("g", "h")]
    await station.publish(1, 2)
    assert [await member.take(2) for member in members] == [[1, 2], [1, 2]]
    await leave(*members)


async def test_a_group_begins_with_what_is_published_from_then_on(station: Station):
    await station.publish(1)
    member = station.consume(group="g")
    await until(lambda: station.rows("event_groups"))
    await station.publish(2)
    assert await member.next() == 2
    await leave(member)


async def test_a_group_goes_on_from_its_place_whatever_offset_is_asked_for(station: Station):
    await station.publish(1, 2, 3)
    member = station.consume(group="g", offset="earliest")
    assert await member.take(2) == [1, 2]
    await until(lambda: not member.idle)  # the third is on its way, and not written
    await leave(member)
    for offset in ("", "earliest", "no offset at all"):
        member = station.consume(group="g", offset=offset)
        assert number_in(await member.reply()) == 3
        await leave(member)


async def test_a_member_that_leaves_hands_its_event_to_another_at_once(station: Station):
    first, second = (station.consume(group="g", offset="earliest") for _ in range(2))
    await station.publish(1)
    await until(lambda: not (first.idle and second.idle))
    holder, other = (first, second) if second.idle else (second, first)
    assert number_in(await holder.reply()) == 1
    assert other.idle
    await holder.leave()
    assert await other.next() == 1
    await other.leave()


async def test_what_a_member_leaves_behind_comes_before_what_is_newer(station: Station):
    await station.publish(1, 2, 3)
    first = station.consume(group="g", offset="earliest")
    assert number_in(await first.reply()) == 1
    await first.leave()
    second = station.consume(group="g")
    assert await second.take(3) == [1, 2, 3]
    await second.leave()


async def test_an_event_that_was_written_does_not_come_again(station: Station, clock: ManualClock):
    await station.publish(1, 2)
    first = station.consume(group="g", offset="earliest")
    assert await first.take(2) == [1, 2]
    await until(lambda: not station.rows("event_leases"))
    await first.leave()
    clock.advance(3600)
    second = station.consume(group="g")
    await until(lambda: station.waiting)
    await station.publish(3)
    assert await second.next() == 3
    await second.leave()


async def test_one_who_leaves_in_the_midst_of_a_claim_leaves_nothing_claimed(station: Station):
    await station.publish(*range(20))
    for number in range(20):
        member = station.consume(group="g", offset="earliest")
        await asyncio.sleep(number / 4_000)  # somewhere in joining or claiming
        await member.leave()
    last = station.consume(group="g", offset="earliest")
    assert await last.take(20) == list(range(20))
    await last.leave()


async def test_the_event_of_a_process_that_died_comes_again_after_a_minute(
    station: Station, other_station: Station, clock: ManualClock
):
    await station.publish(1)
    dead = station.service.groups.member("a", "g")  # claims, and is not heard of again
    await station.service.groups.begin("a", "g", 0)
    assert number_in((await dead.claim()).reply) == 1
    clock.advance(59.9)
    member = other_station.consume(group="g")
    await other_station.publish(2)
    assert await member.next() == 2
    assert member.idle
    clock.advance(0.2)
    assert await member.next() == 1
    await member.leave()


async def test_one_given_up_for_dead_cannot_acknowledge_what_another_has_now(
    station: Station, clock: ManualClock
):
    await station.publish(1)
    await station.service.groups.begin("a", "g", 0)
    late, other = (station.service.groups.member("a", "g") for _ in range(2))
    claimed = await late.claim()
    clock.advance(61)
    await other.claim()
    await late.acknowledge(claimed)
    await late.leave()
    assert len(station.rows("event_leases")) == 1
    await other.leave()
    third = station.consume(group="g")
    assert await third.next() == 1
    await third.leave()


async def test_processes_share_a_group(station: Station, other_station: Station):
    members = [each.consume(group="g", offset="earliest") for each in (station, other_station) * 2]
    await asyncio.gather(station.publish(*range(20)), other_station.publish(*range(20, 40)))
    heard: list[int] = []

    async def listen(member: Stream) -> None:
        while True:
            heard.append(await member.next())

    listening = [asyncio.create_task(listen(member)) for member in members]
    await until(lambda: len(heard) >= 40)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    assert sorted(heard) == list(range(40))
    await leave(*members)


async def test_a_groups_place_survives_a_restart(tmp_path: Path, clock: ManualClock):
    before = Station(tmp_path, clock)
    await before.publish(1, 2, 3)
    member = before.consume(group="g", offset="earliest")
    assert await member.next() == 1
    await until(lambda: not member.idle)
    await member.leave()
    before.engine.close()
    after = Station(tmp_path, clock)
    member = after.consume(group="g")
    assert await member.take(2) == [2, 3]
    await member.leave()


async def test_events_too_old_to_be_kept_are_not_handed_out_and_their_claims_are_forgotten(
    station: Station, clock: ManualClock
):
    await station.publish(1, 2)
    await station.service.groups.begin("a", "g", 0)
    await station.service.groups.member("a", "g").claim()
    clock.advance(24 * 3600 + 1)
    member = station.consume(group="g")
    await station.publish(3)
    assert await member.next() == 3
    await until(lambda: not station.rows("event_leases"))
    await member.leave()


@pytest.mark.only_on("sqlite", "it tells whether anything was written")
async def test_a_member_that_waits_writes_nothing(station: Station):
    member = station.consume(group="g")
    await until(lambda: station.waiting)
    written = station.engine.near.execute("PRAGMA data_version").fetchall()
    await asyncio.sleep(0.1)  # ten looks
    assert station.engine.near.execute("PRAGMA data_version").fetchall() == written
    await member.leave()

"""Several gateways on one database are one cloud."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import load
from audit import check_records
from brickyard import Brickyard
from cloud import ProcessCloud, gateways
from eventually import eventually
from load import Ledger, Line
from postgres import PostgresServer

HINT_LIMIT_S = 0.5
"""Half of what it takes to hear of an event by looking for it."""
PER_S, FLOOD_S, FLOODERS = 20, 8.0, 24


Pair = tuple[ProcessCloud, ProcessCloud]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    first, second = gateways(tmp_path)
    with first, second:
        yield first, second


def status(cloud: ProcessCloud, key: str) -> int:
    return cloud.post("helloworld/Call", headers={"Authorization": f"Bearer {key}"}).status_code


def test_what_is_written_at_one_is_there_at_the_other(pair: Pair):
    first, second = pair
    for number in range(20):
        first.call("db/Create", {"table": "t", "record": {"id": str(number)}})
        assert second.call("db/Read", {"table": "t", "id": str(number)})["records"]


def test_a_key_revoked_at_one_is_refused_at_the_other_by_the_very_next_call(
    pair: Pair,
):
    first, second = pair
    for _ in range(20):
        made = first.call("key/Create")
        for _ in range(3):  # so that the key is well remembered
            assert status(second, made["key"]) == 200
        first.call("key/Revoke", {"id": made["info"]["id"]})
        assert (status(second, made["key"]), status(first, made["key"])) == (401, 401)


def test_a_gateway_that_stood_still_when_a_key_was_revoked_refuses_it_when_it_goes_on(
    pair: Pair,
):
    first, second = pair
    made = first.call("key/Create")
    assert status(second, made["key"]) == 200
    os.kill(second.process.pid, signal.SIGSTOP)
    first.call("key/Revoke", {"id": made["info"]["id"]})
    threading.Timer(0.2, os.kill, (second.process.pid, signal.SIGCONT)).start()
    assert status(second, made["key"]) == 401


def test_an_event_published_at_one_is_heard_at_the_other_at_once(
    pair: Pair,
):
    first, second = pair
    with Brickyard(key=second.key, base_url=second.address) as listener:
        stream = iter(listener.event.consume(topic="t", offset="earliest"))
        for number in range(5):
            first.call("event/Publish", {"topic": "t", "message": {"n": number}})
            published = time.monotonic()
            assert next(stream).message == {"n": number}
            if number:  # the first one is read, not heard
                assert time.monotonic() - published < HINT_LIMIT_S


async def flood(cloud: ProcessCloud, key: str, until: float) -> list[int]:
    """Call as often as it goes from several connections until it is late; gives what was answered."""
    ends = [Line.to(cloud.address, key) for _ in range(FLOODERS)]
    lines, statuses = await asyncio.gather(*ends), list[int]()

    async def call(line: Line) -> None:
        while time.monotonic() < until:
            statuses.append((await line.call("helloworld/Call", {}))[0])
        line.close()

    await asyncio.gather(*map(call, lines))
    return statuses


def left(cloud: ProcessCloud, key: str) -> int:
    """Make a call; gives how many the key has left by what its gateway says."""
    response = cloud.post("helloworld/Call", headers={"Authorization": f"Bearer {key}"})
    return int(response.headers["ratelimit"].partition("r=")[2].partition(";")[0])


async def test_a_flood_at_both_gets_one_limits_worth(pair: Pair):
    key = pair[0].call("key/Create", {"rate_limit_per_s": PER_S})["key"]

    async def have_met() -> bool:
        for _ in range(PER_S // 2):
            left(pair[0], key)
        return left(pair[1], key) < PER_S - 1

    await eventually(have_met)
    began = time.monotonic()
    both = await asyncio.gather(*(flood(each, key, began + FLOOD_S) for each in pair))
    most = PER_S * (time.monotonic() - began + 1)  # of one gateway alone
    through = [statuses.count(200) for statuses in both]
    assert {*both[0], *both[1]} == {200, 429}
    assert most / 2 < sum(through) < most * 1.5
    assert min(through) > PER_S / 2


def is_uncertain(status: int, reply: load.Json) -> bool:
    """Whether it is said that a commit may have been done or not."""
    return status == 500 and "in the middle of a commit" in reply["detail"]


@pytest.mark.only_on("postgres", "it has a server")
async def test_what_two_gateways_acknowledged_outlives_the_database_servers_end(tmp_path: Path):
    server = PostgresServer()
    names = ("first", "second")
    clouds = [ProcessCloud(tmp_path / name, BRICKYARD_DATABASE_URL=server.url()) for name in names]
    ledgers = [Ledger(name) for name in names]
    for cloud in clouds:
        cloud.start()
    writing = [
        asyncio.create_task(load.run(cloud.address, cloud.key, ledger, (load.create,) * 6))
        for cloud, ledger in zip(clouds, ledgers, strict=True)
    ]
    await asyncio.gather(*(ledger.acknowledged.more(200) for ledger in ledgers))
    server.kill()
    await asyncio.gather(*(ledger.refused.more(20) for ledger in ledgers))
    server.start()
    await asyncio.gather(*(ledger.acknowledged.more(200) for ledger in ledgers))
    for cloud in clouds:
        cloud.kill()
    await asyncio.gather(*writing)
    clouds[1].start()
    for ledger in ledgers:
        check_records(clouds[1], ledger)
        assert all(status == 503 or is_uncertain(status, reply) for status, reply in ledger.refusals)
    clouds[1].stop()
    server.stop()

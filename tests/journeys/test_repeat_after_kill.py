"""Every effect happens exactly once for who repeats a call under its key, whenever the server is killed."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import load
from audit import check_file, pages
from cloud import ProcessCloud
from load import Line

ROUNDS = 8
CALLS_MAX = 300
"""Calls answered in a round before the server is killed, at most."""
LATER_S = 0.005
"""How much later than that it is killed, at most: in any part of a call."""
Json = dict[str, Any]


class Door:
    """Where the cloud is now; closed while it is down."""

    def __init__(self) -> None:
        self.address, self.key = "", ""
        self.open = asyncio.Event()
        self.closing = False
        """Whether no new calls are to be begun."""

    async def call(self, path: str, body: Json, key: str) -> Json:
        """Make a call again and again, until it is answered."""
        while True:
            await self.open.wait()
            try:
                line = await Line.to(self.address, self.key)
                try:
                    status, reply = await line.call(path, body, f"Idempotency-Key: {key}")
                finally:
                    line.close()
            except ConnectionError:
                await asyncio.sleep(0.01)  # it may not have been noticed yet that the server is down
                continue
            assert status == 200, reply
            return reply


class Caller:
    """One who makes calls of one kind, and remembers what each was answered."""

    def __init__(self, name: str, door: Door, answered: load.Tally) -> None:
        self._name, self._door, self._answered = name, door, answered
        self.replies: dict[str, Json] = {}

    async def work(self, path: str, body_of: Callable[[str], Json]) -> None:
        while not self._door.closing:
            call = f"{self._name}-{len(self.replies)}"
            self.replies[call] = await self._door.call(path, body_of(call), call)
            self._answered.add()


CREW: tuple[tuple[str, Callable[[str], Json]], ...] = (
    ("db/Create", lambda call: {"table": "things", "record": {"call": call}}),
    ("cache/Increment", lambda _: {"key": "counter", "value": 1}),
    ("event/Publish", lambda call: {"topic": "news", "message": {"call": call}}),
)
EACH = 4
"""How many callers of each kind there are."""


async def killed(cloud: ProcessCloud, door: Door, answered: load.Tally, chance: random.Random) -> None:
    """Have the cloud up until a random number of calls were answered, and a random while longer."""
    await asyncio.to_thread(cloud.start)
    door.address, door.key = cloud.address, cloud.key
    more = asyncio.create_task(answered.more(chance.randint(1, CALLS_MAX)))
    door.open.set()
    await more
    await asyncio.sleep(chance.uniform(0, LATER_S))
    door.open.clear()
    await asyncio.to_thread(cloud.kill)


@pytest.mark.parametrize("seed", range(3))  # eight rounds each: twenty-four ends
async def test_every_effect_happens_once_however_often_the_server_is_killed(seed: int, tmp_path: Path):
    chance, cloud = random.Random(seed), ProcessCloud(tmp_path / "home")
    door, answered = Door(), load.Tally()
    crews = {path: [Caller(f"{path}-{n}", door, answered) for n in range(EACH)] for path, _ in CREW}
    work: list[Awaitable[None]] = [
        asyncio.create_task(caller.work(path, body_of)) for path, body_of in CREW for caller in crews[path]
    ]
    for _ in range(ROUNDS):
        await killed(cloud, door, answered, chance)
    with cloud:
        door.address, door.closing = cloud.address, True
        door.open.set()
        await asyncio.gather(*work)
        check(
            cloud,
            {path: {k: v for each in crew for k, v in each.replies.items()} for path, crew in crews.items()},
        )


def check(cloud: ProcessCloud, replies: dict[str, dict[str, Json]]) -> None:
    """Hold what there is against what was answered: nothing is missing, nothing is there twice."""
    check_file(cloud.home / "brickyard.db")
    records = pages(cloud, "db/Read", "records", {"table": "things"})
    assert {each["id"]: each["call"] for each in records} == {
        reply["id"]: call for call, reply in replies["db/Create"].items()
    }
    assert len(records) == len(replies["db/Create"])
    counted = sorted(int(reply["value"]) for reply in replies["cache/Increment"].values())
    assert counted == list(range(1, len(counted) + 1))
    assert int(cloud.call("cache/Get", {"key": "counter"})["value"]) == len(counted)
    events = pages(cloud, "event/Read", "events", {"topic": "news"})
    assert sorted(each["message"]["call"] for each in events) == sorted(replies["event/Publish"])

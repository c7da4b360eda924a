"""Every effect happens exactly once for who repeats a call under its key, whatever is killed when."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import load
from audit import check_file, pages
from brickyard.app import Application
from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings
from cloud import ProcessCloud, gateways
from database import database
from load import Line
from postgres import PostgresServer

ROUNDS = 8
CALLS_MAX = 300
"""Calls answered in a round before the server is killed, at most."""
LATER_S = 0.005
"""How much later than that it is killed, at most: in any part of a call."""
GIFT, PRICE = "1000", usd("0.0001")
"""What a customer has, and what `db/Create` costs."""
Json = dict[str, Any]


class Door:
    """Where the cloud is now; closed while it is down."""

    passing: frozenset[int] = frozenset()
    """Statuses after which a call is made again."""

    def __init__(self, key: str = "") -> None:
        self.address, self.key = "", key
        self.open = asyncio.Event()
        self.closing = False
        """Whether no new calls are to be begun."""

    async def call(self, path: str, body: Json, key: str) -> Json:
        """Make a call again and again, until it is answered."""
        while True:
            await self.open.wait()
            try:
                line = await Line.to(*self.way())
                try:
                    status, reply = await line.call(path, body, f"Idempotency-Key: {key}")
                finally:
                    line.close()
            except ConnectionError:
                await asyncio.sleep(0.01)  # it may not have been noticed yet that the server is down
                continue
            if status not in self.passing:
                assert status == 200, reply
                return reply
            await asyncio.sleep(0.01)

    def way(self) -> tuple[str, str]:
        """Give the address for the next try, and the key that is good there."""
        return self.address, self.key


class Doors(Door):
    """Several gateways on one database, each as good as the others; it or they may be gone for a while."""

    passing = frozenset((500, 503))

    def __init__(self, clouds: list[ProcessCloud], chance: random.Random) -> None:
        super().__init__()
        self._clouds, self._chance = clouds, chance

    def way(self) -> tuple[str, str]:
        cloud = self._chance.choice(self._clouds)
        return cloud.address, cloud.key


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
    door.address, door.key = cloud.address, door.key or cloud.key
    more = asyncio.create_task(answered.more(chance.randint(1, CALLS_MAX)))
    door.open.set()
    await more
    await asyncio.sleep(chance.uniform(0, LATER_S))
    door.open.clear()
    await asyncio.to_thread(cloud.kill)


class Crews:
    """Everyone who calls, at work."""

    def __init__(self, door: Door, answered: load.Tally) -> None:
        self._door = door
        self._callers = {
            path: [Caller(f"{path}-{n}", door, answered) for n in range(EACH)] for path, _ in CREW
        }
        self._work = [
            asyncio.create_task(caller.work(path, body_of))
            for path, body_of in CREW
            for caller in self._callers[path]
        ]

    async def end(self) -> dict[str, dict[str, Json]]:
        """Have all calls finished; gives what each was answered, by path and by its key."""
        self._door.closing = True
        self._door.open.set()
        await asyncio.gather(*self._work)
        return {
            path: {call: reply for each in callers for call, reply in each.replies.items()}
            for path, callers in self._callers.items()
        }


@pytest.mark.parametrize("seed", range(3))  # eight rounds each: twenty-four ends
async def test_every_effect_happens_once_however_often_the_server_is_killed(seed: int, tmp_path: Path):
    chance, cloud = random.Random(seed), ProcessCloud(tmp_path / "home")
    door, answered = Door(), load.Tally()
    crews = Crews(door, answered)
    for _ in range(ROUNDS):
        await killed(cloud, door, answered, chance)
    with cloud:
        door.address = cloud.address
        replies = await crews.end()
        if database.kind == "sqlite":
            check_file(cloud.home / "brickyard.db")
        check(cloud, replies)


async def test_what_is_repeated_after_the_servers_end_is_not_paid_for_twice(tmp_path: Path):
    chance, cloud = random.Random(3), ProcessCloud(tmp_path / "home")
    door, answered = Door(await key_of_a_customer(cloud.home)), load.Tally()
    crews = Crews(door, answered)
    for _ in range(ROUNDS):
        await killed(cloud, door, answered, chance)
    with cloud:
        door.address = cloud.address
        made = len((await crews.end())["db/Create"])
        cloud.client.headers["Authorization"] = f"Bearer {door.key}"
        assert int(cloud.call("db/Count", {"table": "things"})["count"]) == made
        spent = usd(GIFT) - usd(cloud.call("billing/Balance")["balance"])
        assert 0 < spent <= made * PRICE


async def key_of_a_customer(home: Path) -> str:
    """Give the key of one who pays for `db/Create` and has the money; the cloud has not begun yet."""
    application = Application(Settings(home=home, database_url=database.url(home)))
    key, _ = await application.keyring.create("prj_customer", "", ("*", "billing"), None)
    await application.books.open("prj_customer", "business")
    gift = Movement(amount=usd(GIFT), reference="gift", reason="a test")
    await application.books.grant("prj_customer", gift)
    application.close()
    return key


@pytest.mark.parametrize("seed", range(2))
async def test_every_effect_happens_once_at_gateways_that_are_killed_in_turn(seed: int, tmp_path: Path):
    chance, clouds = random.Random(seed), gateways(tmp_path)
    for cloud in clouds:
        cloud.start()
    door, answered = Doors(clouds, chance), load.Tally()
    crews = Crews(door, answered)
    door.open.set()
    for _ in range(ROUNDS):
        await answered.more(chance.randint(1, CALLS_MAX))
        await asyncio.sleep(chance.uniform(0, LATER_S))
        doomed = chance.choice(clouds)
        await asyncio.to_thread(doomed.kill)
        await answered.more(1)  # by the other one
        await asyncio.to_thread(doomed.start)
    check(clouds[0], await crews.end())
    for cloud in clouds:
        cloud.stop()


@pytest.mark.only_on("postgres", "it has a server")
@pytest.mark.parametrize("seed", range(2))
async def test_every_effect_happens_once_at_two_gateways_whose_database_is_killed(seed: int, tmp_path: Path):
    chance, server = random.Random(seed), PostgresServer()
    clouds = [ProcessCloud(tmp_path / name, BRICKYARD_DATABASE_URL=server.url()) for name in ("a", "b")]
    for cloud in clouds:
        cloud.start()
    door, answered = Doors(clouds, chance), load.Tally()
    crews = Crews(door, answered)
    door.open.set()
    for _ in range(ROUNDS // 2):
        await answered.more(chance.randint(1, CALLS_MAX))
        await asyncio.sleep(chance.uniform(0, LATER_S))
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
    check(clouds[0], await crews.end())
    for cloud in clouds:
        cloud.stop()
    server.stop()


def check(cloud: ProcessCloud, replies: dict[str, dict[str, Json]]) -> None:
    """Hold what there is against what was answered: nothing is missing, nothing is there twice."""
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

"""Several gateways write to one database, and one ends suddenly: the others go on, nothing is lost."""

import asyncio
import random
from pathlib import Path

import pytest

import load
from audit import check_contents, check_file, check_usage
from cloud import ProcessCloud, gateways
from database import database
from load import Ledger

GATEWAYS, ROUNDS = 3, 8
CREW = (load.create,) * 4 + (load.create_batch, load.update, load.update, load.increment, load.publish)
ACKNOWLEDGED_MAX = 200
"""Calls acknowledged by a gateway in a round before it is killed, at most."""
LATER_S = 0.01
"""How much later than that it is killed, at most: in any part of a commit."""


class Worked:
    """A gateway, and those who write to it until it is killed."""

    def __init__(self, cloud: ProcessCloud) -> None:
        self.cloud = cloud
        self.ledgers: list[Ledger] = []
        """Of each of its lives."""

    async def start(self, name: str) -> None:
        await asyncio.to_thread(self.cloud.start)
        self.ledgers.append(Ledger(name))
        self._writing = asyncio.create_task(
            load.run(self.cloud.address, self.cloud.key, self.ledgers[-1], CREW)
        )

    async def more(self, number: int) -> None:
        await self.ledgers[-1].acknowledged.more(number)

    async def kill(self) -> None:
        await asyncio.to_thread(self.cloud.kill)
        await self._writing


@pytest.mark.parametrize("seed", range(2))  # eight ends each, and then that of all
async def test_what_any_of_several_acknowledged_is_there_though_they_are_killed(seed: int, tmp_path: Path):
    chance = random.Random(seed)
    everyone = [Worked(cloud) for cloud in gateways(tmp_path, GATEWAYS)]
    for number, each in enumerate(everyone):
        await each.start(f"gateway{number}")
    for number in range(ROUNDS):
        doomed = chance.choice(everyone)
        await doomed.more(chance.randint(1, ACKNOWLEDGED_MAX))
        await asyncio.sleep(chance.uniform(0, LATER_S))
        await doomed.kill()
        await asyncio.gather(*(each.more(30) for each in everyone if each is not doomed))
        await doomed.start(f"round{number}")
    await asyncio.gather(*(each.more(30) for each in everyone))
    for each in everyone:
        await each.kill()
    ledgers = [ledger for each in everyone for ledger in each.ledgers]
    with everyone[0].cloud as cloud:
        if database.kind == "sqlite":
            check_file(cloud.home / "brickyard.db")
        for ledger in ledgers:
            check_contents(cloud, ledger)
        check_usage(cloud, [request_id for ledger in ledgers for request_id in ledger.answered])
    assert [ledger.refusals for ledger in ledgers if ledger.refusals] == []

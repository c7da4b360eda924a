"""An acknowledged write outlives the server's sudden end, whenever it comes; and none is there by half."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

import load
from audit import check
from cloud import ProcessCloud
from load import Ledger

ROUNDS = 10
ACKNOWLEDGED_MAX = 600
"""Calls acknowledged in a round before the server is killed, at most."""
LATER_S = 0.01
"""How much later than that it is killed, at most: in any part of a commit."""


@pytest.mark.parametrize("seed", range(5))  # ten rounds each: fifty ends
async def test_what_was_acknowledged_is_there_after_a_kill_at_any_moment(seed: int, tmp_path: Path):
    chance = random.Random(seed)
    cloud = ProcessCloud(tmp_path / "home")
    ledgers: list[Ledger] = []
    for number in range(ROUNDS):
        cloud.start()
        for ledger in ledgers[-1:]:
            check(cloud, ledger)
        ledgers.append(await until_killed(cloud, Ledger(f"round{number}"), chance))
    with cloud:
        for ledger in ledgers:
            check(cloud, ledger)
    assert [ledger.refusals for ledger in ledgers if ledger.refusals] == []
    assert all(sum(map(len, kind)) for kind in zip(*map(written, ledgers), strict=True))


async def until_killed(cloud: ProcessCloud, ledger: Ledger, chance: random.Random) -> Ledger:
    """Write until a random number of writes are acknowledged, and end the server a random while later."""
    running = asyncio.create_task(load.run(cloud.address, cloud.key, ledger))
    await ledger.acknowledged.more(chance.randint(1, ACKNOWLEDGED_MAX))
    await asyncio.sleep(chance.uniform(0, LATER_S))
    cloud.kill()
    await running
    return ledger


def written(ledger: Ledger) -> tuple[Any, ...]:
    return ledger.records, ledger.batches, ledger.versions, ledger.increments, ledger.events

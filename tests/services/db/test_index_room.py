"""What indexes hold counts among what a project keeps: exactly, whatever is done, and within its cap."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from eventually import eventually

PROJECT = "prj_small"
BYTES = 4_000
HELD = (
    "SELECT (SELECT coalesce(sum(octet_length(data)), 0) FROM db_records WHERE project = ?1)"
    " + (SELECT coalesce(sum(octet_length(key)), 0) FROM db_index_entries WHERE project = ?1)"
    " + (SELECT coalesce(sum(octet_length(key)), 0) FROM db_unique_keys WHERE project = ?1)"
)
RECORDS = "SELECT coalesce(sum(octet_length(data)), 0) FROM db_records WHERE project = ?1"
COUNTED = "SELECT coalesce(sum(bytes), 0) FROM stored WHERE project = ?1 AND kind = 'db'"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "prices.toml").write_text(f"[tiers.free]\nstored_records = 1000\nstored_bytes = {BYTES}\n")
    return Settings(home=home, port=0, database_url=database.url(home))


class Small:
    """A project that may keep little."""

    def __init__(self, cloud: LocalCloud, key: str) -> None:
        self.cloud, self.headers = cloud, {"Authorization": f"Bearer {key}"}
        self.sql = cloud.application.sql.bound(PROJECT)

    async def status(self, path: str, **request: Any) -> int:
        return (
            await self.cloud.post(f"db/{path}", {"table": "t", **request}, headers=self.headers)
        ).status_code

    async def number(self, statement: str) -> int:
        ((found,),) = await self.sql.rows(statement)
        return int(found)

    async def is_exact(self) -> bool:
        return await self.number(HELD) == await self.number(COUNTED)


@pytest.fixture
async def small(local_cloud: LocalCloud) -> Small:
    application = local_cloud.application
    await application.books.open(PROJECT, "free")
    await application.books.grant(PROJECT, Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create(PROJECT, "", ("*",), None)
    return Small(local_cloud, key)


async def step(small: Small, chance: random.Random) -> int:
    """Do something to the table."""
    id_, name = str(chance.randrange(8)), "x" * chance.randrange(60)
    record = {"id": id_, "name": name, "sort": chance.randrange(5)}
    requests: list[tuple[str, dict[str, Any]]] = [
        *[("Create", {"record": record})] * 6,
        *[("Update", {"id": id_, "record": {"name": name, "sort": chance.choice([1, None, "é"])}})] * 6,
        *[("Delete", {"id": id_})] * 2,
        ("DeleteBatch", {"query": f"sort == {chance.randrange(5)}"}),
        ("DeleteBatch", {"ids": [id_, "none"]}),
        ("CreateIndex", {"fields": ["name"]}),
        ("CreateIndex", {"fields": ["sort", "name"], "unique": True, "name": "both"}),
        ("DropIndex", {"name": "both"}),
        ("Truncate", {}),
    ]
    path, request = chance.choice(requests)
    return await small.status(path, **request)


@pytest.mark.parametrize("seed", range(4))
async def test_the_count_is_what_the_tables_hold_whatever_is_done(small: Small, seed: int):
    chance = random.Random(seed)
    statuses = {await step(small, chance) for _ in range(120)}
    assert {200, 404} <= statuses
    assert max(statuses) < 500
    await eventually(small.is_exact)
    await small.status("Truncate")
    await eventually(small.is_exact)

    async def is_empty() -> bool:
        return await small.number(COUNTED) == 0

    await eventually(is_empty)


async def test_an_index_takes_room_and_gives_it_back(small: Small):
    for number in range(5):
        assert await small.status("Create", record={"id": str(number), "name": "x" * 50}) == 200
    bare = await small.number(COUNTED)
    assert bare == await small.number(RECORDS)
    assert await small.status("CreateIndex", fields=["name"]) == 200
    assert await small.number(COUNTED) >= bare + 5 * 50
    assert await small.status("DropIndex", name="name") == 200

    async def as_before() -> bool:
        return await small.number(COUNTED) == bare

    await eventually(as_before)


async def test_an_index_without_room_is_refused_and_leaves_nothing(small: Small):
    for number in range(7):
        assert await small.status("Create", record={"id": str(number), "name": "x" * 500}) == 200
    bare = await small.number(COUNTED)
    assert await small.status("CreateIndex", fields=["name"]) == 402
    listed = await small.cloud.post("db/ListIndexes", {"table": "t"}, headers=small.headers)
    assert listed.json()["indexes"] == []

    async def as_before() -> bool:
        return await small.is_exact() and await small.number(COUNTED) == bare

    await eventually(as_before)
    assert await small.status("Create", record={"name": "y"}) == 200


async def test_no_one_of_many_at_once_goes_beyond_the_cap_by_its_keys(small: Small):
    assert await small.status("CreateIndex", fields=["name"]) == 200
    record = {"name": "x" * 100}
    statuses = await asyncio.gather(*(small.status("Create", record=record) for _ in range(40)))
    assert set(statuses) == {200, 402}
    assert await small.number(HELD) == await small.number(COUNTED) <= BYTES
    one = await small.number(COUNTED) // statuses.count(200)
    assert await small.number(COUNTED) + one > BYTES

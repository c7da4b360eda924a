"""What a project may keep, through the front door: to the last record, and never more than allowed."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings
from cloud import LocalCloud
from database import database
from eventually import eventually
from signed_in import Person

RECORDS, BYTES = 5, 2_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "prices.toml").write_text(f"[tiers.free]\nstored_records = {RECORDS}\nstored_bytes = {BYTES}\n")
    return Settings(home=home, port=0, database_url=database.url(home))


class Small:
    """A project of the free tier."""

    def __init__(self, cloud: LocalCloud, key: str) -> None:
        self.cloud, self.headers = cloud, {"Authorization": f"Bearer {key}"}

    async def post(self, path: str, **request: Any) -> httpx.Response:
        return await self.cloud.post(path, request, headers=self.headers)

    async def call(self, path: str, **request: Any) -> dict[str, Any]:
        response = await self.post(path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    async def create(self, **record: Any) -> int:
        return (await self.post("db/Create", table="t", record=record)).status_code

    async def kept(self) -> tuple[int, int]:
        storage = await self.call("usage/Storage")
        return storage["records"], storage["bytes"]


@pytest.fixture
async def small(local_cloud: LocalCloud) -> Small:
    application = local_cloud.application
    await application.books.open("prj_small", "free")
    await application.books.grant("prj_small", Movement(amount=usd("1"), reason="a test"))
    key, _ = await application.keyring.create("prj_small", "", ("*", "usage"), None)
    return Small(local_cloud, key)


async def test_a_tier_says_how_many_records_a_project_keeps(small: Small):
    many = await asyncio.gather(*(small.create(number=number) for number in range(RECORDS * 2)))
    assert sorted(many) == [200] * RECORDS + [402] * RECORDS
    refused = await small.post("db/Create", table="t", record={})
    error = refused.json()
    assert (error["unit"], error["kept"], error["kept_max"]) == ("records", "5", "5")
    assert (error["retryable"], refused.headers["usage-cost"]) == (False, "0")
    assert "delete some" in error["detail"]
    assert (await small.call("db/Count", table="t"))["count"] in (RECORDS, str(RECORDS))


async def test_what_is_deleted_makes_room_at_once(small: Small):
    ids = [(await small.call("db/Create", table="t", record={"n": n}))["id"] for n in range(RECORDS)]
    assert await small.create(n=6) == 402
    await small.call("db/Delete", table="t", id=ids[0])
    assert await small.create(n=6) == 200
    assert (await small.kept())[0] == RECORDS


async def test_bytes_are_bounded_whatever_adds_them(small: Small):
    large = "é" * (BYTES // 4)  # two bytes each
    assert await small.create(id="a", text=large) == 200
    assert await small.create(id="b", text=large) == 402
    grown = await small.post("db/Update", table="t", record={"id": "a", "text": large * 2})
    assert (grown.status_code, grown.json()["unit"]) == (402, "bytes")
    assert (await small.post("cache/Set", key="k", value="x" * BYTES)).status_code == 402
    assert (await small.post("event/Publish", topic="t", message={"x": "y" * BYTES})).status_code == 402
    await small.call("db/Update", table="t", record={"id": "a", "text": ""})
    assert await small.create(id="b", text=large) == 200


async def test_a_batch_is_kept_whole_or_not_at_all(small: Small):
    over = await small.post("db/CreateBatch", table="t", records=[{"n": n} for n in range(RECORDS + 1)])
    assert over.status_code == 402
    assert await small.kept() == (0, 0)


async def test_the_count_is_right_whatever_was_done(small: Small):
    await small.call("db/Create", table="t", record={"id": "a", "x": "é"})
    await small.call("db/Create", table="t", record={"id": "b"})
    await small.call("db/Update", table="t", record={"id": "a", "x": "longer"})
    await small.call("cache/Set", key="k", value="v")
    await small.call("cache/Set", key="k", value="vv")
    await small.call("cache/Increment", key="n", value=10)
    await small.call("event/Publish", topic="t", message={"a": 1})
    storage = await small.call("usage/Storage")
    assert storage["services"] == [
        {"service": "cache", "records": 2, "bytes": len("kvv") + len("n10")},
        {"service": "db", "records": 2, "bytes": len('{"id":"a","x":"longer"}') + len('{"id":"b"}')},
        {"service": "event", "records": 1, "bytes": len('{"a":1}')},
    ]
    assert (storage["records"], storage["records_max"], storage["bytes_max"]) == (5, RECORDS, BYTES)
    await small.call("cache/Delete", key="k")
    await small.call("cache/Delete", key="n")
    await small.call("db/DeleteBatch", table="t", ids=["a", "b", "c"])
    assert [each["service"] for each in (await small.call("usage/Storage"))["services"]] == ["event"]


@pytest.mark.parametrize("empty", ["Truncate", "DropTable"])
async def test_an_emptied_table_makes_room_as_its_rows_go(small: Small, empty: str):
    for number in range(RECORDS):
        assert await small.create(n=number) == 200
    await small.call(f"db/{empty}", table="t")

    async def gone() -> bool:
        return await small.kept() == (0, 0)

    await eventually(gone)


async def test_rows_deleted_by_a_query_are_counted(small: Small):
    for number in range(RECORDS):
        assert await small.create(n=number) == 200
    await small.call("db/DeleteBatch", table="t", query="n >= 1")
    assert (await small.kept())[0] == 1
    await small.call("db/CreateIndex", table="t", fields=["n"])
    await small.call("db/DeleteBatch", table="t", query="n == 0")
    assert await small.kept() == (0, 0)


async def test_another_tier_holds_at_once(local_cloud: LocalCloud):
    ada = await Person.of(local_cloud, "ada")
    project = await ada.project()
    key = (await ada.call("key/Create", {"project": project, "scopes": ["*"]}))["key"]
    await local_cloud.application.books.grant(ada.account, Movement(amount=usd("1"), reason="a test"))
    hers = Small(local_cloud, key)
    for number in range(RECORDS + 1):  # of the tier of who runs the cloud
        assert await hers.create(n=number) == 200
    await local_cloud.call("admin/SetTier", {"account": ada.account, "tier": "free"})
    assert await hers.create(n=6) == 402
    await local_cloud.call("admin/SetTier", {"account": ada.account, "tier": "business"})
    assert await hers.create(n=6) == 200


async def test_test_data_is_counted_apart(small: Small):
    keyring = small.cloud.application.keyring
    key, _ = await keyring.create("prj_small", "", ("*",), None, environment="test")
    test = Small(small.cloud, key)
    for number in range(RECORDS):
        assert await test.create(n=number) == 200
    assert await test.create(n=5) == 402
    assert await small.create(n=0) == 200
    assert (await small.kept())[0] == 1
    assert (await small.call("usage/Storage", environment="test"))["records"] == RECORDS


async def test_who_runs_the_cloud_keeps_what_they_like(local_cloud: LocalCloud):
    for number in range(RECORDS + 1):
        await local_cloud.call("db/Create", {"table": "t", "record": {"n": number}})
    storage = await local_cloud.call("usage/Storage")
    assert (storage["records"], storage["records_max"]) == (RECORDS + 1, None)

import asyncio
import tracemalloc
from typing import Any
from uuid import UUID

import msgspec
import pytest
from desk import Desk

from brickyard.contract import BadRequest, Conflict


async def test_a_batch_is_kept_in_its_order(desk: Desk):
    reply = await desk.call("create_batch", table="t", records=[{"id": "b"}, {"a": 1}, {"id": "a"}])
    first, made_up, last = reply["ids"]
    assert (first, last) == ("b", "a")
    assert UUID(made_up)
    assert await desk.ids("t") == reply["ids"]


@pytest.mark.parametrize("bad", [{"id": "taken"}, {"id": "new"}, {"email": "x"}, {"a": "\0"}])
async def test_of_a_batch_with_a_fault_nothing_is_kept(desk: Desk, bad: dict[str, object]):
    await desk.call("create_index", table="t", fields=["email"], unique=True)
    await desk.create("t", {"id": "taken", "email": "x"})
    with pytest.raises((Conflict, BadRequest)) as caught:
        await desk.call("create_batch", table="t", records=[{"id": "new"}, {"a": 1}, bad])
    if isinstance(caught.value, BadRequest):
        assert caught.value.faults[0].pointer == "/records/2"
    assert await desk.ids("t") == ["taken"]
    assert desk.rows("db_index_entries") == 1


async def test_a_batch_has_one_to_a_thousand_records(desk: Desk):
    assert len((await desk.call("create_batch", table="t", records=[{}] * 1_000))["ids"]) == 1_000
    for number in (0, 1_001):
        with pytest.raises(msgspec.ValidationError):
            await desk.call("create_batch", table="t", records=[{}] * number)


async def test_records_are_deleted_by_their_ids(desk: Desk):
    await desk.create("t", *({"id": each} for each in "abcd"))
    assert await desk.call("delete_batch", table="t", ids=["b", "d", "b", "none"]) == {"deleted": 2}
    assert await desk.ids("t") == ["a", "c"]


async def test_records_are_deleted_by_a_query(desk: Desk):
    await desk.call("create_index", table="t", fields=["a"])
    await desk.create("t", *({"id": str(number), "a": number} for number in range(6)))
    assert await desk.call("delete_batch", table="t", query="a >= 2 and a != 4") == {"deleted": 3}
    assert await desk.ids("t") == ["0", "1", "4"]
    assert desk.rows("db_index_entries") == 3


async def test_what_is_deleted_a_few_at_a_time_is_deleted_as_a_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.services.db.writing.CHUNK_BYTES", 100)
    await desk.call("create_index", table="t", fields=["a"], unique=True)
    await desk.create("t", *({"id": str(number), "a": number} for number in range(40)))
    assert await desk.call("delete_batch", table="t", query="a != 7 and a < 30") == {"deleted": 29}
    assert await desk.ids("t") == ["7", *(str(number) for number in range(30, 40))]
    assert desk.rows("db_index_entries") == desk.rows("db_unique_keys") == 11
    assert await desk.call("delete_batch", table="t", query="a < 7") == {"deleted": 0}


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(
    "which", [{"query": "a >= 0"}, {"ids": [str(number) for number in range(24)]}], ids=["query", "ids"]
)
async def test_large_records_are_never_all_in_memory_to_be_deleted(
    desk: Desk, which: dict[str, Any], *, indexed: bool
):
    if indexed:
        await desk.call("create_index", table="t", fields=["a"])
    text = "x" * 1_000_000
    await desk.create("t", *({"id": str(number), "a": number, "text": text} for number in range(24)))
    tracemalloc.start()
    try:
        assert await desk.call("delete_batch", table="t", **which) == {"deleted": 24}
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8 * len(text)
    assert desk.rows("db_records") + desk.rows("db_index_entries") == 0


async def test_a_query_deletes_the_oldest_thousand(desk: Desk):
    for start in (0, 600):
        records = [{"id": str(start + number)} for number in range(600)]
        await desk.call("create_batch", table="t", records=records)
    assert await desk.call("delete_batch", table="t", query="none is null") == {"deleted": 1_000}
    assert await desk.ids("t", limit=1) == ["1000"]
    assert await desk.call("delete_batch", table="t", query="none is null") == {"deleted": 200}


async def test_what_to_delete_must_be_said_in_one_way(desk: Desk):
    await desk.create("t", {"id": "1"})
    for fields in ({}, {"query": "  "}, {"ids": ["1"], "query": "a is null"}):
        await desk.refused(BadRequest, "delete_batch", table="t", **fields)
    assert await desk.ids("t") == ["1"]


async def test_a_record_changed_meanwhile_so_that_it_no_longer_matches_is_spared(desk: Desk):
    await desk.call("create_batch", table="t", records=[{"id": str(number), "a": 1} for number in range(300)])
    changes = [desk.call("update", table="t", id=str(number), record={"a": 2}) for number in range(300)]
    deletion = desk.call("delete_batch", table="t", query="a == 1")
    reply, *_ = await asyncio.gather(deletion, *changes, return_exceptions=True)
    left = await desk.read("t", limit=1_000)
    assert {record["a"] for record in left} <= {2}
    assert len(left) + reply["deleted"] == 300

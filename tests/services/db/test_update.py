import asyncio

import pytest
from desk import Desk

from brickyard.contract import BadRequest, Conflict, NotFound

JANE = {"id": "1", "name": "Jane", "age": 42, "address": {"city": "Oslo", "zip": "0150"}, "tags": ["a", "b"]}


@pytest.fixture
async def jane(desk: Desk) -> Desk:
    await desk.create("t", JANE)
    return desk


async def only(desk: Desk) -> dict[str, object]:
    (record,) = await desk.read("t")
    return record


async def test_given_fields_replace_those_there_and_the_others_stay(jane: Desk):
    assert await jane.call("update", table="t", record={"id": "1", "age": 43, "address": {}}) == {}
    assert await only(jane) == {**JANE, "age": 43, "address": {}}


async def test_a_field_can_be_set_to_null(jane: Desk):
    await jane.call("update", table="t", id="1", record={"name": None})
    assert await only(jane) == {**JANE, "name": None}


async def test_a_record_that_is_not_there_is_not_found(jane: Desk):
    await jane.refused(NotFound, "update", table="t", id="2", record={"age": 1})
    await jane.refused(NotFound, "update", table="none", id="1", record={"age": 1})


async def test_which_record_and_what_to_change_must_be_said(jane: Desk):
    assert (await jane.refused(BadRequest, "update", table="t", record={"age": 1})).faults[0].pointer == "/id"
    await jane.refused(BadRequest, "update", table="t", record={"id": 1})
    assert "nothing to change" in (await jane.refused(BadRequest, "update", table="t", id="1")).detail


async def test_another_id_in_the_record_does_not_move_it(jane: Desk):
    await jane.call("update", table="t", id="1", record={"id": "other"})
    assert await only(jane) == {**JANE, "id": "other", "_id": "1"}
    await jane.call("update", table="t", id="1", record={"id": "1"})
    assert await only(jane) == JANE
    await jane.call("update", table="t", id="1", unset=["id"])
    assert await only(jane) == JANE


async def test_paths_are_set_and_removed(jane: Desk):
    await jane.call(
        "update",
        table="t",
        id="1",
        set={"address.city": "Bergen", "tags[0]": "x", "tags[2]": "c", "new.deep[0].er": 1, '["a.b"]': True},
        unset=["address.zip", "name", "not.there", "tags[9]", "age.x"],
    )
    assert await only(jane) == {
        "id": "1",
        "age": 42,
        "address": {"city": "Bergen"},
        "tags": ["x", "b", "c"],
        "new": {"deep": [{"er": 1}]},
        "a.b": True,
    }
    await jane.call("update", table="t", id="1", unset=["tags[0]"])
    assert (await only(jane))["tags"] == ["b", "c"]
    await jane.call("update", table="t", id="1", unset=["tags[0]", "tags[0]"])
    assert (await only(jane))["tags"] == []


async def test_record_then_set_then_unset(jane: Desk):
    await jane.call(
        "update", table="t", record={"id": "1", "a": {"b": 1}}, set={"a.c": 2, "a.d": 3}, unset=["a.d"]
    )
    assert (await only(jane))["a"] == {"b": 1, "c": 2}


@pytest.mark.parametrize("path", ["name.x", "tags.x", "address[0]", "tags[3]", "age[0].b"])
async def test_a_path_that_finds_no_place_is_a_conflict_and_changes_nothing(jane: Desk, path: str):
    refusal = await jane.refused(Conflict, "update", table="t", id="1", set={"address.city": "x", path: 1})
    assert path in refusal.detail
    assert await only(jane) == JANE


@pytest.mark.parametrize("path", ["", "a..b", "a[", "a b", "[0]", "a; drop table db_records", "a.-1", "'a'"])
async def test_a_path_that_is_none_is_refused_where_it_stands(jane: Desk, path: str):
    set_refusal = await jane.refused(BadRequest, "update", table="t", id="1", set={path: 1})
    assert set_refusal.faults[0].pointer == f"/set/{path}"
    unset_refusal = await jane.refused(BadRequest, "update", table="t", id="1", unset=["age", path])
    assert unset_refusal.faults[0].pointer == "/unset/1"


async def test_a_version_asked_for_must_be_the_present_one(jane: Desk):
    assert await jane.call("update", table="t", id="1", record={"age": 1}, if_version=1) == {"version": 2}
    refusal = await jane.refused(Conflict, "update", table="t", id="1", record={"age": 2}, if_version=1)
    assert "version 2, not 1" in refusal.detail
    await jane.refused(Conflict, "delete", table="t", id="1", if_version=1)
    assert await jane.call("delete", table="t", id="1", if_version=2) == {}
    await jane.refused(Conflict, "delete", table="t", id="1", if_version=2)
    assert await jane.call("delete", table="t", id="1") == {}


async def test_of_many_who_change_the_same_version_one_succeeds(jane: Desk):
    async def attempt(number: int) -> bool:
        try:
            await jane.call("update", table="t", id="1", record={"age": number}, if_version=1)
        except Conflict:
            return False
        return True

    outcomes = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert outcomes.count(True) == 1
    assert (await only(jane))["age"] == outcomes.index(True)


async def test_updates_at_the_same_time_lose_nothing(jane: Desk):
    calls = (jane.call("update", table="t", id="1", set={f"counts.f{each}": each}) for each in range(30))
    await asyncio.gather(*calls)
    assert (await only(jane))["counts"] == {f"f{each}": each for each in range(30)}


async def test_a_record_cannot_grow_past_its_bounds(jane: Desk):
    await jane.refused(BadRequest, "update", table="t", id="1", record={"age": "x" * 1_048_576})
    assert await only(jane) == JANE

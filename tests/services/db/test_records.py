import re
from uuid import UUID

import msgspec
import pytest
from desk import Desk

from brickyard.contract import BadRequest, Conflict, NotFound
from brickyard.engines.clock import ManualClock
from brickyard.state import Engine

JANE = {"id": "1", "name": "Jane", "age": 42, "isActive": True}


async def test_a_record_kept_can_be_read(desk: Desk):
    assert await desk.call("create", table="example", record=JANE) == {"id": "1"}
    assert await desk.call("read", table="example", id="1") == {"records": [JANE]}
    assert await desk.call("read", table="example", query="age == 42") == {"records": [JANE]}


async def test_without_a_table_the_table_is_default(desk: Desk):
    await desk.call("create", record=JANE)
    assert await desk.read("default") == [JANE]
    assert await desk.call("list_tables") == {"tables": ["default"]}


async def test_table_names_differ_neither_by_case_nor_by_dashes(desk: Desk):
    await desk.create("My-Table", JANE)
    assert await desk.read("my_table") == [JANE]
    assert await desk.call("list_tables") == {"tables": ["my_table"]}


async def test_a_record_without_an_id_is_given_one_and_bears_it(desk: Desk):
    (row_id,) = await desk.create("t", {"name": "Jane"})
    assert UUID(row_id).version == 7
    assert await desk.read("t", id=row_id) == [{"id": row_id, "name": "Jane"}]


@pytest.mark.parametrize("own", [None, ""])
async def test_an_id_that_is_null_or_empty_is_none(desk: Desk, own: str | None):
    (row_id,) = await desk.create("t", {"id": own, "name": "Jane"})
    assert UUID(row_id)
    assert len(await desk.read("t", id=row_id)) == 1


async def test_the_requests_id_wins_and_the_records_own_stays(desk: Desk):
    assert await desk.call("create", table="t", record={"id": "own", "a": 1}, id="asked") == {"id": "asked"}
    assert await desk.read("t", id="asked") == [{"id": "own", "a": 1, "_id": "asked"}]
    assert await desk.read("t", id="own") == []
    assert await desk.read("t", query='id == "asked"') == [{"id": "own", "a": 1, "_id": "asked"}]


async def test_a_records_own_number_as_id_is_not_lost(desk: Desk):
    (row_id,) = await desk.create("t", {"id": 7})
    assert await desk.read("t", id=row_id) == [{"id": 7, "_id": row_id}]


async def test_an_id_that_is_taken_is_a_conflict(desk: Desk):
    await desk.create("t", JANE)
    refusal = await desk.refused(Conflict, "create", table="t", record=JANE)
    assert "'1'" in refusal.detail
    assert await desk.read("t") == [JANE]


async def test_any_json_comes_back_as_it_went_in(desk: Desk):
    record = {
        "id": "1", "camelCase": [1, 2.5, None, {"x": [[]]}], "ünï": "\u2028 \U0001f600 \\ \" '", "": {"": ""},
        "big": 2**70, "small": 5e-324, "neg": -(2**63), "nested": {"id": 3, "_id": 4},
    }  # fmt: skip
    await desk.create("t", record)
    assert await desk.read("t", id="1") == [record]


async def test_records_come_in_the_order_in_which_they_were_made(desk: Desk):
    names = [str(number) for number in (5, 3, 9, 1)]
    await desk.create("t", *({"id": name} for name in names))
    assert await desk.ids("t") == names
    assert await desk.ids("t", order="desc") == names[::-1]
    assert await desk.ids("t", offset=1, limit=2) == names[1:3]


async def test_a_clock_that_goes_back_does_not_change_the_order(engine: Engine):
    clock = ManualClock()
    desk = Desk(engine, clock)
    await desk.create("t", {"id": "first"})
    clock.advance(-1_000)
    await desk.create("t", {"id": "second"})
    assert await desk.ids("t") == ["first", "second"]


async def test_a_page_has_100_records_unless_more_are_asked_for(desk: Desk):
    await desk.call("create_batch", table="t", records=[{} for _ in range(1_000)])
    await desk.create("t", {})
    assert len(await desk.read("t")) == 100
    assert len(await desk.read("t", limit=0)) == 100
    assert len(await desk.read("t", limit=1_000)) == 1_000
    with pytest.raises(msgspec.ValidationError):
        await desk.read("t", limit=1_001)


async def test_a_table_never_written_to_is_empty(desk: Desk):
    assert await desk.call("read", table="none") == {"records": []}
    assert await desk.call("read", table="none", id="1") == {"records": []}
    assert await desk.call("count", table="none") == {"count": 0}
    assert await desk.call("delete", table="none", id="1") == {}
    assert await desk.call("delete_batch", table="none", ids=["1"]) == {"deleted": 0}
    assert await desk.call("delete_batch", table="none", query="a == 1") == {"deleted": 0}
    assert await desk.call("truncate", table="none") == {}
    assert await desk.call("list_indexes", table="none") == {"indexes": []}
    assert await desk.call("list_tables") == {"tables": []}


async def test_deleting_is_for_good_and_can_be_repeated(desk: Desk):
    await desk.create("t", JANE)
    for _ in range(2):
        assert await desk.call("delete", table="t", id="1") == {}
    assert await desk.read("t") == []


async def test_all_are_counted_or_those_that_match(desk: Desk):
    await desk.create("t", {"a": 1}, {"a": 2}, {"b": 1})
    assert await desk.call("count", table="t") == {"count": 3}
    assert await desk.call("count", table="t", query="a >= 1") == {"count": 2}


async def test_meta_tells_versions_and_times(engine: Engine):
    clock = ManualClock(1_700_000_000)
    desk = Desk(engine, clock)
    await desk.create("t", JANE)
    clock.advance(1.5)
    await desk.call("update", table="t", id="1", record={"age": 43})
    expected = {
        "id": "1",
        "version": 2,
        "created_at": "2023-11-14T22:13:20.000000Z",
        "updated_at": "2023-11-14T22:13:21.500000Z",
    }
    for asked in ({"id": "1"}, {"query": "age == 43"}):
        reply = await desk.call("read", table="t", with_meta=True, **asked)
        assert reply == {"records": [{**JANE, "age": 43}], "meta": [expected]}


async def test_a_project_sees_nothing_of_another(engine: Engine):
    one, other = (Desk(engine, ManualClock(), project) for project in ("one", "other"))
    await one.create("t", JANE)
    await one.call("create_index", table="t", fields=["age"], unique=True)
    assert await other.call("list_tables") == {"tables": []}
    assert await other.read("t", id="1") == []
    await other.create("t", JANE)
    await other.call("truncate", table="t")
    await other.service.sweeper.finished()
    assert await one.read("t", query="age == 42") == [JANE]


async def test_too_large_too_deep_and_nul_are_refused(desk: Desk):
    nested: list[object] = []
    for _ in range(63):
        nested = [nested]
    for record, said in (
        ({"a": "x" * 1_048_576}, "1048576"),
        ({"a": nested}, "64 levels"),
        ({"a\0": 1}, "U+0000"),
        ({"a": "\0"}, "U+0000"),
    ):
        refusal = await desk.refused(BadRequest, "create", table="t", record=record)
        assert said in refusal.detail
        assert refusal.faults[0].pointer == "/record"
    await desk.create("t", {"id": "1", "a": nested[0]}, {"id": "2", "a": r"\u0000", "b": '[{"' * 100})
    assert await desk.ids("t") == ["1", "2"]


@pytest.mark.parametrize("given", ["x" * 257, "a\0b"])
async def test_an_id_has_its_bounds(desk: Desk, given: str):
    refusal = await desk.refused(BadRequest, "create", table="t", record={"id": given})
    assert refusal.faults[0].pointer == "/record/id"


@pytest.mark.parametrize(
    "name", ["a b", "a;drop table db_records", "a'--", 'a"', "ä", "../x", "a.b", "%", "a\n", "\0"]
)
async def test_a_table_name_that_is_none_is_refused_everywhere(desk: Desk, name: str):
    for method, fields in (
        ("create", {"record": {}}),
        ("read", {}),
        ("update", {"id": "1", "record": {"a": 1}}),
        ("delete", {"id": "1"}),
        ("truncate", {}),
        ("count", {}),
        ("drop_table", {}),
        ("create_batch", {"records": [{}]}),
        ("delete_batch", {"ids": ["1"]}),
        ("create_index", {"fields": ["a"]}),
        ("drop_index", {"name": "a"}),
        ("list_indexes", {}),
    ):
        refusal = await desk.refused(BadRequest, method, table=name, **fields)
        assert refusal.faults[0].pointer == "/table"
        assert re.search("letters", refusal.detail)
    refusal = await desk.refused(BadRequest, "rename_table", from_="t", to=name)
    assert refusal.faults[0].pointer == "/to"


async def test_a_renamed_table_keeps_its_records_and_indexes(desk: Desk):
    await desk.create("old", JANE)
    await desk.call("create_index", table="old", fields=["age"])
    assert await desk.call("rename_table", from_="old", to="New-1") == {}
    assert await desk.call("list_tables") == {"tables": ["new_1"]}
    assert await desk.read("new_1", query="age == 42") == [JANE]
    assert await desk.read("old") == []
    assert await desk.call("rename_table", from_="new_1", to="new_1") == {}


async def test_renaming_needs_a_table_and_a_free_name(desk: Desk):
    await desk.create("a", JANE)
    await desk.create("b", JANE)
    await desk.refused(Conflict, "rename_table", from_="a", to="b")
    await desk.refused(NotFound, "rename_table", from_="none", to="c")
    assert await desk.call("list_tables") == {"tables": ["a", "b"]}


async def test_a_dropped_table_is_gone_and_can_be_begun_anew(desk: Desk):
    await desk.create("t", JANE)
    await desk.call("create_index", table="t", fields=["age"], unique=True)
    assert await desk.call("drop_table", table="t") == {}
    assert await desk.call("list_tables") == {"tables": []}
    await desk.refused(NotFound, "drop_table", table="t")
    await desk.create("t", JANE, {**JANE, "id": "2"})
    assert await desk.ids("t") == ["1", "2"]

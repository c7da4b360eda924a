import asyncio
import contextlib
from typing import Any

import pytest
from desk import Desk

from brickyard.contract import BadRequest, Conflict, NotFound
from brickyard.services.db import tables
from brickyard.services.db.definition import IndexDefinition
from brickyard.services.db.indexing import CHUNK_RECORDS
from brickyard.services.db.order import parse_order
from brickyard.services.db.parser import parse_query
from brickyard.services.db.plan import plan
from brickyard.services.db.select import Selection, select_page
from cloud import LocalCloud

only_on_sqlite = pytest.mark.only_on("sqlite", "it looks at how SQLite does it")


async def index(desk: Desk, *fields: str, **options: Any) -> str:
    return (await desk.call("create_index", table="t", fields=list(fields), **options))["name"]


async def steps(desk: Desk, query: str, order: str = "") -> str:
    """Give SQLite's own account of how it would read the first page."""
    table = await tables.look_up(desk.sql, "t")
    assert table is not None
    selection = Selection(parse_query(query), parse_order(order, "asc"))
    chosen = plan(selection.condition, selection.order, table.indexes)
    statement = select_page(desk.sql.dialect, table, selection, chosen, limit=10, offset=0)
    rows = await desk.sql.rows(f"EXPLAIN QUERY PLAN {statement.text}", *statement.values)
    return "; ".join(row[3] for row in rows)


async def test_an_index_is_listed_and_can_be_dropped(desk: Desk):
    assert await index(desk, "age", "name desc") == "age_name_desc"
    assert await index(desk, "address.city", unique=True, name="where") == "where"
    age = {"name": "age_name_desc", "fields": ["age", "name desc"], "unique": False, "state": "ready"}
    city = {"name": "where", "fields": ["address.city"], "unique": True, "state": "ready"}
    assert await desk.call("list_indexes", table="t") == {"indexes": [age, city]}
    await desk.call("drop_index", table="t", name="where")
    assert await desk.call("list_indexes", table="t") == {"indexes": [age]}
    await desk.refused(NotFound, "drop_index", table="t", name="where")
    await desk.refused(NotFound, "drop_index", table="none", name="where")


@pytest.mark.parametrize(
    "fields",
    [
        ["é"],
        ['["$"]'],
        ["a"],
        ["A"],
        ["a.b"],
        ["a_b"],
        ["a", "b"],
        ['["a b"]'],
        ["a desc"],
        ["a_desc"],
        ["é", "a"],
    ],
)
async def test_an_index_without_a_name_gets_one_of_its_own(desk: Desk, fields: list[str]):
    others = [["a"], ["a.b"], ["a desc"], ["x" * 63], ["x" * 64]]
    names = [await index(desk, *each) for each in others]
    name = await index(desk, *fields)
    assert await index(desk, *fields) == name
    assert (name in names) is (fields in others)
    assert len({*names}) == len(others)
    await desk.call("drop_index", table="t", name=name)


async def test_to_ask_for_an_index_again_changes_nothing(desk: Desk):
    for _ in range(2):
        assert await index(desk, "age") == "age"
    assert len((await desk.call("list_indexes", table="t"))["indexes"]) == 1
    await desk.refused(Conflict, "create_index", table="t", fields=["age"], unique=True)
    await desk.refused(Conflict, "create_index", table="t", fields=["name"], name="age")


async def test_a_table_has_sixteen_indexes_at_most(desk: Desk):
    for number in range(16):
        await index(desk, f"f{number}")
    refusal = await desk.refused(Conflict, "create_index", table="t", fields=["more"])
    assert "16 indexes" in refusal.detail
    await desk.create("t", {f"f{number}": number for number in range(16)})
    assert desk.rows("db_index_entries") == 16


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [(["a", "b c"], "/fields/1"), (["a, b"], "/fields/0"), ([""], "/fields/0"), (["a", "a desc"], "/fields")],
)
async def test_fields_that_are_none_are_refused(desk: Desk, fields: list[str], pointer: str):
    refusal = await desk.refused(BadRequest, "create_index", table="t", fields=fields)
    assert refusal.faults[0].pointer == pointer


async def test_a_field_of_an_index_has_at_most_256_characters(local_cloud: LocalCloud):
    call = {"table": "t", "fields": ["b", "a" * 256], "name": "long"}
    await local_cloud.call("db/CreateIndex", call)
    refusal = await local_cloud.post("db/CreateIndex", {**call, "fields": ["b", "a" * 257], "name": "longer"})
    assert refusal.status_code == 400
    assert refusal.json()["errors"][0]["pointer"] == "/fields/1"


async def test_a_name_that_is_none_is_refused(desk: Desk):
    refusal = await desk.refused(BadRequest, "create_index", table="t", fields=["a"], name="a b")
    assert refusal.faults[0].pointer == "/name"


@only_on_sqlite
@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("age == 5", ""),
        ("age > 5 and age <= 7", "age, name desc"),
        ("age in (5, 6)", ""),
        ('age == 5 and name startswith "J"', ""),
        ("age is null", "name desc"),
        ("", "age, name desc"),
        ("", "age desc, name"),
        ("age == 5", "name desc"),
        ("colour == 1 and age == 5", ""),
    ],
)
async def test_an_index_is_used_where_it_helps(desk: Desk, query: str, order: str):
    await index(desk, "age", "name desc")
    taken = await steps(desk, query, order)
    assert "SEARCH e USING PRIMARY KEY (project=? AND index_id=? AND key>? AND key<?)" in taken
    assert "SEARCH r USING PRIMARY KEY (project=? AND table_id=? AND seq=?)" in taken
    assert "SCAN e" not in taken


@only_on_sqlite
@pytest.mark.parametrize(
    ("query", "order"), [("age == 5", "name desc"), ("", "age, name desc"), ("age == 5 and name == 'x'", "")]
)
async def test_an_index_that_has_the_order_spares_the_sorting(desk: Desk, query: str, order: str):
    await index(desk, "age", "name desc")
    assert "TEMP B-TREE" not in await steps(desk, query, order)


@only_on_sqlite
@pytest.mark.parametrize(
    "query", ["name == 'x'", "age == 5 or name == 'x'", "not age == 5", "age contains 5"]
)
async def test_an_index_is_left_where_it_does_not_help(desk: Desk, query: str):
    await index(desk, "age", "name desc")
    assert "SEARCH e" not in await steps(desk, query)


def test_the_index_that_fixes_most_is_chosen():
    indexes = tuple(
        IndexDefinition(number, str(number), fields, False, True)
        for number, fields in enumerate([("a",), ("a", "b"), ("c",), ("a", "d")])
    )
    chosen = plan(parse_query("a == 1 and b == 2 and c > 3"), (), indexes)
    assert chosen is not None
    assert chosen.index.fields == ("a", "b")
    assert plan(parse_query("z == 1"), (), indexes) is None


@only_on_sqlite
async def test_records_made_before_and_after_are_in_the_index(desk: Desk):
    before = [{"id": f"b{number}", "age": number % 7} for number in range(CHUNK_RECORDS * 2 + 3)]
    await desk.call("create_batch", table="t", records=before)
    await index(desk, "age")
    await desk.create("t", {"id": "after", "age": 3})
    expected = [record["id"] for record in before if record["age"] == 3] + ["after"]
    assert await desk.ids("t", query="age == 3", limit=1_000) == expected
    assert "SEARCH e" in await steps(desk, "age == 3")


async def test_changes_move_and_remove_entries(desk: Desk):
    await index(desk, "age")
    await desk.create("t", {"id": "1", "age": 1}, {"id": "2", "age": 2})
    await desk.call("update", table="t", id="1", record={"age": 2})
    assert await desk.ids("t", query="age == 1") == []
    assert await desk.ids("t", query="age == 2") == ["1", "2"]
    await desk.call("delete", table="t", id="1")
    await desk.call("delete_batch", table="t", ids=["2"])
    assert desk.rows("db_index_entries") == 0


async def test_long_strings_that_begin_alike_are_told_apart(desk: Desk):
    await index(desk, "a")
    await index(desk, "b", unique=True)
    stem = "x" * 200
    await desk.create("t", *({"id": end, "a": stem + end, "b": stem + end} for end in "cab"))
    assert await desk.ids("t", query=f'a == "{stem}a"') == ["a"]
    assert await desk.ids("t", query=f'a > "{stem}a"') == ["c", "b"]
    assert await desk.ids("t", query=f'a < "{stem}b"') == ["a"]
    assert await desk.ids("t", query=f'a startswith "{stem}"') == ["c", "a", "b"]
    await desk.refused(Conflict, "create", table="t", record={"b": stem + "a"})


async def test_a_unique_value_is_taken_once(desk: Desk):
    await index(desk, "email", unique=True)
    await desk.create("t", {"id": "1", "email": "a@x"})
    refusal = await desk.refused(Conflict, "create", table="t", record={"id": "2", "email": "a@x"})
    for said in ("index email", "email", "'1'"):
        assert said in refusal.detail
    assert await desk.ids("t") == ["1"]
    await desk.create("t", {"id": "2", "email": "b@x"})
    await desk.refused(Conflict, "update", table="t", id="2", record={"email": "a@x"})
    assert await desk.read("t", id="2") == [{"id": "2", "email": "b@x"}]
    await desk.call("update", table="t", id="1", record={"email": "a@x", "other": 1})
    await desk.call("update", table="t", id="1", record={"email": "c@x"})
    await desk.call("update", table="t", id="2", record={"email": "a@x"})


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1, 1.0, True),
        (1, "1", False),
        (True, 1, False),
        ([1], [1], True),
        ([1], [2], False),
        (None, None, False),
    ],
)
async def test_what_is_alike_to_a_unique_index(desk: Desk, one: Any, other: Any, alike: bool):  # noqa: FBT001 - a row of the table above
    await index(desk, "a", "b", unique=True)
    await desk.create("t", {"a": one, "b": 1})
    if alike:
        await desk.refused(Conflict, "create", table="t", record={"a": other, "b": 1})
    else:
        await desk.create("t", {"a": other, "b": 1})
    await desk.create("t", {"a": one, "b": 2}, {"b": 1}, {"b": 1})


async def test_a_deleted_records_unique_value_is_free_again(desk: Desk):
    await index(desk, "email", unique=True)
    for _ in range(2):
        await desk.create("t", {"id": "1", "email": "a@x"})
        await desk.call("delete", table="t", id="1")
    assert desk.rows("db_unique_keys") == 0


async def test_of_many_who_want_the_same_unique_value_one_succeeds(desk: Desk):
    await index(desk, "email", unique=True)

    async def attempt(number: int) -> bool:
        try:
            await desk.create("t", {"id": str(number), "email": "a@x"})
        except Conflict:
            return False
        return True

    outcomes = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert outcomes.count(True) == 1
    assert await desk.ids("t") == [str(outcomes.index(True))]


async def test_records_that_are_not_unique_prevent_the_index(desk: Desk):
    records = [{"id": str(number), "a": number % (CHUNK_RECORDS + 5)} for number in range(CHUNK_RECORDS * 2)]
    await desk.call("create_batch", table="t", records=records)
    refusal = await desk.refused(Conflict, "create_index", table="t", fields=["a"], unique=True)
    assert "'0'" in refusal.detail
    assert await desk.call("list_indexes", table="t") == {"indexes": []}
    await desk.service.sweeper.finished()
    assert desk.rows("db_unique_keys") + desk.rows("db_index_entries") + desk.rows("db_purges") == 0
    await desk.create("t", {"a": 0})


async def test_others_write_while_an_index_is_made(desk: Desk):
    await desk.call("create_batch", table="t", records=[{"a": number} for number in range(1_000)])
    making = asyncio.create_task(index(desk, "a"))
    written = 0
    while not making.done():
        await desk.create("t", {"a": -1})
        written += 1
    await making
    assert written > 1
    assert len(await desk.ids("t", query="a == -1", limit=1_000)) == written
    assert desk.rows("db_index_entries") == 1_000 + written


@only_on_sqlite
async def test_large_records_are_put_in_an_index_a_few_in_each_transaction(desk: Desk):
    text = "x" * 600_000
    await desk.create("t", *({"id": str(number), "a": number % 2, "text": text} for number in range(10)))
    commits: list[int] = []
    desk.engine._writer._connection.set_commit_hook(lambda: bool(commits.append(1)))
    await index(desk, "a")
    assert len(commits) == 1 + 5  # noting it, then two records each
    assert await desk.ids("t", query="a == 1") == list("13579")


async def test_an_index_left_half_made_is_not_used_and_is_completed_by_the_same_call(desk: Desk):
    await desk.call("create_batch", table="t", records=[{"a": 1} for _ in range(CHUNK_RECORDS * 3)])
    making = asyncio.create_task(index(desk, "a"))
    while desk.rows("db_index_entries") == 0:  # noqa: ASYNC110 - the moment is in the database alone
        await asyncio.sleep(0)
    making.cancel()
    await asyncio.wait([making])
    (listed,) = (await desk.call("list_indexes", table="t"))["indexes"]
    assert listed["state"] == "building"
    assert (await desk.call("count", table="t", query="a == 1"))["count"] == CHUNK_RECORDS * 3
    await index(desk, "a")
    (listed,) = (await desk.call("list_indexes", table="t"))["indexes"]
    assert listed["state"] == "ready"
    assert desk.rows("db_index_entries") == CHUNK_RECORDS * 3


async def test_an_index_dropped_while_it_is_made_is_a_conflict(desk: Desk):
    await desk.call("create_batch", table="t", records=[{"a": 1} for _ in range(CHUNK_RECORDS * 3)])
    making = asyncio.create_task(index(desk, "a"))
    while desk.rows("db_index_entries") == 0:  # noqa: ASYNC110 - the moment is in the database alone
        await asyncio.sleep(0)
    await desk.call("drop_index", table="t", name="a")
    with pytest.raises(Conflict, match="was dropped"):
        await making
    await desk.service.sweeper.finished()
    assert desk.rows("db_index_entries") == 0


async def test_an_index_dropped_while_reads_go_on_never_hides_a_record(desk: Desk):
    await desk.call("create_batch", table="t", records=[{"a": 1} for _ in range(50)])

    async def come_and_go() -> None:
        for _ in range(10):
            await index(desk, "a")
            await desk.call("drop_index", table="t", name="a")

    going = asyncio.create_task(come_and_go())
    while not going.done():
        with contextlib.suppress(Conflict):  # which says to try again
            assert len(await desk.ids("t", query="a == 1")) == 50
    await going


async def test_a_very_wide_range_is_read_in_the_order_of_insertion_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("brickyard.services.db.reading.PROBE_ENTRIES", 10)
    ids = [str(number) for number in range(40)]
    await desk.create("t", *({"id": each, "a": -int(each)} for each in ids))
    await index(desk, "a")
    assert await desk.ids("t", query="a <= 0", limit=5) == ids[:5]
    assert await desk.ids("t", query="a > -5", limit=10) == ids[:5]
    assert await desk.walk("t", query="a <= 0", limit=7) == ids


async def test_indexes_survive_a_truncation(desk: Desk):
    await index(desk, "a", unique=True)
    await desk.create("t", {"id": "1", "a": 1})
    await desk.call("truncate", table="t")
    await desk.create("t", {"id": "2", "a": 1})
    await desk.service.sweeper.finished()
    assert await desk.ids("t", query="a == 1") == ["2"]
    await desk.refused(Conflict, "create", table="t", record={"a": 1})


async def test_numbers_written_differently_are_alike_to_a_unique_index_and_lists_are_not(desk: Desk):
    await index(desk, "a", unique=True)
    await desk.create("t", {"a": 1}, {"a": [1]}, {"a": [1.0]})
    await desk.refused(Conflict, "create", table="t", record={"a": 1.0})

"""What projects keep is counted with what they write, and never goes beyond a cap."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import StorageFull
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.stored import Cap, size_of
from brickyard.state import Engine, state_of
from database import database

TOTAL = "SELECT kind, records, bytes FROM stored WHERE project = ?1 ORDER BY kind"
NOTES = ("CREATE TABLE notes (project TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (project, id))",)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    home = tmp_path / "home"
    home.mkdir()
    state = state_of(home, database.url(home))
    state.sql.migrate({"notes": NOTES})
    yield state.sql
    state.close()


async def keep(sql: Sql, number: int, size: int = 10, kind: str = "note") -> None:
    async def work(tx: Transaction) -> None:
        await tx.changed("INSERT INTO notes (project, id) VALUES (?1, ?2)", number)
        tx.keeps(kind, 1, size)

    await sql.transact(work)


async def drop(sql: Sql, number: int, size: int = 10) -> None:
    async def work(tx: Transaction) -> None:
        await tx.changed("DELETE FROM notes WHERE project = ?1 AND id = ?2", number)
        tx.keeps("note", -1, -size)

    await sql.transact(work)


async def test_kinds_are_counted_apart_and_projects_too(engine: Engine):
    ours, theirs = engine.bound("ours"), engine.bound("theirs")
    await asyncio.gather(keep(ours, 1), keep(ours, 2, 5, kind="other"), keep(theirs, 1, 7), keep(ours, 3))
    assert await ours.rows(TOTAL) == [("note", 2, 20), ("other", 1, 5)]
    assert await theirs.rows(TOTAL) == [("note", 1, 7)]
    await drop(ours, 1)
    assert await ours.rows(TOTAL) == [("note", 1, 10), ("other", 1, 5)]


async def test_what_is_undone_is_not_counted(engine: Engine):
    sql = engine.bound("p")

    async def fails(tx: Transaction) -> None:
        tx.keeps("note", 1, 10)
        raise LookupError

    results = await asyncio.gather(
        keep(sql, 1), sql.transact(fails), keep(sql, 2), keep(sql, 1), return_exceptions=True
    )
    assert [isinstance(each, Exception) for each in results] == [False, True, False, True]
    assert await sql.rows(TOTAL) == [("note", 2, 20)]


@pytest.mark.parametrize(("cap", "unit"), [(Cap(records=10), "records"), (Cap(bytes=105), "bytes")])
async def test_a_cap_is_hard_though_many_write_at_once(engine: Engine, cap: Cap, unit: str):
    engine.cap(lambda project: cap if project == "p" else None)
    sql, free = engine.bound("p"), engine.bound("free")
    results = await asyncio.gather(
        *(keep(sql, number) for number in range(40)),
        *(keep(free, number) for number in range(40)),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, StorageFull)]
    assert {each.unit for each in refused} == {unit}
    assert len(refused) == 30
    assert await sql.rows(TOTAL) == [("note", 10, 100)]
    assert len(await sql.rows("SELECT id FROM notes WHERE project = ?1")) == 10
    assert await free.rows(TOTAL) == [("note", 40, 400)]


async def test_what_takes_away_is_never_refused_and_makes_room(engine: Engine):
    sql = engine.bound("p")
    for number in range(3):
        await keep(sql, number)
    engine.cap(lambda _: Cap(records=1, bytes=10))  # lowered below what is there
    with pytest.raises(StorageFull) as full:
        await keep(sql, 4)
    assert (full.value.kept, full.value.kept_max) == (3, 1)
    for number in range(3):
        await drop(sql, number)
    await keep(sql, 5)


async def test_one_that_grows_in_bytes_alone_is_not_held_to_the_number_of_records(engine: Engine):
    engine.cap(lambda _: Cap(records=1, bytes=100))
    sql = engine.bound("p")
    await keep(sql, 1)
    engine.cap(lambda _: Cap(records=0, bytes=100))

    async def grow(tx: Transaction, by: int) -> None:
        tx.keeps("note", 0, by)

    await sql.transact(lambda tx: grow(tx, 90))
    with pytest.raises(StorageFull, match="bytes"):
        await sql.transact(lambda tx: grow(tx, 1))


async def test_two_gateways_hold_one_cap(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    both = [state_of(home, database.url(home)) for _ in range(2)]
    for state in both:
        state.sql.migrate({"notes": NOTES})
        state.sql.cap(lambda _: Cap(records=25))
    results = await asyncio.gather(
        *(keep(both[number % 2].sql.bound("p"), number) for number in range(80)), return_exceptions=True
    )
    assert sum(isinstance(each, StorageFull) for each in results) == 55
    assert await both[0].sql.bound("p").rows(TOTAL) == [("note", 25, 250)]
    for state in both:
        state.close()


@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
def test_the_size_of_a_text_is_that_of_its_utf8(text: str):
    assert size_of(text) == len(text.encode())

"""Queries mean the same in SQL as in plain Python, with indexes as without, page by page as at once."""

import asyncio
from pathlib import Path as Folder
from typing import Any
from uuid import uuid4

import pytest
from desk import Desk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import holds, in_order
from strategies import (
    condition,
    index_fields,
    narrow_condition,
    narrow_index,
    narrow_order,
    narrow_record,
    order,
    record,
)

from brickyard.engines.clock import ManualClock
from brickyard.services.db.order import Order, Term
from brickyard.services.db.parser import parse_query
from brickyard.services.db.query import Condition, written
from database import database

records = st.lists(record, min_size=1, max_size=12)
few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """One database for all examples: each is a project of its own."""
    home = tmp_path_factory.mktemp("meaning")
    engine = database.engine(home)
    Desk.migrate(engine)
    engine.close()
    return home


async def with_desk(home: Folder, work: Any) -> None:
    engine = database.engine(home)
    try:
        await work(Desk(engine, ManualClock(), uuid4().hex))
    finally:
        engine.close()


def order_text(terms: Order) -> str:
    return ", ".join(str(term) for term in terms)


@few
@given(records, st.lists(condition, min_size=1, max_size=8), st.lists(index_fields, max_size=3))
def test_a_query_finds_what_the_oracle_finds(
    home: Folder, made: list[dict[str, Any]], conditions: list[Condition], indexes: list[list[Term]]
) -> None:
    async def work(desk: Desk) -> None:
        ids = await desk.create("t", *made)
        await check(desk, ids)
        for number, fields in enumerate(indexes):
            await desk.call(
                "create_index", table="t", fields=[str(term) for term in fields], name=f"i{number}"
            )
        await check(desk, ids)

    async def check(desk: Desk, ids: list[str]) -> None:
        for each in conditions:
            expected = [
                row_id for row_id, content in zip(ids, made, strict=True) if holds(each, content, row_id)
            ]
            query = written(each)
            assert await desk.ids("t", query=query) == expected, query
            assert (await desk.call("count", table="t", query=query))["count"] == len(expected)

    asyncio.run(with_desk(home, work))


@few
@given(records, st.lists(order, min_size=1, max_size=5), st.lists(index_fields, max_size=3), condition)
def test_an_order_is_the_oracles_whole_or_in_pages(
    home: Folder,
    made: list[dict[str, Any]],
    orders: list[Order],
    indexes: list[list[Term]],
    narrowing: Condition,
) -> None:
    async def work(desk: Desk) -> None:
        rows = list(zip(await desk.create("t", *made), made, strict=True))
        await check(desk, rows)
        for number, fields in enumerate(indexes):
            await desk.call(
                "create_index", table="t", fields=[str(term) for term in fields], name=f"i{number}"
            )
        await check(desk, rows)

    async def check(desk: Desk, rows: list[tuple[str, dict[str, Any]]]) -> None:
        whole_indexes: list[Order] = [tuple(fields) for fields in indexes]
        for terms in orders + whole_indexes:
            for query, chosen in (
                ("", rows),
                (written(narrowing), [each for each in rows if holds(narrowing, each[1], each[0])]),
            ):
                expected = in_order(chosen, terms)
                assert await desk.ids("t", orderBy=order_text(terms), query=query) == expected
                assert await desk.walk("t", orderBy=order_text(terms), query=query, limit=2) == expected

    asyncio.run(with_desk(home, work))


@settings(parent=few, max_examples=100)
@given(
    st.lists(narrow_record, min_size=1, max_size=20),
    narrow_index,
    st.lists(narrow_condition, min_size=1, max_size=15),
    st.lists(narrow_order, min_size=1, max_size=3),
)
def test_an_index_changes_no_answer(
    home: Folder,
    made: list[dict[str, Any]],
    fields: list[Term],
    conditions: list[Condition],
    orders: list[Order],
) -> None:
    async def work(desk: Desk) -> None:
        await desk.call("create_index", table="t", fields=[str(term) for term in fields])
        ids = (await desk.call("create_batch", table="t", records=made))["ids"]
        rows = list(zip(ids, made, strict=True))
        for each in conditions:
            found = [row for row in rows if holds(each, row[1], row[0])]
            query = written(each)
            assert (await desk.call("count", table="t", query=query))["count"] == len(found), query
            for terms in (*orders, tuple(fields)):
                expected = in_order(found, terms)
                asked = {"query": query, "orderBy": order_text(terms)}
                assert await desk.ids("t", **asked) == expected, asked
                assert await desk.walk("t", **asked, limit=3) == expected, asked
            newest_first = [row_id for row_id, _ in reversed(found)]
            assert await desk.walk("t", query=query, order="desc", limit=3) == newest_first, query

    asyncio.run(with_desk(home, work))


@given(condition)
def test_a_written_query_reads_back_as_itself(made: Condition) -> None:
    text = written(made)
    assert written(parse_query(text) or made) == text

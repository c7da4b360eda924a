"""Writers take turns: a project with much to write does not make another wait for all of it."""

import asyncio
import time
from pathlib import Path

import msgspec
import pytest

from brickyard.engines.sql import Transaction
from brickyard.engines.sql import writer as writer_module
from brickyard.engines.sql.line import Line
from brickyard.engines.sql.sqlite import SqliteEngine


class Work(msgspec.Struct):
    project: str
    number: int


def test_projects_take_turns_and_each_keeps_its_order():
    line = Line[Work]()
    for number in range(4):
        line.add(Work("much", number))
    line.add(Work("little", 0))
    found = []
    while line:
        found.append(line.next())
    assert [(each.project, each.number) for each in found] == [
        ("much", 0),
        ("little", 0),
        ("much", 1),
        ("much", 2),
        ("much", 3),
    ]


async def test_one_commit_does_not_take_long_and_projects_share_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer_module, "WORK_S", 0.02)
    engine = SqliteEngine(tmp_path / "db")
    order: list[str] = []

    async def slow(_tx: Transaction, name: str) -> None:
        order.append(name)
        time.sleep(0.01)  # what dear work does to the one thread that writes  # noqa: ASYNC251

    much, little = engine.bound("much"), engine.bound("little")
    done: list[str] = []

    async def write(name: str) -> None:
        sql = much if name == "much" else little
        await sql.transact(lambda tx: slow(tx, name))
        done.append(name)

    await asyncio.gather(*(write("much") for _ in range(40)), write("little"))
    engine.close()
    assert len(order) == 41
    assert order.index("little") <= 3
    assert done.index("little") < 20  # it was told of long before all the others were written

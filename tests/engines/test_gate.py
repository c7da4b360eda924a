"""Writers of several processes take turns, and wait for none that stands still."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from brickyard.contract import Unavailable
from brickyard.engines.sql import gate
from brickyard.engines.sql.gate import Gate
from brickyard.engines.sql.sqlite import SqliteEngine
from eventually import eventually

pytestmark = pytest.mark.only_on("sqlite", "it is about its file")

TABLE = "CREATE TABLE things (project TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (project, id))"
INSERT = "INSERT INTO things (project, id) VALUES (?1, ?2)"
THINGS = "SELECT id FROM things WHERE project = ?1 ORDER BY id"

HOLDER = """
import signal, sys
from pathlib import Path
from brickyard.engines.sql.gate import Gate

Gate(Path(sys.argv[1]), print).enter()
print("in", flush=True)
signal.pause()
"""
WRITER = """
import asyncio, sys
from pathlib import Path
from brickyard.engines.sql.sqlite import SqliteEngine

async def main(file, name, count):
    engine = SqliteEngine(Path(file))
    sql = engine.bound("p")
    async def work(tx):
        ((number,),) = await tx.rows("SELECT count(*) FROM things WHERE project = ?1")
        await tx.changed("INSERT INTO things (project, id) VALUES (?1, ?2)", f"{number:05d} {name}")
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(int(count)):
        await sql.transact(work)
    engine.close()

asyncio.run(main(*sys.argv[1:]))
"""


def never() -> None:
    raise AssertionError("nobody stood still")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "things.db"


@pytest.fixture
def engine(path: Path) -> Iterator[SqliteEngine]:
    engine = SqliteEngine(path)
    engine.migrate({"things": (TABLE,)})
    yield engine
    engine.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "STUCK_S", 0.05)
    monkeypatch.setattr(gate, "LOOK_S", 0.01)


def writer(path: Path, number: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(number), str(count)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def is_waiting(path: Path) -> bool:
    """Whether somebody waits next to whoever has the turn."""
    with path.with_name(f"{path.name}-next").open("wb") as file:
        return not gate._take(file)


async def test_who_waits_comes_before_who_has_just_had_a_turn(path: Path):
    mine, theirs = Gate(path, never), Gate(path, never)
    order: list[str] = []

    def wait() -> None:
        theirs.enter()
        order.append("theirs")
        theirs.leave()

    for _ in range(50):
        mine.enter()
        waiting = threading.Thread(target=wait)
        waiting.start()
        await eventually(lambda: is_waiting(path))
        mine.leave()
        mine.enter()  # at once
        order.append("mine")
        mine.leave()
        waiting.join()
    assert order == ["theirs", "mine"] * 50
    mine.close()
    theirs.close()


def test_the_turn_of_one_who_is_killed_passes_on(path: Path):
    mine = Gate(path, never)
    for _ in range(5):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == "in\n"
        waiting = threading.Thread(target=mine.enter)
        waiting.start()
        holder.kill()
        waiting.join()
        mine.leave()
        holder.communicate()
    mine.close()


@pytest.mark.usefixtures("impatient")
async def test_while_another_stands_still_writes_are_refused_and_nothing_of_them_is_done(
    path: Path, engine: SqliteEngine
):
    sql, still = engine.bound("p"), Gate(path, never)
    still.enter()
    for number in range(3):
        writes = [sql.run(INSERT, f"refused {number} {each}") for each in range(5)]
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(each) for each in outcomes} == {Unavailable}
        assert "nothing was written" in str(outcomes[0])
    still.leave()
    await sql.run(INSERT, "a")
    assert await sql.rows(THINGS) == [("a",)]
    still.close()


@pytest.mark.usefixtures("impatient")
async def test_an_engine_closes_while_another_stands_still(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("brickyard.engines.sql.writer.CLOSE_LIMIT_S", 0.5)
    engine = SqliteEngine(path)
    engine.migrate({"things": (TABLE,)})
    still = Gate(path, never)
    still.enter()
    write = asyncio.ensure_future(engine.bound("p").run(INSERT, "a"))
    await eventually(lambda: engine._writer._gate._since_s is not None)
    await asyncio.to_thread(engine.close)
    with pytest.raises(Unavailable):
        await write
    still.leave()
    await asyncio.to_thread(engine._writer._thread.join)
    still.close()


async def test_everything_that_many_processes_write_at_once_is_written(path: Path, engine: SqliteEngine):
    writers, each = 4, 100
    processes = [writer(path, number, each) for number in range(writers)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.communicate("go\n", timeout=60)
        assert process.returncode == 0
    rows = [row[0] for row in await engine.bound("p").rows(THINGS)]
    assert [int(row.partition(" ")[0]) for row in rows] == list(range(writers * each))

"""How long `db` takes to read as a table grows: by id, by index, by scan. `python bench/db_scale.py`.

Calls are made on the service itself, one after the other, over the embedded engine in a temporary folder.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import msgspec

from brickyard.contract import Context, JsonObject
from brickyard.engines.clock import SystemClock
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.services.db.contract import (
    CountRequest,
    CreateBatchRequest,
    CreateIndexRequest,
    ReadRequest,
)
from brickyard.services.db.embedded import EmbeddedDb

CONTEXT = Context("req_bench", "bench", "key_bench", ("*",), "")
BATCH = 1_000
GROUPS = 100

Ask = Callable[[int], ReadRequest | CountRequest]
"""Makes the request about record number so and so."""


class Case(msgspec.Struct, frozen=True):
    """One kind of read."""

    name: str
    ask: Ask
    finds: int
    """Records (or the count) in each answer: a fast wrong answer is none."""
    runs: int
    """How many to take the median of."""


def record(number: int) -> JsonObject:
    """Make a record; `rank` and `email` are unique, the others repeat."""
    return {
        "id": f"r{number}",
        "email": f"user{number:07}@example.com",
        "rank": number * 10,
        "group": number % GROUPS,
        "name": f"Jane {number % 1_000}",
        "note": "some words that nobody looks for",
        "address": {"city": "Oslo", "zip": f"{number % 9_999:04}"},
    }


def cases(size: int) -> Iterator[Case]:
    """Give the kinds of read, for a table of `size` records."""
    page = min(25, size // GROUPS)
    yield Case("by id", lambda n: ReadRequest(table="t", id=f"r{n}"), 1, 2_000)
    yield Case("index: ==", lambda n: _query(f'email == "user{n:07}@example.com"'), 1, 500)
    yield Case(
        "index: in, 3 values", lambda n: _query(f"rank in ({n * 10}, 0, -1)"), 2 if size > 1 else 1, 500
    )
    yield Case("index: range of 10", lambda n: _query(f"rank >= {n * 10} and rank < {n * 10 + 100}"), 10, 500)
    yield Case("index: startswith", lambda n: _query(f'email startswith "user{n // 10:06}"'), 10, 500)
    yield Case(
        "index: composite, in its order",
        lambda n: ReadRequest(table="t", query=f"group == {n % GROUPS}", order_by="rank", limit=page),
        page,
        500,
    )
    yield Case(
        "index: orderBy desc",
        lambda n: ReadRequest(table="t", query=f"rank < {n * 10 + 100}", order_by="rank desc", limit=10),
        10,
        500,
    )
    yield Case("scan: count", lambda n: CountRequest(table="t", query=f'name == "Jane {n % 1_000}"'), -1, 5)
    yield Case("scan: none found", lambda _: _query('note == "nothing"'), 0, 5)


def _query(text: str) -> ReadRequest:
    return ReadRequest(table="t", query=text, limit=25)


async def load(db: EmbeddedDb, size: int) -> float:
    """Fill the table; returns the seconds taken."""
    began = time.perf_counter()
    for start in range(0, size, BATCH):
        records = [record(number) for number in range(start, min(start + BATCH, size))]
        await db.create_batch(CONTEXT, CreateBatchRequest(table="t", records=records))
    return time.perf_counter() - began


async def index(db: EmbeddedDb) -> float:
    """Make the indexes on the full table; returns the seconds taken."""
    began = time.perf_counter()
    await db.create_index(CONTEXT, CreateIndexRequest(table="t", fields=["email"], unique=True))
    await db.create_index(CONTEXT, CreateIndexRequest(table="t", fields=["rank"]))
    await db.create_index(CONTEXT, CreateIndexRequest(table="t", fields=["group", "rank"]))
    return time.perf_counter() - began


async def measure(db: EmbeddedDb, case: Case, size: int) -> float:
    """Give the median time of a kind of read in µs."""
    times: list[float] = []
    for number in random.Random(7).choices(range(max(size - 10, 1)), k=case.runs):
        request = case.ask(number - number % 10)
        began = time.perf_counter()
        found = await _answer(db, request)
        times.append((time.perf_counter() - began) * 1e6)
        if case.finds >= 0 and found != case.finds and number >= 10:
            raise SystemExit(f"{case.name}: {found} records found by {request}, not {case.finds}.")
    return median(times)


async def _answer(db: EmbeddedDb, request: ReadRequest | CountRequest) -> int:
    if isinstance(request, CountRequest):
        return (await db.count(CONTEXT, request)).count
    return len((await db.read(CONTEXT, request)).records)


async def measure_size(size: int, folder: Path) -> dict[str, float]:
    """Load a table of `size` records, and measure every kind of read of it."""
    engine = SqliteEngine(folder / f"{size}.db")
    engine.migrate({"db": EmbeddedDb.migrations})
    db = EmbeddedDb(engine.bound("bench"), SystemClock())
    try:
        loaded_s, indexed_s = await load(db, size), await index(db)
        print(f"{size} records: loaded in {loaded_s:.1f} s, three indexes made in {indexed_s:.1f} s")
        return {case.name: await measure(db, case, size) for case in cases(size)}
    finally:
        engine.close()


def table(measured: dict[int, dict[str, float]]) -> Iterator[str]:
    """Write the medians, and in brackets how many times the smallest table's they are."""
    smallest, *_ = measured.values()
    yield "| median µs | " + " | ".join(f"{size} records" for size in measured) + " |"
    yield "| --- |" + " ---: |" * len(measured)
    for name, least in smallest.items():
        cells = (f"{medians[name]:.0f} (x {medians[name] / least:.1f})" for medians in measured.values())
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Measure the sizes asked for on the command line, the smallest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000,1000000", help="numbers of records, with commas")
    sizes = sorted(int(size) for size in parser.parse_args().sizes.split(","))
    with tempfile.TemporaryDirectory(prefix="brickyard-db-scale-") as folder:
        measured = {size: asyncio.run(measure_size(size, Path(folder))) for size in sizes}
    print("\n".join(table(measured)))


if __name__ == "__main__":
    main()

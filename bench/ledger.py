"""How many calls one account can pay for in a second. `python bench/ledger.py`.

Calls are paid for at the till, over the embedded engine in a temporary folder. All of them are of one
account, one project and one key: nothing is spread.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from brickyard.contract import Money
from brickyard.engines.clock import SystemClock
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.platform.billing import audit
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.schema import MIGRATIONS
from brickyard.platform.billing.tab import Offer
from brickyard.platform.billing.till import Till

ACCOUNT = "acc_bench"
PRICE = Money(100_000)
OFFER = Offer(
    account=ACCOUNT,
    project="prj_bench",
    key_id="key_bench",
    endpoint="db.create",
    price=PRICE,
    price_version="bench",
)


async def main(calls: int, at_once: int) -> None:
    """Pay for `calls` calls, `at_once` at a time, and print what that took."""
    with tempfile.TemporaryDirectory(prefix="brickyard-ledger-") as folder:
        engine = SqliteEngine(Path(folder) / "books.db")
        engine.migrate({"billing": MIGRATIONS})
        clock = SystemClock()
        books = Books(engine.bound, clock)
        await books.top_up(ACCOUNT, Movement(amount=Money(PRICE * calls), reference="all of it"))

        till = Till(books, PriceList({}, {}, "bench"), clock)

        async def pay(_number: int) -> None:
            draw = await till.open(OFFER)
            draw.end(succeeded=True)
            await draw.tab.settled()

        print(f"{calls / await seconds(pay, calls, at_once):.0f} calls a second")
        await till.close()
        assert (await books.balance(ACCOUNT)).balance == 0
        assert not await books.write(ACCOUNT, audit.faults)
        engine.close()


async def seconds(step: Callable[[int], Awaitable[None]], calls: int, at_once: int) -> float:
    """Take a step for every call; gives how long that took."""
    numbers = iter(range(calls))

    async def worker() -> None:
        for number in numbers:
            await step(number)

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return time.perf_counter() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--at-once", type=int, default=200)
    options = parser.parse_args()
    asyncio.run(main(options.calls, options.at_once))

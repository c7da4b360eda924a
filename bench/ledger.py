"""How many calls one account can pay for in a second: hold, then settle. `python bench/ledger.py`.

Calls are paid for on the books themselves, over the embedded engine in a temporary folder. All of them are
of one account, one project and one key: nothing is spread, every one waits for the same rows.
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
from brickyard.platform.billing.holds import HoldRequest
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.schema import MIGRATIONS, NEVER_NS

ACCOUNT = "acc_bench"
PRICE = Money(100_000)


async def main(calls: int, at_once: int) -> None:
    """Pay for `calls` calls, `at_once` at a time, and print what that took."""
    with tempfile.TemporaryDirectory(prefix="brickyard-ledger-") as folder:
        engine = SqliteEngine(Path(folder) / "books.db")
        engine.migrate("billing", MIGRATIONS)
        books = Books(engine.bound, SystemClock())
        await books.top_up(ACCOUNT, Movement(amount=Money(PRICE * calls), reference="all of it"))

        async def hold(number: int) -> None:
            await books.hold(ACCOUNT, request(number))

        async def settle(number: int) -> None:
            await books.settle(ACCOUNT, str(number), PRICE)

        for step in (hold, settle):
            print(f"{step.__name__}: {calls / await seconds(step, calls, at_once):.0f} a second")
        assert (await books.balance(ACCOUNT)).balance == 0
        assert not await books.write(ACCOUNT, audit.faults)
        engine.close()


def request(number: int) -> HoldRequest:
    """Make the request for the hold of a call."""
    return HoldRequest(
        id=str(number),
        project="prj_bench",
        key_id="key_bench",
        endpoint="db.create",
        amount_max=PRICE,
        price_version="bench",
        expires_ns=NEVER_NS,
    )


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

"""A process that makes calls on one account as fast as it can; prints how many it could pay for.

Run as: buyer.py FILE NAME CALLS
"""

import asyncio
import sys
from pathlib import Path

from purse import ACCOUNT, ENDPOINT, FAR_NS, KEY, PROJECT

from brickyard.contract import PaymentRequired, Unavailable, usd
from brickyard.engines.clock import SystemClock
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.holds import HoldRequest

PRICE = usd("0.01")
AT_ONCE = 16


async def buy(books: Books, name: str) -> bool:
    """Make one call; whether it could be paid for. Where the store was busy, it is made again."""
    request = HoldRequest(
        id=name,
        project=PROJECT,
        key_id=KEY,
        endpoint=ENDPOINT,
        amount_max=PRICE,
        price_version="v1",
        expires_ns=FAR_NS,
    )
    try:
        hold = await books.hold(ACCOUNT, request)
        return (await books.settle(ACCOUNT, hold.id, PRICE)).captured == PRICE
    except PaymentRequired:
        return False
    except Unavailable:
        return await buy(books, f"{name}+")


async def main(file: str, name: str, calls: int) -> None:
    engine = SqliteEngine(Path(file))
    books = Books(engine.bound, SystemClock())
    numbers = iter(range(calls))

    async def worker() -> int:
        return sum([await buy(books, f"{name}_{number}") for number in numbers])

    paid = await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    print(sum(paid))  # noqa: T201 - what whoever started it waits for
    engine.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

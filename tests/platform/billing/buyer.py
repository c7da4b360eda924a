"""A process that makes calls on one account as fast as it can; prints how many it could pay for.

Run as: buyer.py FILE CALLS
"""

import asyncio
import sys
from pathlib import Path

from purse import ACCOUNT, ENDPOINT, KEY, PROJECT

from brickyard.contract import PaymentRequired, Unavailable, usd
from brickyard.engines.clock import SystemClock
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.tab import Offer
from brickyard.platform.billing.till import Till

PRICE = usd("0.01")
AT_ONCE = 16


OFFER = Offer(
    account=ACCOUNT, project=PROJECT, key_id=KEY, endpoint=ENDPOINT, price=PRICE, price_version="v1"
)


async def buy(till: Till) -> bool:
    """Make one call; whether it could be paid for. Where the store was busy, it is made again."""
    try:
        draw = await till.open(OFFER)
    except PaymentRequired:
        return False
    except Unavailable:
        return await buy(till)
    draw.end(succeeded=True)
    await draw.tab.settled()
    return True


async def main(file: str, calls: int) -> None:
    engine = SqliteEngine(Path(file))
    clock = SystemClock()
    till = Till(Books(engine.bound, clock), PriceList({}, {}, "v1"), clock)
    numbers = iter(range(calls))

    async def worker() -> int:
        return sum([await buy(till) for _ in numbers])

    paid = await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    print(sum(paid))  # noqa: T201 - what whoever started it waits for
    await till.close()
    engine.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))

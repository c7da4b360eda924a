"""Eight gateways on one database sell what an account can pay for, and no call more."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import load
from audit import read_all
from brickyard.app import Application
from brickyard.contract import Money, usd
from brickyard.platform.billing import caps
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings
from cloud import ProcessCloud, gateways
from database import database

GATEWAYS, CALLERS = 8, 4
CALLS = 400
PRICE = usd("0.0001")
"""Of `db/Create`."""


async def customers_key(home: Path, *, capped: bool) -> str:
    """Give the key of one who can pay for so many calls, by balance or by the project's cap."""
    application = Application(Settings(home=home, database_url=database.url(home)))
    key, _ = await application.keyring.create("prj_customer", "", ("*", "billing"), None)
    await application.books.open("prj_customer", "business")
    enough = 1_000 if capped else 1
    gift = Movement(amount=usd(str(enough * CALLS / 10_000)), reference="gift", reason="a test")
    await application.books.grant("prj_customer", gift)
    if capped:
        cap = CALLS * PRICE
        await application.books.write(
            "prj_customer", lambda transaction: caps.put(transaction, "prj_customer", "", Money(cap))
        )
    application.close()
    return key


class Customer:
    """Calls until nothing can be paid for any more."""

    def __init__(self, cloud: ProcessCloud, key: str, number: int) -> None:
        self._cloud, self._key, self._number = cloud, key, number
        self.made: list[str] = []

    async def spend(self) -> None:
        line = await load.Line.to(self._cloud.address, self._key)
        while True:
            name = f"{self._number}-{len(self.made)}"
            status, reply = await line.call("db/Create", {"table": "t", "record": {"id": name}})
            if status != 200:
                assert status == 402, reply
                break
            self.made.append(name)
        line.close()


@pytest.mark.parametrize("bound", ["balance", "cap"])
async def test_eight_gateways_sell_exactly_what_can_be_paid_for(tmp_path: Path, bound: str):
    capped = bound == "cap"
    key = await customers_key(tmp_path / "home", capped=capped)
    clouds = gateways(tmp_path, GATEWAYS)
    with ThreadPoolExecutor(GATEWAYS) as threads:
        list(threads.map(ProcessCloud.start, clouds))
    customers = [Customer(each, key, n) for n, each in enumerate(clouds * CALLERS)]
    await asyncio.gather(*(customer.spend() for customer in customers))
    made = sorted(name for customer in customers for name in customer.made)
    assert len(made) == CALLS
    for each in clouds:
        each.stop()
    with clouds[0] as cloud:
        cloud.client.headers["Authorization"] = f"Bearer {key}"
        assert sorted(record["id"] for record in read_all(cloud, "t")) == made
        left = usd(cloud.call("billing/Balance")["balance"])
        assert left == (usd("40") - CALLS * PRICE if capped else 0)

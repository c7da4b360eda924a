"""Frankfurter: rates of the European Central Bank, without a key."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Failure, Freshness, Received, by_status
from brickyard.services.currency.port import Rates, Table, TableAsk

URL = "https://api.frankfurter.dev/v2"
BASE = "EUR"


class Rate(msgspec.Struct):
    """A row of what it answers (`/v2/rates`): what a unit of the base is worth in one currency."""

    date: date
    quote: str
    rate: Decimal


@dataclass(frozen=True)
class Frankfurter(Adapter, Rates):
    """Rates of the euro, of each working day since 1999-01-04."""

    about = About(
        title="Frankfurter",
        docs="https://frankfurter.dev",
        source="European Central Bank, euro foreign exchange reference rates",
        licence="free to use with attribution (ECB); the API is open source (MIT)",
        hosts=("https://api.frankfurter.dev",),
        freshness={"table": Freshness(fresh_s=900, stale_s=7 * 86_400)},
    )

    async def table(self, ask: TableAsk) -> Table:
        """Give a day's rates; see the port.

        Of all its sources together a rate is a mean, which nobody has published: one is named. What had no
        rate that day has an older one in the answer, of up to two weeks before: that is left out.
        """
        query = {"base": BASE, "providers": "ECB", "date": None if ask.day is None else f"{ask.day}"}
        rows = (await self.http.get(f"{URL}/rates", query)).read(list[Rate])
        if not rows:
            raise Failure("garbage" if ask.day is None else "not found", "There are no rates of that day.")
        day = max(each.date for each in rows)
        return Table(base=BASE, day=day, rates={each.quote: each.rate for each in rows if each.date == day})

    async def check(self) -> None:
        """Ask for the newest rates."""
        await self.table(TableAsk())

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["message"]))

"""Frankfurter: rates of central banks, without a key."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from http import HTTPStatus

import msgspec

from brickyard.providers import About, Adapter, Failure, Freshness, Received, by_status
from brickyard.services.currency.port import Rates, Table, TableAsk

URL = "https://api.frankfurter.dev/v1"


class Published(msgspec.Struct):
    """What it answers (`/v1/latest`, `/v1/2021-05-30`)."""

    base: str
    date: date
    rates: dict[str, Decimal]


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
        """Give a day's rates; see the port."""
        received = await self.http.get(f"{URL}/{ask.day or 'latest'}")
        published = received.read(Published)
        return Table(base=published.base, day=published.date, rates=published.rates)

    async def check(self) -> None:
        """Ask for the newest rates."""
        await self.table(TableAsk())

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: a day before the first is one that is not found."""
        if received.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return Failure("not found", "There are no rates of that day.")
        return by_status(received, lambda received: received.read(dict[str, str])["message"])

"""Open Exchange Rates: some 170 currencies, hourly, with a key."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Freshness, Received, Secret, by_status
from brickyard.services.currency.port import Rates, Table, TableAsk

URL = "https://openexchangerates.org/api"
FIRST_DAY = datetime(1999, 1, 1, tzinfo=UTC).date()
KINDS = {
    "invalid_app_id": "auth",
    "missing_app_id": "auth",
    "not_allowed": "quota",
    "access_restricted": "quota",
}


class OpenExchangeRatesCredentials(Credentials):
    """An account at Open Exchange Rates."""

    app_id: Secret
    """The App ID, from the account's dashboard."""


class Published(msgspec.Struct):
    """What it answers (`latest.json`, `historical/2021-05-30.json`)."""

    timestamp: int
    base: str
    rates: dict[str, Decimal]


@dataclass(frozen=True)
class OpenExchangeRates(Adapter, Rates):
    """Rates of the dollar, of each day since 1999-01-01."""

    about = About(
        title="Open Exchange Rates",
        docs="https://docs.openexchangerates.org",
        source="blended from several commercial and official sources",
        licence="Open Exchange Rates' terms of service; a free plan exists",
        hosts=("https://openexchangerates.org",),
        freshness={"table": Freshness(fresh_s=900, stale_s=7 * 86_400)},
    )

    credentials: OpenExchangeRatesCredentials

    async def table(self, ask: TableAsk) -> Table:
        """Give a day's rates; see the port."""
        if ask.day is not None and ask.day < FIRST_DAY:
            raise Failure("not found", f"There are no rates before {FIRST_DAY}.")
        file = "latest.json" if ask.day is None else f"historical/{ask.day}.json"
        received = await self.http.get(f"{URL}/{file}", {"app_id": self.credentials.app_id})
        published = received.read(Published)
        day = datetime.fromtimestamp(published.timestamp, UTC).date()
        return Table(base=published.base, day=ask.day or day, rates=published.rates)

    async def check(self) -> None:
        """Ask for the newest rates."""
        await self.table(TableAsk())

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its `message` is a word that says more than the status."""
        failure = by_status(received, lambda received: received.read(dict[str, Any])["description"])
        if failure is not None and (kind := _kind(received)):
            failure.kind = kind
        return failure


def _kind(received: Received) -> Any:
    try:
        return KINDS.get(received.read(dict[str, Any]).get("message", ""))
    except msgspec.MsgspecError:
        return None

"""What the `currency` service needs done: a table of rates, of the newest day or of one in the past."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from brickyard.contract import Request, Struct
from brickyard.providers import Port, task


class TableAsk(Request):
    """Which day's rates."""

    day: date | None = None
    """The day; None for the newest there is."""


class Table(Struct):
    """What a unit of one currency is worth in others."""

    base: str
    """The currency, by its ISO 4217 code."""
    day: date
    """Of which day the rates are: the one asked for, or the last before it on which there were any."""
    rates: dict[str, Decimal]
    """How much of each currency one unit of the base is, as published; the base itself may be missing."""


class Rates(Port):
    """Reference rates of currencies."""

    service: ClassVar[str] = "currency"

    @task(repeat="safe", limit_s=8)
    async def table(self, ask: TableAsk) -> Table:
        """Give a day's rates; a `Failure` of the kind `not found` if there are none that old."""
        ...

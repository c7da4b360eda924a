"""The `currency` service: conversions, in decimals, from a table of rates that somebody publishes."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from difflib import get_close_matches
from functools import cache

from brickyard.contract import BadRequest, Context
from brickyard.engines.clock import Clock
from brickyard.providers import Market
from brickyard.services.currency.contract import (
    CodeInfo,
    CodesReply,
    CodesRequest,
    ConvertReply,
    ConvertRequest,
    Currency,
    HistoryReply,
    HistoryRequest,
    RatesReply,
    RatesRequest,
)
from brickyard.services.currency.port import Rates, Table, TableAsk

DIGITS = 15
"""Significant digits of what is computed: as many as a double holds for certain."""
AMOUNT_MAX = 1e15
FIRST_YEAR = 1999
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class EmbeddedCurrency(Currency):
    """Rates and conversions."""

    market: Market[Rates]
    clock: Clock

    async def codes(self, context: Context, request: CodesRequest) -> CodesReply:
        """List the currencies there are rates of."""
        table = await self.market.by(context).table(TableAsk())
        names = _names()
        codes = sorted({table.base, *table.rates})
        return CodesReply(codes=[CodeInfo(name=code, currency=names.get(code, code)) for code in codes])

    async def rates(self, context: Context, request: RatesRequest) -> RatesReply:
        """Give the newest rates of a currency."""
        table = await self.market.by(context).table(TableAsk())
        code = _code(table, request.code, "/code")
        return RatesReply(code=code, rates=_all(table, code), date=table.day.isoformat())

    async def convert(self, context: Context, request: ConvertRequest) -> ConvertReply:
        """Convert an amount."""
        if not 0 <= request.amount < AMOUNT_MAX:
            raise BadRequest.at("/amount", "An amount is at least 0 and below 10^15.")
        table = await self.market.by(context).table(TableAsk())
        source, target = _code(table, request.from_, "/from"), _code(table, request.to, "/to")
        rate = _rate(table, source, target)
        with localcontext(prec=DIGITS):
            amount = Decimal(repr(request.amount)) * rate
        return ConvertReply(
            from_=source,
            to=target,
            rate=float(rate),
            amount=float(amount),
            date=table.day.isoformat(),
            exact_rate=f"{rate:f}",
            exact_amount=f"{amount:f}",
        )

    async def history(self, context: Context, request: HistoryRequest) -> HistoryReply:
        """Give the rates of a day in the past."""
        day = self._day(request.date)
        table = await self.market.by(context).table(TableAsk(day=day))
        code = _code(table, request.code, "/code")
        return HistoryReply(code=code, date=table.day.isoformat(), rates=_all(table, code))

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            raise BadRequest.at("/date", f"A date is like 2021-05-30, not {text!r}.")
        today = datetime.fromtimestamp(self.clock.now_ns() / 1e9, UTC).date()
        if not day.year >= FIRST_YEAR or day > today:
            raise BadRequest.at("/date", f"There are rates from 1999 to today, not of {text}.")
        return day


def _code(table: Table, text: str, pointer: str) -> str:
    code = text.strip().upper()
    if code == table.base or code in table.rates:
        return code
    near = get_close_matches(code, [*table.rates, table.base], 1)
    hint = f" Was it {near[0]}?" if near else " `currency/Codes` lists those there are."
    raise BadRequest.at(pointer, f"There is no rate of {text!r} on {table.day}.{hint}")


def _rate(table: Table, source: str, target: str) -> Decimal:
    """Give what a unit of one currency is in another: the quotient of two rates as they were published."""
    if source == target:
        return Decimal(1)
    one = Decimal(1)
    with localcontext(prec=DIGITS):
        return table.rates.get(target, one) / table.rates.get(source, one)


def _all(table: Table, code: str) -> dict[str, float]:
    return {each: float(_rate(table, code, each)) for each in sorted({table.base, *table.rates})}


@cache
def _names() -> dict[str, str]:
    import iso4217

    return {each.code: each.currency_name for each in iso4217.Currency}

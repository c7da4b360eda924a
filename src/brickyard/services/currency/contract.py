"""What the `currency` service promises."""

from typing import Annotated

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    NoProvider,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
    usd,
)

Code = Annotated[str, Meta(max_length=3)]


class CodesRequest(Request):
    """Nothing to say."""


class CodeInfo(Struct):
    """A currency."""

    name: str
    """Its ISO 4217 code, such as `USD`."""
    currency: str
    """What it is called in English."""


class CodesReply(Reply):
    """The currencies there are rates of."""

    codes: list[CodeInfo]
    """In alphabetical order of their codes."""


class RatesRequest(Request):
    """Which currency."""

    code: Code
    """An ISO 4217 code, such as `USD`; case does not matter."""


class RatesReply(Reply):
    """What one unit of a currency is worth."""

    code: str
    """The currency."""
    rates: dict[str, float]
    """How much of each currency that is, by its code."""
    date: str
    """Of which day the rates are, as `2026-10-30`."""


class ConvertRequest(Request):
    """An amount to convert."""

    from_: Code = msgspec.field(name="from")
    """The ISO 4217 code of the currency of the amount."""
    to: Code
    """The ISO 4217 code of the currency wanted."""
    amount: float = 0.0
    """How much; 0 if only the rate is wanted. Not negative, and below 10^15."""


class ConvertReply(Reply):
    """An amount, converted."""

    from_: str = msgspec.field(name="from")
    """The currency of the amount given."""
    to: str
    """The currency of the amount that came out."""
    rate: float
    """How much of the currency wanted a unit of the one given is."""
    amount: float
    """The amount in the currency wanted; 0 if none was given."""
    date: str
    """Of which day the rate is, as `2026-10-30`."""
    exact_rate: str
    """The rate in decimal digits: the quotient of two published rates, to 15 digits."""
    exact_amount: str
    """The amount in decimal digits: what was given times the exact rate, to 15 digits."""


class HistoryRequest(Request):
    """Which currency, and when."""

    code: Code
    """An ISO 4217 code, such as `USD`; case does not matter."""
    date: Annotated[str, Meta(max_length=10)]
    """The day, as `2021-05-30`. On a day without rates (a weekend, a holiday) the last before it hold."""


class HistoryReply(Reply):
    """What one unit of a currency was worth."""

    code: str
    """The currency."""
    date: str
    """Of which day the rates are: the one asked for, or the last before it."""
    rates: dict[str, float]
    """How much of each currency that was, by its code."""


EVERY_RATE = ("rates", "date")


class Currency(Service):
    """Exchange rates and conversion.

    Rates are reference rates, published once a working day: good for showing and estimating amounts, not for
    trading. Each reply says of which day they are, and the header `Provider` who gave them. Cross rates are
    computed in decimals from the rates as published.
    """

    category = "finance"

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NoProvider,),
        examples=(
            Example(
                request=CodesRequest(),
                reply=CodesReply(codes=[CodeInfo(name="AUD", currency="Australian Dollar")]),
                varying=("codes",),
            ),
        ),
    )
    async def codes(self, context: Context, request: CodesRequest) -> CodesReply:
        """List the currencies there are rates of."""
        ...

    @endpoint(
        price=usd("0.005"),
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=RatesRequest(code="USD"),
                reply=RatesReply(code="USD", rates={"EUR": 0.895095}, date="2026-10-30"),
                varying=EVERY_RATE,
            ),
        ),
    )
    async def rates(self, context: Context, request: RatesRequest) -> RatesReply:
        """Give the newest rates of a currency."""
        ...

    @endpoint(
        price=usd("0.005"),
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=ConvertRequest(from_="USD", to="GBP", amount=10.0),
                reply=ConvertReply(
                    from_="USD",
                    to="GBP",
                    rate=0.746330,
                    amount=7.46330,
                    date="2026-10-30",
                    exact_rate="0.746330",
                    exact_amount="7.46330",
                ),
                varying=("rate", "amount", "date", "exact_rate", "exact_amount"),
            ),
        ),
    )
    async def convert(self, context: Context, request: ConvertRequest) -> ConvertReply:
        """Convert an amount from one currency to another, at the newest rate."""
        ...

    @endpoint(
        price=usd("0.005"),
        repeat="safe",
        errors=(BadRequest, NotFound, NoProvider),
        examples=(
            Example(
                request=HistoryRequest(code="USD", date="2021-05-30"),
                reply=HistoryReply(code="USD", date="2021-05-28", rates={"EUR": 0.824606}),
                varying=("rates",),
            ),
        ),
    )
    async def history(self, context: Context, request: HistoryRequest) -> HistoryReply:
        """Give the rates of a currency on a day since 1999."""
        ...

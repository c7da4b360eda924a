"""What payers pay in, and what a dollar of credit costs in it."""

from decimal import ROUND_CEILING, Decimal, InvalidOperation

import msgspec

from brickyard.contract import Money
from brickyard.contract.money import NANOS_PER_DOLLAR

DOLLAR = "usd"
CODE_LENGTH = 3
RATE_MAX = 1_000_000
# docs.stripe.com/currencies: what has no smaller unit, and what follows rules of its own.
WHOLE = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
ODD = frozenset(("bhd", "iqd", "isk", "jod", "kwd", "lyd", "omr", "tnd", "ugx"))


class Currency(msgspec.Struct, frozen=True):
    """A currency, and the price of a dollar of credit in it."""

    code: str
    """By ISO 4217, in small letters."""
    rate: Decimal
    """How many units of it a dollar of credit costs."""

    @classmethod
    def of(cls, text: str) -> "Currency":
        """Read `usd`, or another one and what a dollar costs, `eur:0.93`; a ValueError says what is wrong."""
        code, _, price = text.strip().lower().partition(":")
        if len(code) != CODE_LENGTH or not (code.isascii() and code.isalpha()):
            raise ValueError("it must be like usd, or like eur:0.93 (what a dollar of credit costs)")
        if code in ODD:
            raise ValueError(f"amounts of {code} follow rules of their own: choose another currency")
        if not price and code != DOLLAR:
            raise ValueError(f"say what a dollar of credit costs, as in {code}:1.25")
        return cls(code, _rate(price or "1"))

    def price_of(self, credit: Money) -> int:
        """Give what `credit` costs, in the currency's smallest unit; a part of one counts as a whole."""
        units = Decimal(int(credit)) / NANOS_PER_DOLLAR * self.rate * 10 ** decimals(self.code)
        return int(units.to_integral_value(ROUND_CEILING))


def decimals(code: str) -> int:
    """Give how many decimals the amounts of a currency have."""
    return 0 if code in WHOLE else 2


def shown(amount: int, code: str) -> str:
    """Write an amount of a currency's smallest units as people do: `12.50`."""
    return f"{Decimal(amount).scaleb(-decimals(code)):f}"


def units_of(text: str, code: str) -> int:
    """Read what `shown` writes; a ValueError says that it has more decimals than the currency."""
    amount = Decimal(text).scaleb(decimals(code))
    if amount != amount.to_integral_value():
        raise ValueError(f"amounts of {code} have {decimals(code)} decimals at most")
    return int(amount)


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is no price of a dollar") from error
    if not (rate.is_finite() and 0 < rate <= RATE_MAX):
        raise ValueError(f"a dollar costs more than nothing, and at most {RATE_MAX}")
    return rate

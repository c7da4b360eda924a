"""Money: an integer number of nano-dollars, never a float."""

from decimal import Decimal

NANOS_PER_DOLLAR = 1_000_000_000


class Money(int):
    """An amount of US dollars as a whole number of nano-dollars (10 000 000 is one cent)."""

    def __str__(self) -> str:
        """Give the amount in dollars as a plain decimal, without trailing zeros: `0.0001`."""
        text = f"{Decimal(int(self)) / NANOS_PER_DOLLAR:.9f}".rstrip("0")
        return text.removesuffix(".")


def usd(dollars: str) -> Money:
    """Read an amount in dollars (`"0.0001"`); a ValueError if it is not a whole number of nano-dollars."""
    nanos = Decimal(dollars) * NANOS_PER_DOLLAR
    if nanos != nanos.to_integral_value():
        raise ValueError(f"{dollars} dollars is finer than a nano-dollar.")
    return Money(int(nanos))

"""What the operator offers: how much credit is sold at once, for what, and where payers come back to."""

import re

import msgspec

from brickyard.contract import BadRequest, Money, usd
from brickyard.platform.payment.currency import Currency
from brickyard.platform.payment.origins import Origins, origin_of

CENT = usd("0.01")
DOLLARS_MAX = 1_000_000
"""More than card networks take at once."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a purchase."""

    currency: Currency
    amount_min: Money
    amount_max: Money
    origins: Origins

    def price_of(self, amount: Money) -> int:
        """Give what credit costs, in the currency's smallest unit; `BadRequest` if so much is not sold."""
        if not self.amount_min <= amount <= self.amount_max:
            raise BadRequest.at(
                "/amount",
                f"{amount} dollars: from {self.amount_min} to {self.amount_max} are sold at a time.",
            )
        if amount % CENT:
            raise BadRequest.at("/amount", f"{amount} dollars is finer than a cent.")
        return self.currency.price_of(amount)

    def way_back(self, pointer: str, url: str, home: str) -> str:
        """Give where a payer comes back to: `url`, or `home` if it is empty.

        `BadRequest` if it leads elsewhere than to the cloud itself or to an origin that the operator named.
        """
        if not url:
            return f"{home}/"
        try:
            allowed = self.origins.has(url) or origin_of(url) == origin_of(home)
        except ValueError as error:
            raise BadRequest.at(pointer, f"{url[:100]!r} cannot be come back to: {error}.") from error
        if not allowed:
            raise BadRequest.at(
                pointer,
                f"{url[:100]!r} is of an origin that payers are not sent to. Whoever runs this cloud can"
                " allow it with BRICKYARD_PAYMENT_ORIGINS.",
            )
        return url


def dollars(text: str) -> Money:
    """Read a bound of the amount, in dollars; a ValueError says what is wrong."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,2})?", text) or not CENT <= usd(text) <= usd(str(DOLLARS_MAX)):
        raise ValueError(f"{text!r} is no amount of dollars between {CENT} and {DOLLARS_MAX}")
    return usd(text)

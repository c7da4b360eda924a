"""The port to a payment processor: it shows a page to pay on, and tells what came of it."""

from typing import Protocol

import msgspec

from brickyard.platform.payment.facts import Notice, Returned


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is to pay."""

    payment: str
    """The payment's id; to ask again under the same one gives the same page."""
    account: str
    price: int
    """In the currency's smallest unit."""
    currency: str
    success_url: str
    cancel_url: str
    expires_ns: int
    """Until when it can be paid, in nanoseconds since 1970."""


class PayPage(msgspec.Struct, frozen=True):
    """The processor's page that one pays on."""

    session: str
    """The processor's name for it."""
    url: str


class RefundOrder(msgspec.Struct, frozen=True):
    """What a payer is to get back."""

    refund: str
    """The refund's id; to ask again under the same one gives nothing more back."""
    payment: str
    session: str
    """The page that was paid on."""
    amount: int
    """In the currency's smallest unit."""


class Refunded(msgspec.Struct, frozen=True):
    """What the processor has done of it."""

    id: str
    """The processor's name for the refund."""
    livemode: bool
    fact: Returned
    """All refunds of the payment that are known there."""


class Processor(Protocol):
    """A payment processor."""

    @property
    def livemode(self) -> bool:
        """Whether it moves real money."""
        ...

    async def open(self, checkout: Checkout) -> PayPage:
        """Make a page to pay on, or give the one made before.

        `Unavailable` if the processor cannot be reached, `Internal` if it does not accept what it is asked.
        """
        ...

    async def refund(self, order: RefundOrder) -> Refunded:
        """Give a payer money back, or say that it was done before.

        `Conflict` if the processor will not, `Unavailable` if it cannot be reached: ask again then, with the
        same order. `Internal` if it does not accept who asks.
        """
        ...

    async def hear(self, body: bytes, signature: str) -> Notice | None:
        """Read what the processor has sent; None if it does not concern us.

        `BadRequest` unless `signature` proves that the processor has sent it, and lately. `Unavailable` if it
        cannot be found out now what it is about: the processor will send it again.
        """
        ...

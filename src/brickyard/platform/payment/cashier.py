"""The cashier: sells credit on the operator's terms, and hears from the processor what came of it."""

from collections.abc import Callable
from typing import NamedTuple

from ulid import ULID

from brickyard.contract import Conflict, Money
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.payment.offer import Offer
from brickyard.platform.payment.payment import Payment
from brickyard.platform.payment.payments import Payments, Told
from brickyard.platform.payment.processor import Checkout, Processor

OPEN_S = 12 * 3600
"""How long a payment can be paid: Stripe takes 30 minutes to 24 hours, and a retry must come in time too."""
RETRY_MARGIN_NS = 3600 * NANOSECONDS
"""How long before that a page can last be made."""


class Order(NamedTuple):
    """What somebody wants to buy."""

    amount: Money
    success_url: str
    cancel_url: str
    request: str
    """By what they know it, so that asking twice buys once; empty to buy anew."""


class Cashier:
    """Sells credit, if there is a processor to pay through."""

    def __init__(
        self,
        payments: Payments,
        offer: Offer,
        processor: Processor | None,
        public_url: Callable[[], str],
        clock: Clock,
    ) -> None:
        """Sell on the terms of `offer`; `public_url` gives where people reach the cloud."""
        self.payments, self.processor = payments, processor
        self._offer, self._public_url, self._clock = offer, public_url, clock

    async def sell(self, account: str, order: Order, begun: Told, shown: Told) -> Payment:
        """Begin a payment; gives it with the page to pay on. The same request gives the same one.

        `begun` takes part in the commit that writes it down, before there is a page, and `shown` in the one
        that writes the page down. Whoever repeats a call that was cut short in between takes up the payment.

        `BadRequest` if the order is not on the terms, `Conflict` if nothing is sold here or the request was
        another order's, `TooManyRequests` if too many wait to be paid; otherwise as `Processor.open`.
        """
        processor = self._open_processor()
        asked = self._payment(order, processor)
        with witnessed(None):
            payment = await self.payments.begin(account, asked, begun)
        if _terms(payment) != _terms(asked):
            raise Conflict(
                f"The reference {order.request!r} is another payment's, {payment.id}: use a new one."
            )
        if payment.url:
            return payment
        if payment.expires_ns - RETRY_MARGIN_NS <= self._clock.now_ns():
            raise Conflict(f"The payment {payment.id} was never begun, and is too old: use a new reference.")
        page = await processor.open(_checkout(account, payment))
        return await self.payments.show(account, payment.id, page, shown)

    async def hear(self, body: bytes, signature: str) -> None:
        """Take in what the processor sends; `BadRequest` if it has not sent it."""
        notice = await self._open_processor().hear(body, signature)
        if notice is not None:
            await self.payments.hear(notice)

    def _open_processor(self) -> Processor:
        if self.processor is None:
            raise Conflict(
                "No payments are taken here: ask whoever runs this cloud for credit. They can grant it"
                " (admin/GrantCredit), or take payments by setting BRICKYARD_STRIPE_SECRET_KEY and"
                " BRICKYARD_STRIPE_WEBHOOK_SECRET (see docs/payments.md)."
            )
        return self.processor

    def _payment(self, order: Order, processor: Processor) -> Payment:
        payment, home, now_ns = f"pay_{ULID()}".lower(), self._public_url(), self._clock.now_ns()
        return Payment(
            id=payment,
            request=order.request or payment,
            amount=order.amount,
            price=self._offer.price_of(order.amount),
            currency=self._offer.currency.code,
            livemode=int(processor.livemode),
            success_url=self._offer.way_back("/success_url", order.success_url, home),
            cancel_url=self._offer.way_back("/cancel_url", order.cancel_url, home),
            created_ns=now_ns,
            expires_ns=now_ns + OPEN_S * NANOSECONDS,
        )


def _terms(payment: Payment) -> tuple[object, ...]:
    """Give what two orders of the same request have to agree in."""
    return payment.amount, payment.livemode, payment.success_url, payment.cancel_url


def _checkout(account: str, payment: Payment) -> Checkout:
    return Checkout(
        payment=payment.id,
        account=account,
        price=payment.price,
        currency=payment.currency,
        success_url=payment.success_url,
        cancel_url=payment.cancel_url,
        expires_ns=payment.expires_ns,
    )

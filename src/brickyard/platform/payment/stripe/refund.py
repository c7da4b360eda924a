"""Refunds at Stripe (docs.stripe.com/api/refunds)."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brickyard.contract import Conflict
from brickyard.platform.payment.facts import Return, Returned
from brickyard.platform.payment.processor import Refunded, RefundOrder
from brickyard.platform.payment.stripe.event import UNDONE

if TYPE_CHECKING:
    from stripe import Refund, StripeClient

REFUND = "brickyard_refund"
"""Under which name Stripe keeps our own id beside a refund."""
PAGE = 100
WORDS_MAX = 300


async def give_back(client: "StripeClient", order: RefundOrder, *, livemode: bool) -> Refunded:
    """Find the refund, or have it made; gives it with the others of its payment.

    It is looked for first, as idempotency keys are forgotten after a day. `Conflict` says why Stripe will
    not.
    """
    with _no():
        session = await client.v1.checkout.sessions.retrieve_async(order.session)
        intent = _id(session.payment_intent)
        refunds = await _refunds(client, intent)
        refund = next((each for each in refunds if _is(each, order)), None)
        if refund is None:
            refund = await _make(client, intent, order)
            refunds.append(refund)
    if refund.status in UNDONE:
        raise Conflict(f"Stripe could not give it back: the refund {refund.id} is {refund.status}.")
    told = tuple([Return(each.id, each.amount, each.status in UNDONE) for each in refunds])
    return Refunded(refund.id, livemode, Returned(told, refund.currency.lower()))


async def _refunds(client: "StripeClient", intent: str) -> "list[Refund]":
    found = await client.v1.refunds.list_async({"payment_intent": intent, "limit": PAGE})
    return [each async for each in found.auto_paging_iter()]


def _is(refund: "Refund", order: RefundOrder) -> bool:
    return bool(refund.metadata) and refund.metadata.to_dict().get(REFUND) == order.refund


async def _make(client: "StripeClient", intent: str, order: RefundOrder) -> "Refund":
    return await client.v1.refunds.create_async(
        {"payment_intent": intent, "amount": order.amount, "metadata": {REFUND: order.refund}},
        {"idempotency_key": order.refund},
    )


@contextmanager
def _no() -> Generator[None]:
    """Make `Conflict` of what Stripe refuses for good, with Stripe's own words: an operator reads them."""
    import stripe

    try:
        yield
    except stripe.InvalidRequestError as error:
        words = (error.user_message or str(error.code))[:WORDS_MAX]
        raise Conflict(f"Stripe does not give it back: {words}") from error


def _id(reference: object) -> str:
    """Give the id of what Stripe refers to, which it may give in full."""
    return reference if isinstance(reference, str) else getattr(reference, "id", "")

"""Refunds at Stripe (docs.stripe.com/api/refunds)."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from brickyard.contract import Conflict
from brickyard.platform.payment.facts import Charged
from brickyard.platform.payment.processor import Refunded, RefundOrder

if TYPE_CHECKING:
    from stripe import Refund, StripeClient

REFUND = "brickyard_refund"
"""Under which name Stripe keeps our own id beside a refund."""
PAGE = 100
UNDONE = frozenset(("failed", "canceled"))
WORDS_MAX = 300


async def give_back(client: "StripeClient", order: RefundOrder) -> Refunded:
    """Find the refund, or have it made; gives what was given back of its charge in all.

    It is looked for first, as idempotency keys are forgotten after a day. `Conflict` says why Stripe will
    not.
    """
    with _no():
        session = await client.v1.checkout.sessions.retrieve_async(order.session)
        intent = _id(session.payment_intent)
        refund = await _made(client, intent, order) or await _make(client, intent, order)
    if refund.status in UNDONE:
        raise Conflict(f"Stripe could not give it back: the refund {refund.id} is {refund.status}.")
    charge = await client.v1.charges.retrieve_async(_id(refund.charge))
    fact = Charged(charge.amount_refunded, charge.currency.lower(), receipt_url="")
    return Refunded(refund.id, charge.livemode, fact)


async def _made(client: "StripeClient", intent: str, order: RefundOrder) -> "Refund | None":
    found = await client.v1.refunds.list_async({"payment_intent": intent, "limit": PAGE})
    async for each in found.auto_paging_iter():
        if each.metadata and each.metadata.to_dict().get(REFUND) == order.refund:
            return each
    return None


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

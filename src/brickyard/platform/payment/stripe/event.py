"""Stripe's events, as much of them as we need (docs.stripe.com/api/events/types)."""

import msgspec

from brickyard.platform.payment.facts import (
    Charged,
    Disputed,
    DisputeStage,
    Fact,
    Progress,
    Return,
    Returned,
    Stage,
)
from brickyard.platform.payment.stripe.metadata import Owner, owner_in

CHECKOUT = {
    "checkout.session.completed": Stage.PAID,
    "checkout.session.async_payment_succeeded": Stage.PAID,
    "checkout.session.async_payment_failed": Stage.FAILED,
    "checkout.session.expired": Stage.EXPIRED,
}
CHARGES = frozenset(("charge.succeeded", "charge.updated", "charge.refunded"))
DISPUTES = frozenset(
    (
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    )
)
# The first is what the second was called before it was one; both are told where both are wanted.
REFUNDS = frozenset(("charge.refund.updated", "refund.updated", "refund.created", "refund.failed"))
KINDS = frozenset((*CHECKOUT, *CHARGES, *DISPUTES, *REFUNDS))
"""What we want to hear of. All else is answered, and ignored."""
# Those that are not here (`warning_…`, `prevented`) are of disputes by which no money has moved.
UNDONE = frozenset(("failed", "canceled"))
"""What a refund is called that has not reached its payer."""
STATUSES = {
    "needs_response": DisputeStage.OPEN,
    "under_review": DisputeStage.OPEN,
    "lost": DisputeStage.LOST,
    "won": DisputeStage.WON,
}


class Data(msgspec.Struct, frozen=True):
    """What an event is about, as it was when it happened."""

    object: msgspec.Raw


class Event(msgspec.Struct, frozen=True):
    """An event."""

    id: str
    type: str
    livemode: bool
    data: Data


class Session(msgspec.Struct, frozen=True):
    """A Checkout session: one page to pay on."""

    id: str
    amount_total: int
    currency: str
    payment_status: str
    metadata: dict[str, str] | None = None

    def fact(self, kind: str) -> Progress:
        """Say what an event of some kind tells of it. Some ways to pay take days after the page was left."""
        stage = CHECKOUT[kind]
        if stage == Stage.PAID and self.payment_status != "paid":
            stage = Stage.PROCESSING
        return Progress(stage, self.id, self.amount_total, self.currency.lower())


class Charge(msgspec.Struct, frozen=True):
    """Money taken from a payer. Its metadata are those of its PaymentIntent, copied when it was made."""

    amount_refunded: int
    currency: str
    metadata: dict[str, str] | None = None
    receipt_url: str | None = None

    def fact(self) -> Charged:
        """Say what it tells of a payment."""
        return Charged(self.amount_refunded, self.currency.lower(), self.receipt_url or "")


class Dispute(msgspec.Struct, frozen=True):
    """A payer's dispute with their bank. Whose payment it is about, its PaymentIntent says."""

    id: str
    amount: int
    currency: str
    status: str
    payment_intent: str | None = None

    def fact(self) -> Disputed:
        """Say what it tells of a payment."""
        stage = STATUSES.get(self.status, DisputeStage.INQUIRY)
        return Disputed(self.id, self.amount, self.currency.lower(), stage)


class Refund(msgspec.Struct, frozen=True):
    """A refund. Metadata of its own say nothing of whose payment it is about; its PaymentIntent does."""

    id: str
    amount: int
    currency: str
    status: str | None = None
    payment_intent: str | None = None

    def fact(self) -> Returned:
        """Say what it tells of a payment."""
        return Returned((Return(self.id, self.amount, self.status in UNDONE),), self.currency.lower())


def read(event: Event) -> tuple[Fact, Owner | None] | Dispute | Refund:
    """Give what an event of `KINDS` tells, and of whose payment; of some, that has to be asked.

    A `msgspec.DecodeError` says what is not there that should be.
    """
    body = event.data.object
    if event.type in CHECKOUT:
        session = msgspec.json.decode(body, type=Session)
        return session.fact(event.type), owner_in(session.metadata)
    if event.type in CHARGES:
        charge = msgspec.json.decode(body, type=Charge)
        return charge.fact(), owner_in(charge.metadata)
    if event.type in REFUNDS:
        return msgspec.json.decode(body, type=Refund)
    return msgspec.json.decode(body, type=Dispute)

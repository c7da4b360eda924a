"""Refunds that are undone, in the audit log: by whatever the processor told of it."""

from dataclasses import dataclass

from brickyard.engines.sql import Transaction
from brickyard.platform.audit import ITSELF, Audit
from brickyard.platform.payment.currency import shown
from brickyard.platform.payment.facts import Return
from brickyard.platform.payment.payment import Payment


@dataclass(frozen=True)
class UndoneNote:
    """Writes that a refund was undone, as the cloud's own doing to its account."""

    audit: Audit

    async def __call__(
        self, transaction: Transaction, account: str, payment: Payment, refund: Return
    ) -> None:
        """Take part in the commit that gives the credit again."""
        await self.audit.note_beside(
            transaction,
            ITSELF,
            subject=account,
            before={"payment": payment.id, "refund": refund.id},
            after={
                "payment": payment.id,
                "refund": refund.id,
                "undone": shown(refund.amount, payment.currency),
                "refunded": shown(payment.refunded, payment.currency),
                "currency": payment.currency,
            },
        )

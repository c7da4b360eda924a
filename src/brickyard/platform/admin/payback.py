"""Payers get their money back: with a reason, and in the audit log before and after it is done."""

from dataclasses import dataclass

from brickyard.contract import Context, JsonObject
from brickyard.engines.sql import Transaction
from brickyard.platform.admin.money import RefundPaymentReply, RefundPaymentRequest
from brickyard.platform.audit import Audit
from brickyard.platform.payment.currency import shown
from brickyard.platform.payment.payment import Payment
from brickyard.platform.payment.refund import Refund
from brickyard.platform.payment.refunds import GivenBack, Refunds, Wanted


@dataclass(frozen=True)
class Payback:
    """Refunds payments for operators."""

    refunds: Refunds
    audit: Audit

    async def refund(self, context: Context, request: RefundPaymentRequest) -> RefundPaymentReply:
        """Give a payer money back, as `Refunds.refund` says."""
        wanted = Wanted(request.payment, request.amount, request.reference, request.reason)
        lines = Lines(self.audit, context, request.account)
        return _reply(await self.refunds.refund(request.account, wanted, lines))


@dataclass(frozen=True)
class Lines:
    """Writes what becomes of a refund into the audit log: that it is asked for, and what came of that."""

    audit: Audit
    context: Context
    account: str

    async def asked(self, transaction: Transaction, payment: Payment, refund: Refund) -> None:
        """Note who asks for what, and why."""
        await self._note(transaction, payment, refund, {"asked": shown(refund.amount, payment.currency)})

    async def refused(self, transaction: Transaction, payment: Payment, refund: Refund, why: str) -> None:
        """Note that it came to nothing."""
        await self._note(transaction, payment, refund, {"refused": why})

    async def given(self, transaction: Transaction, given: GivenBack, *, first: bool) -> None:
        """Note what was given back, once; the reply is committed with it."""
        transaction.answers(_reply(given))
        if first:
            after = {"refunded": shown(given.payment.refunded, given.payment.currency)}
            await self._note(
                transaction, given.payment, given.refund, {**after, "refund": given.refund.refund}
            )

    async def _note(
        self, transaction: Transaction, payment: Payment, refund: Refund, after: JsonObject
    ) -> None:
        about = {"payment": payment.id, "currency": payment.currency}
        await self.audit.note_beside(
            transaction,
            self.context,
            subject=self.account,
            before={**about, "refunded": shown(refund.refunded_before, payment.currency)},
            after={**about, **after, "reason": refund.reason, "reference": refund.reference},
        )


def _reply(given: GivenBack) -> RefundPaymentReply:
    payment, refund = given.payment, given.refund
    return RefundPaymentReply(
        refund=refund.refund,
        amount=shown(refund.amount, payment.currency),
        currency=payment.currency,
        refunded=shown(payment.refunded, payment.currency),
        balance=str(given.balance),
        owed=str(given.owed),
    )

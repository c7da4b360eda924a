"""The `payment` service, over the cashier."""

from dataclasses import dataclass
from typing import cast

from brickyard.contract import Context, JsonObject, Money, usd
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction
from brickyard.platform.access import Access
from brickyard.platform.audit import Audit
from brickyard.platform.billing.month import timestamp
from brickyard.platform.payment.cashier import Cashier, Order
from brickyard.platform.payment.contract import (
    CreateReply,
    CreateRequest,
    GetReply,
    GetRequest,
    ListReply,
    ListRequest,
    Payment,
    PaymentInfo,
    Status,
)
from brickyard.platform.payment.currency import shown
from brickyard.platform.payment.payment import Dispute, status
from brickyard.platform.payment.payment import Payment as Row
from brickyard.platform.payment.schema import EXPORTS, MIGRATIONS


@dataclass(frozen=True)
class EmbeddedPayment(Payment):
    """The payments of the account that is signed in."""

    migrations = MIGRATIONS
    exports = EXPORTS

    cashier: Cashier
    access: Access
    clock: Clock
    audit: Audit

    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Begin a payment."""
        account = self.access.account(context)
        order = Order(usd(request.amount), request.success_url, request.cancel_url, request.reference)

        async def begun(transaction: Transaction, payment: Row) -> None:
            await self.audit.note_beside(transaction, context, subject=payment.id, after=_noted(payment))

        async def shown(transaction: Transaction, payment: Row) -> None:
            transaction.answers(self._created(payment))

        return self._created(await self.cashier.sell(account, order, begun, shown))

    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Give a payment."""
        found = await self.cashier.payments.find(self.access.account(context), request.id)
        return GetReply(payment=_info(*found, self.clock.now_ns()))

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List a page: a cursor is the id of the last payment on the page before."""
        account = self.access.account(context)
        found = await self.cashier.payments.page(account, request.cursor, request.limit + 1)
        page, has_more = found[: request.limit], len(found) > request.limit
        return ListReply(
            payments=[_info(*each, self.clock.now_ns()) for each in page],
            owed=str(Money(await self.cashier.payments.owed(account))),
            next_cursor=page[-1][0].id if has_more else "",
            has_more=has_more,
        )

    def _created(self, payment: Row) -> CreateReply:
        return CreateReply(payment=_info(payment, [], self.clock.now_ns()))


def _noted(payment: Row) -> JsonObject:
    """Give what the audit log keeps of a payment: not its addresses, which anything may stand in."""
    return {
        "amount": str(Money(payment.amount)),
        "price": shown(payment.price, payment.currency),
        "currency": payment.currency,
        "livemode": bool(payment.livemode),
    }


def _info(payment: Row, disputes: list[Dispute], now_ns: int) -> PaymentInfo:
    state = status(payment, disputes, now_ns)
    return PaymentInfo(
        id=payment.id,
        status=cast("Status", state),
        amount=str(Money(payment.amount)),
        price=shown(payment.price, payment.currency),
        currency=payment.currency,
        refunded=shown(payment.refunded, payment.currency),
        url=payment.url if state == "open" else "",
        receipt_url=payment.receipt_url,
        livemode=bool(payment.livemode),
        created_at=timestamp(payment.created_ns),
        expires_at=timestamp(payment.expires_ns),
    )

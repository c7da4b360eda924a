"""The `billing` service, over the books."""

from dataclasses import dataclass

import msgspec
from msgspec import to_builtins

from brickyard.contract import BadRequest, Context, JsonObject, Money, NotFound, usd
from brickyard.contract.words import INT64_MAX
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction
from brickyard.platform.audit import Audit
from brickyard.platform.billing import alert_list, alerts, caps, channels, listing, wallet
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.caps import Cap
from brickyard.platform.billing.channels import Channels
from brickyard.platform.billing.contract import (
    BalanceReply,
    BalanceRequest,
    Billing,
    CapInfo,
    CapsReply,
    CapsRequest,
    PricesReply,
    PricesRequest,
    SetCapReply,
    SetCapRequest,
    StatementReply,
    StatementRequest,
    TransactionInfo,
    TransactionsReply,
    TransactionsRequest,
)
from brickyard.platform.billing.exports import EXPORTS
from brickyard.platform.billing.ledger import Record
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.notifier import Notifier
from brickyard.platform.billing.payer import Payer
from brickyard.platform.billing.prices import PriceList
from brickyard.platform.billing.schema import MIGRATIONS, NEVER_NS
from brickyard.platform.billing.statement import statement_of
from brickyard.platform.billing.statement_text import as_csv, as_html
from brickyard.platform.billing.telling import (
    AlertsReply,
    AlertsRequest,
    DeliveriesReply,
    DeliveriesRequest,
    SetAlertReply,
    SetAlertRequest,
    SetWebhookReply,
    SetWebhookRequest,
    TestAlertReply,
    TestAlertRequest,
)
from brickyard.platform.billing.wallet import Wallet


@dataclass(frozen=True)
class EmbeddedBilling(Billing):
    """The money of the account that a call is about, as `payer` says."""

    migrations = MIGRATIONS
    exports = EXPORTS

    books: Books
    price_list: PriceList
    payer: Payer
    notifier: Notifier
    audit: Audit
    clock: Clock

    async def prices(self, context: Context, request: PricesRequest) -> PricesReply:
        """Say what endpoints cost; nobody's books are opened for it."""
        service = request.service.lower()
        found = listing.prices(self.price_list, service)
        if service and not found:
            raise NotFound(f"No service {request.service!r}. `billing/Prices` without one lists all.")
        return PricesReply(
            version=self.price_list.version, prices=found, tiers=listing.tiers(self.price_list)
        )

    async def balance(self, context: Context, request: BalanceRequest) -> BalanceReply:
        """Say what the account has."""
        purse = await self.books.balance(await self.payer.account_of(context, request.project))
        expires_ns = purse.credit_expires_ns
        return BalanceReply(
            available=str(purse.available),
            balance=str(Money(purse.balance)),
            held=str(Money(purse.held)),
            credit=str(Money(purse.credit)),
            credit_expires_at=None if expires_ns == NEVER_NS else timestamp(expires_ns),
            tier=purse.tier,
        )

    async def transactions(self, context: Context, request: TransactionsRequest) -> TransactionsReply:
        """List a page: a cursor is the number of the last transaction on the page before."""
        account = await self.payer.account_of(context, request.project)
        found = await self.books.transactions(account, _number(request.cursor), request.limit + 1)
        page, has_more = found[: request.limit], len(found) > request.limit
        return TransactionsReply(
            transactions=[_info(record) for record in page],
            next_cursor=str(page[-1].sequence) if has_more else "",
            has_more=has_more,
        )

    async def statement(self, context: Context, request: StatementRequest) -> StatementReply:
        """Draw up a month."""
        month = _month(request.month) if request.month else Month.of(self.clock.now_ns())
        account = await self.payer.account_of(context, request.project)
        await self.books.balance(account)  # takes away credit whose time is over, so that the month shows it
        statement = await statement_of(await self.books.sql(account), account, month)
        return StatementReply(
            month=month.name,
            opening=str(statement.opening),
            spent=str(statement.spent),
            closing=str(statement.closing),
            html=as_html(statement),
            csv=as_csv(statement),
        )

    async def set_cap(self, context: Context, request: SetCapRequest) -> SetCapReply:
        """Set or remove a cap."""
        project = context.project or request.project
        if not project:
            raise BadRequest.at("/project", "Say which project the cap is for.")
        account = await self.payer.account_of(context, request.project)
        if request.key and request.amount is not None:
            await self.payer.check_key(project, request.key)

        async def work(transaction: Transaction) -> None:
            former = await caps.set_at(transaction, project, request.key)
            amount = None if request.amount is None else usd(request.amount)
            if amount is None:
                await caps.remove(transaction, project, request.key)
            else:
                await caps.put(transaction, project, request.key, amount)
            if former != amount:
                await self.audit.note_beside(
                    transaction,
                    context,
                    project=project,
                    subject=request.key or project,
                    before=_capped(former),
                    after=_capped(amount),
                )

        await self.books.write(account, work)
        found = [cap for cap in await self._caps(account, project) if cap.key == request.key]
        return SetCapReply(cap=found[0] if found else None)

    async def caps(self, context: Context, request: CapsRequest) -> CapsReply:
        """List caps."""
        account = await self.payer.account_of(context, request.project)
        return CapsReply(caps=await self._caps(account, context.project or request.project))

    async def set_alert(self, context: Context, request: SetAlertRequest) -> SetAlertReply:
        """Choose what to be told of."""
        account = await self.payer.account_of(context, request.project)

        async def work(transaction: Transaction) -> SetAlertReply:
            purse, ways = await wallet.lock(transaction), await channels.read(transaction)
            before, changed = _alerts(purse, ways), _alerted(purse, request)
            ways = ways.chosen(mail=request.mail, statements=request.statements)
            await wallet.save(transaction, changed)
            await channels.save(transaction, ways)
            reply = _alerts(changed, ways)
            if reply != before:
                await self.audit.note_beside(
                    transaction,
                    context,
                    subject=account,
                    before=to_builtins(before),
                    after=to_builtins(reply),
                )
            return reply

        return await self.books.write(account, work)

    async def set_webhook(self, context: Context, request: SetWebhookRequest) -> SetWebhookReply:
        """Deliver to an address."""
        account = await self.payer.account_of(context, request.project)
        try:
            secret = await self.notifier.deliver_to(context, account, request.url)
        except ValueError as error:
            raise BadRequest.at("/url", str(error)) from error
        return SetWebhookReply(url=request.url, secret=secret)

    async def test_alert(self, context: Context, request: TestAlertRequest) -> TestAlertReply:
        """Tell of nothing."""
        await self.notifier.test(context, await self.payer.account_of(context, request.project))
        return TestAlertReply()

    async def alerts(self, context: Context, request: AlertsRequest) -> AlertsReply:
        """List alerts."""
        account = await self.payer.account_of(context, request.project)
        before = alert_list.place_of(request.cursor)
        found = await alerts.newest(await self.books.sql(account), before, request.limit + 1)
        page, has_more = found[: request.limit], len(found) > request.limit
        return AlertsReply(
            alerts=[alert_list.alert(event, account) for event in page],
            next_cursor=alert_list.cursor_at(page[-1]) if has_more else "",
            has_more=has_more,
        )

    async def deliveries(self, context: Context, request: DeliveriesRequest) -> DeliveriesReply:
        """List messages: a cursor is the id of the last one on the page before."""
        account = await self.payer.account_of(context, request.project)
        found = await self.notifier.deliveries(account, request.cursor, request.limit + 1)
        page, has_more = found[: request.limit], len(found) > request.limit
        return DeliveriesReply(
            deliveries=[alert_list.delivery(status) for status in page],
            next_cursor=page[-1].id if has_more else "",
            has_more=has_more,
        )

    async def _caps(self, account: str, project: str) -> list[CapInfo]:
        month = Month.of(self.clock.now_ns())
        found = await caps.every(await self.books.sql(account), month, project)
        return [_cap_info(cap, month) for cap in found]


def _capped(amount: int | None) -> JsonObject | None:
    return None if amount is None else {"cap": str(Money(amount))}


def _number(cursor: str) -> int:
    if not cursor:
        return INT64_MAX
    if not (cursor.isascii() and cursor.isdecimal()) or int(cursor) > INT64_MAX:
        raise BadRequest.at("/cursor", "This is no cursor: send the `next_cursor` of a reply, unchanged.")
    return int(cursor)


def _month(text: str) -> Month:
    year, _, number = text.partition("-")
    try:
        return Month.numbered(int(year), int(number))
    except (ValueError, OverflowError) as error:
        raise BadRequest.at("/month", f"{text!r} is no month like 2026-11.") from error


def _alerts(purse: Wallet, ways: Channels) -> SetAlertReply:
    return SetAlertReply(
        low_balance=str(Money(purse.alert_below)),
        cap_percents=[int(each) for each in purse.alert_percents.split(",") if each],
        mail=bool(ways.mail),
        statements=bool(ways.statements),
        webhook=ways.url,
    )


def _alerted(purse: Wallet, request: SetAlertRequest) -> Wallet:
    below, percents = purse.alert_below, purse.alert_percents
    if request.low_balance is not None:
        below = usd(request.low_balance)
    if request.cap_percents is not None:
        percents = ",".join(str(each) for each in sorted(set(request.cap_percents)))
    return msgspec.structs.replace(purse, alert_below=below, alert_percents=percents)


def _info(record: Record) -> TransactionInfo:
    return TransactionInfo(
        number=record.sequence,
        kind=record.kind,
        amount=str(Money(record.amount)),
        original=record.original or None,
        reference=record.reference,
        project=record.project,
        key=record.key_id,
        endpoint=record.endpoint,
        calls=record.calls,
        reason=record.reason,
        created_at=timestamp(record.created_ns),
    )


def _cap_info(cap: Cap, month: Month) -> CapInfo:
    return CapInfo(
        project=cap.project,
        key=cap.key_id,
        amount=str(Money(cap.amount)),
        spent=str(Money(cap.spent)),
        held=str(Money(cap.held)),
        resets_at=timestamp(month.ends_ns),
    )

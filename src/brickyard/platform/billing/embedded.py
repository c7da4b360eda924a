"""The `billing` service, over the books."""

from dataclasses import dataclass

import msgspec
from msgspec import to_builtins

from brickyard.contract import BadRequest, Context, Forbidden, JsonObject, Money, NotFound, usd
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Transaction
from brickyard.platform.audit import Audit
from brickyard.platform.billing import alert_list, alerts, caps, channels, listing, showing, wallet
from brickyard.platform.billing.books import Books, Sought
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
    TransactionsReply,
    TransactionsRequest,
)
from brickyard.platform.billing.exports import EXPORTS
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.notifier import Notifier
from brickyard.platform.billing.payer import Payer, View
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
    """The money of the account that a call is about, as far as `payer` says its caller may see and settle it.

    Money is not kept apart by environment, so test keys see what can be spent, and nothing else.
    """

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
        """Say what can be spent, and to the account's owner what that is made of."""
        view = await self.payer.view(context, request.project)
        purse = await self.books.balance(view.account)
        if not view.owner:
            return BalanceReply(available=str(purse.available), tier=purse.tier)
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
        view = await self._view(context, request.project)
        before, sought = showing.sequence_of(request.cursor), Sought(project=_bound(view))
        found = await self.books.transactions(view.account, before, request.limit + 1, sought)
        names = await self.payer.names(record.project for record in found)
        return showing.transactions_page(found, request.limit, names)

    async def statement(self, context: Context, request: StatementRequest) -> StatementReply:
        """Draw up a month."""
        month = self._month(request.month)
        view = await self._view(context, request.project)
        account, project = view.account, _bound(view)
        await self.books.balance(account)  # takes away credit whose time is over, so that the month shows it
        statement = await statement_of(await self.books.sql(account), account, month, project)
        statement = statement.named(await self.payer.names(each.project for each in statement.usage))
        return StatementReply(
            month=month.name,
            opening=None if project else str(statement.opening),
            spent=str(statement.spent),
            closing=None if project else str(statement.closing),
            html=as_html(statement),
            csv=as_csv(statement),
        )

    async def set_cap(self, context: Context, request: SetCapRequest) -> SetCapReply:
        """Set or remove a cap."""
        project = context.project or request.project
        if not project:
            raise BadRequest.at("/project", "Say which project the cap is for.")
        account = (await self._view(context, request.project)).account
        lineage = await self.payer.lineage(project, request.key) if request.key else ""
        if lineage and context.key_id and lineage == await self.payer.lineage(project, context.key_id):
            raise Forbidden("A key does not change its own cap: ask with another key, or signed in.")

        async def work(transaction: Transaction) -> None:
            former = await caps.set_at(transaction, project, lineage)
            amount = None if request.amount is None else usd(request.amount)
            if amount is None:
                await caps.remove(transaction, project, lineage)
            else:
                await caps.put(transaction, project, lineage, amount)
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
        found = [cap for cap in await self._caps(account, project) if cap.key == lineage]
        return SetCapReply(cap=found[0] if found else None)

    async def caps(self, context: Context, request: CapsRequest) -> CapsReply:
        """List caps."""
        view = await self._view(context, request.project)
        return CapsReply(caps=await self._caps(view.account, view.project))

    async def set_alert(self, context: Context, request: SetAlertRequest) -> SetAlertReply:
        """Choose what to be told of."""
        account = await self.payer.owned(context, request.project)

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
        account = await self.payer.owned(context, request.project)
        try:
            return await self.notifier.deliver_to(context, account, request.url)
        except ValueError as error:
            raise BadRequest.at("/url", str(error)) from error

    async def test_alert(self, context: Context, request: TestAlertRequest) -> TestAlertReply:
        """Tell of nothing."""
        await self.notifier.test(context, await self.payer.owned(context, request.project))
        return TestAlertReply()

    async def alerts(self, context: Context, request: AlertsRequest) -> AlertsReply:
        """List alerts."""
        account = await self.payer.owned(context, request.project)
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
        account = await self.payer.owned(context, request.project)
        found = await self.notifier.deliveries(account, request.cursor, request.limit + 1)
        page, has_more = found[: request.limit], len(found) > request.limit
        return DeliveriesReply(
            deliveries=[alert_list.delivery(status) for status in page],
            next_cursor=page[-1].id if has_more else "",
            has_more=has_more,
        )

    async def _view(self, context: Context, project: str) -> View:
        """Give what a caller sees of an account's money; `Forbidden` to a test key."""
        if context.environment == "test":
            raise Forbidden(
                "Money is not kept apart by environment, so a test key sees and caps none of it: ask with a"
                " live key, or signed in. `billing/Balance` says what can be spent."
            )
        return await self.payer.view(context, project)

    def _month(self, text: str) -> Month:
        now = Month.of(self.clock.now_ns())
        month = _month(text) if text else now
        if month.starts_ns > now.starts_ns:
            raise BadRequest.at("/month", f"{text} has not begun: it is {now.name}, in UTC.")
        return month

    async def _caps(self, account: str, project: str) -> list[CapInfo]:
        month = Month.of(self.clock.now_ns())
        found = await caps.every(await self.books.sql(account), month, project)
        return [showing.cap_info(cap, month) for cap in found]


def _bound(view: View) -> str:
    """Give the project that a view is bounded to; none, if the project is an account of its own."""
    return "" if view.project == view.account else view.project


def _capped(amount: int | None) -> JsonObject | None:
    return None if amount is None else {"cap": str(Money(amount))}


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

"""Tells people and programs of what happened to an account's money: by letter, and by signed message."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from ulid import ULID

from brickyard.contract import Conflict, Context, TooManyRequests
from brickyard.engines.clock import Clock
from brickyard.engines.mail import Mail
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Transaction
from brickyard.engines.sql.witness import witnessed
from brickyard.engines.webhook import Delivery, Status, Webhooks
from brickyard.engines.webhook.signature import new_secret
from brickyard.platform.audit import Audit
from brickyard.platform.billing import alerts, channels
from brickyard.platform.billing.alerts import Event
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.channels import FORMER_NS, Channels
from brickyard.platform.billing.month import SECOND_NS, Month
from brickyard.platform.billing.notice import Notice
from brickyard.platform.billing.readers import Readers
from brickyard.platform.billing.statement import statement_of
from brickyard.platform.billing.telling import SetWebhookReply, TestAlertReply

SETTLED_NS = 3600 * SECOND_NS
"""How long after a month its statements are drawn up: no gateway's clock is in the old month by then."""

TESTS_MAX, TESTS_NS = 10, 3600 * SECOND_NS
"""How many tests there may be within an hour."""


@dataclass(frozen=True)
class Ways:
    """The ways out."""

    mail: Mail
    webhooks_for: Callable[[str], Webhooks]
    """Gives the webhooks of an account."""
    seal: Seal
    """Closes what messages are signed with."""


class Notifier:
    """Tells what waits in the outboxes of alerts. Several gateways may do so side by side.

    Everything is told at least once: twice, under the same id, if a gateway falls before it has noted so.
    """

    def __init__(self, books: Books, readers: Readers, ways: Ways, audit: Audit, clock: Clock) -> None:
        """Tell `readers` and programs by `ways`, of what is in `books`."""
        self._books, self._readers, self._audit, self._clock = books, readers, audit, clock
        self._mail, self._webhooks_for, self._seal = ways.mail, ways.webhooks_for, ways.seal

    async def tell(self, account: str) -> None:
        """Tell whatever an account waits to hear."""
        sql = await self._books.sql(account)
        if not await alerts.any_unsent(sql):
            return
        for event in await alerts.unsent(sql):
            if await self._books.write(account, lambda each, this=event: self._claim(each, this)):
                await self._tell(account, event)
                await alerts.mark_sent(sql, event, self._clock.now_ns())

    async def month_over(self, account: str, month: Month) -> None:
        """Have an account's statement of a month told, once, if anything happened in it."""
        sql = await self._books.sql(account)
        if not (await channels.look(sql)).statements or not await alerts.moved(sql, month):
            return
        event = Event("statement", month.name, month.starts_ns, 0, 0, self._clock.now_ns())
        await self._books.write(account, lambda each: alerts.emit(each, event))

    async def test(self, context: Context, account: str) -> None:
        """Have an alert told that tells of nothing; `TooManyRequests` for the eleventh within an hour."""
        now_ns = self._clock.now_ns()
        event = Event("test", str(ULID()).lower(), 0, 0, 0, now_ns)

        async def work(transaction: Transaction) -> None:
            if await alerts.count(transaction, "test", now_ns - TESTS_NS) >= TESTS_MAX:
                raise TooManyRequests(
                    f"At most {TESTS_MAX} tests an hour.", retry_after_s=TESTS_NS / SECOND_NS
                )
            await alerts.emit(transaction, event)
            await self._audit.note_beside(transaction, context, subject=account, after={"alert": "test"})
            transaction.answers(TestAlertReply())

        await self._books.write(account, work)
        with witnessed(None):
            await self.tell(account)

    async def channels(self, account: str) -> Channels:
        """Give where an account is told of things."""
        return await channels.look(await self._books.sql(account))

    async def deliver_to(self, context: Context, account: str, url: str) -> SetWebhookReply:
        """Deliver messages to an address from now on, or to none if it is empty; gives a new secret.

        A ValueError says why nothing is ever delivered there. To the same address, messages are signed with
        the former secret too for a day, so that none is refused meanwhile.
        """
        if url:
            self._webhooks_for(account).check(url)
            with witnessed(None):  # to do so again does no harm
                await self._webhooks_for(account).enable(url)
        secret = new_secret() if url else ""
        reply = SetWebhookReply(url=url, secret=secret)
        sealed = await self._seal.close(secret.encode(), account) if url else b""

        async def work(transaction: Transaction) -> None:
            found = await channels.read(transaction)
            former = found.secret if found.url == url else b""
            until_ns = self._clock.now_ns() + FORMER_NS if former else 0
            changed = {"url": url, "secret": sealed, "former": former, "former_until_ns": until_ns}
            await channels.save(transaction, msgspec.structs.replace(found, **changed))
            before, after = {"webhook": found.url}, {"webhook": url, "changed": "its secret"}
            await self._audit.note_beside(transaction, context, subject=account, before=before, after=after)
            transaction.answers(reply)

        await self._books.write(account, work)
        return reply

    async def deliveries(self, account: str, before: str, limit: int) -> list[Status]:
        """Give what became of messages, newest first."""
        return await self._webhooks_for(account).deliveries(before, limit)

    async def forget(self, account: str) -> None:
        """Remove where an account that is no more was told of things."""
        await self._books.write(account, channels.forget)

    async def _claim(self, transaction: Transaction, event: Event) -> bool:
        return await alerts.claim(transaction, event, self._clock.now_ns())

    async def _tell(self, account: str, event: Event) -> None:
        notice = await self._notice(account, event)
        if event.kind == "overrun":
            return await self._write_to(await self._readers.operators(), notice)
        found = await self.channels(account)
        if found.url:
            await self._deliver(account, found, notice)
        if found.statements if event.kind == "statement" else found.mail:
            await self._write_to(await self._readers.of(account), notice)
        return None

    async def _notice(self, account: str, event: Event) -> Notice:
        notice = Notice(account, event)
        if notice.project:
            name = await self._readers.project_name(notice.project)
            return msgspec.structs.replace(notice, project_name=name)
        if event.kind == "statement":
            statement = await statement_of(await self._books.sql(account), account, Month.of(event.episode))
            projects = {each.project for each in statement.usage}
            names = {each: await self._readers.project_name(each) for each in sorted(projects)}
            return msgspec.structs.replace(notice, statement=statement.named(names))
        return notice

    async def _write_to(self, readers: list[str], notice: Notice) -> None:
        for reader in readers:
            try:
                await self._mail.send(notice.letter(reader))
            except ValueError:
                continue  # an address that no letter can be sent to

    async def _deliver(self, account: str, found: Channels, notice: Notice) -> None:
        sealed = [found.secret]
        if self._clock.now_ns() < found.former_until_ns:
            sealed.append(found.former)
        secrets = tuple(self._seal.open(each, account).decode() for each in sealed)
        delivery = Delivery(url=found.url, body=notice.message(), secrets=secrets)
        try:
            await self._webhooks_for(account).deliver(delivery)
        except (ValueError, Conflict):
            return  # the address is not allowed any more, or says that it is gone: `Deliveries` shows why

"""Somebody who buys credit, and looks at what they have."""

from typing import Any

import httpx2 as httpx
from msgspec.structs import replace

from brickyard.contract import Money, usd
from brickyard.engines.sql import Transaction
from brickyard.platform.billing import audit
from brickyard.platform.billing.holds import Turn
from cloud import LocalCloud
from signed_in import session_of
from stripe_server import Event, Session, StripeServer, signature, written

HOOK = "/hooks/stripe"


class Shopper:
    """An account, signed in at a cloud that takes payments through `stripe`."""

    def __init__(self, cloud: LocalCloud, stripe: StripeServer, account: str, token: str) -> None:
        self.cloud, self.stripe, self.account, self.token = cloud, stripe, account, token

    @classmethod
    async def of(cls, cloud: LocalCloud, stripe: StripeServer, account: str) -> "Shopper":
        return cls(cloud, stripe, account, await session_of(cloud, account))

    async def post(self, path: str, **request: Any) -> httpx.Response:
        return await self.cloud.post(path, request, headers={"Authorization": f"Bearer {self.token}"})

    async def call(self, path: str, **request: Any) -> Any:
        response = await self.post(path, **request)
        assert response.status_code == 200, response.text
        return response.json()

    async def begin(self, amount: str = "20", **request: Any) -> dict[str, Any]:
        return (await self.call("payment/Create", amount=amount, **request))["payment"]

    async def pay(self, payment: dict[str, Any], **means: str) -> Session:
        """Pay in a browser; gives the session, whose events nobody has sent yet."""
        async with httpx.AsyncClient(timeout=30) as browser:
            reply = await browser.post(payment["url"], data=means or {"card": "4242424242424242"})
        assert reply.status_code == 303, reply.text
        return self.stripe.session_at(payment["url"])

    async def buy(self, amount: str = "20") -> tuple[dict[str, Any], Session]:
        """Buy credit, and have it credited."""
        payment = await self.begin(amount)
        session = await self.pay(payment)
        for event in session.events:
            await self.hears(event)
        return payment, session

    async def sent(self, event: Event) -> httpx.Response:
        """Have Stripe send an event to the cloud."""
        body = written(event)
        return await self.cloud.client.post(
            HOOK, content=body, headers={"Stripe-Signature": signature(body), "Authorization": ""}
        )

    async def hears(self, event: Event) -> None:
        response = await self.sent(event)
        assert (response.status_code, response.json()) == (200, {})

    async def status(self, payment: dict[str, Any]) -> str:
        return (await self.call("payment/Get", id=payment["id"]))["payment"]["status"]

    async def balance(self) -> str:
        return (await self.call("billing/Balance"))["available"]

    async def spend(self, dollars: str, name: str = "hold_1") -> None:
        hold = await self.hold(dollars, name)
        await self.settle(hold, dollars)

    async def hold(self, dollars: str, name: str = "hold_1") -> Turn:
        """Have money held for a call; gives the turn that did it."""
        turn = turn_of(name, usd(dollars))
        await self.cloud.application.books.take(self.account, turn)
        return turn

    async def settle(self, held: Turn, dollars: str) -> None:
        """Take what the call has cost."""
        await self.cloud.application.books.take(self.account, end_of(held, usd(dollars)))

    async def release(self, held: Turn) -> None:
        """Give back what is held."""
        await self.cloud.application.books.take(self.account, end_of(held))

    async def movements(self) -> list[tuple[str, str]]:
        """Give the kind and amount of each transaction, oldest first."""
        found = await self.cloud.application.books.transactions(self.account, 2**62, 100)
        return [(each.kind, str(Money(each.amount))) for each in reversed(found)]

    async def owes(self) -> str:
        """Give what is owed, once it is sure that the ledger says the same and the books are in order."""

        async def work(transaction: Transaction) -> tuple[list[str], int, int]:
            entries = await transaction.rows(
                "SELECT coalesce(sum(amount), 0) FROM billing_entries"
                " WHERE account = ?1 AND ledger_account = 'debt'"
            )
            debts = await transaction.rows(
                "SELECT coalesce(sum(amount), 0) FROM payment_debts WHERE account = ?1"
            )
            return await audit.faults(transaction), int(entries[0][0]), int(debts[0][0])

        faults, entered, owed = await self.cloud.application.books.write(self.account, work)
        assert (faults, entered) == ([], -owed)
        assert (await self.call("payment/List"))["owed"] == str(Money(owed))
        return str(Money(owed))


def turn_of(name: str, amount: int) -> Turn:
    """A turn that has money held for one call."""
    return Turn(
        id=name,
        number=1,
        project="prj_1",
        key_id="key_1",
        endpoint="db.create",
        price_version="v1",
        expires_ns=2**62,
        wanted=(amount,),
    )


def end_of(held: Turn, taken: int = 0) -> Turn:
    """The turn after it, which takes what the call has cost and gives back the rest."""
    return replace(held, number=2, wanted=(), calls=int(taken > 0), taken=taken)

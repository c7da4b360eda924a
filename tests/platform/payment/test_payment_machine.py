"""Any order and number of events, with spending in between: the books come to what they should."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from payment_oracle import Asked, worth
from shopper import end_of, turn_of

from brickyard.contract import Money
from brickyard.engines.clock import ManualClock
from brickyard.engines.sql import Transaction
from brickyard.platform.billing import audit, wallet
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.holds import Turn
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.room import Refusal
from brickyard.platform.billing.schema import MIGRATIONS as BILLING
from brickyard.platform.payment.facts import (
    Charged,
    Disputed,
    DisputeStage,
    Fact,
    Notice,
    Progress,
    Return,
    Returned,
    Stage,
)
from brickyard.platform.payment.payment import Payment, status
from brickyard.platform.payment.payments import Payments
from brickyard.platform.payment.schema import MIGRATIONS as PAYMENTS
from database import database

ACCOUNT = "acc_1"
NS = 10**9
PICKS = st.integers(0, 1000)
PRICES = st.integers(1, 3000)
PARTS = st.integers(0, 110)
STAGES = st.sampled_from([each for each in Stage if each != Stage.MISMATCHED])


async def unnoted(transaction: Transaction, payment: Payment) -> None:
    """Leave no entry: there is no audit log here."""


async def unheard(transaction: Transaction, account: str, payment: Payment, refund: Return) -> None:
    """As above."""


class Seen(NamedTuple):
    """What there is after a step."""

    purse: wallet.Wallet
    owed: int
    """What the account owes, as payments have it."""
    debt_in_ledger: int
    """The same as the ledger has it, below zero."""
    faults: list[str]
    """What an audit of the books finds."""


class Shop(RuleBasedStateMachine):
    """The real payments over the real books and a real database, beside an oracle of what they come to."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.home, self.clock = Path(self.folder.name), ManualClock()
        self.open()
        self.asked: dict[str, Asked] = {}
        self.told: list[Notice] = []
        self.holds: list[Turn] = []
        self.spent = self.names = 0

    def open(self) -> None:
        self.engine = database.engine(self.home)
        self.engine.migrate({"billing": BILLING, "payment": PAYMENTS})
        self.books = Books(self.engine.bound, self.clock)
        self.payments = Payments(self.engine.bound, self.books, self.clock, unheard)

    def teardown(self) -> None:
        self.engine.close()
        self.loop.close()
        self.folder.cleanup()
        database.forget(self.home)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def name(self, kind: str) -> str:
        self.names += 1
        return f"{kind}_{self.names:03}"

    @precondition(lambda self: len(self.asked) < 5)
    @rule(price=PRICES, rate=st.integers(1, 3))
    def begin(self, price: int, rate: int) -> None:
        name, now_ns = self.name("pay"), self.clock.now_ns()
        amount = price * 10_000_000 // rate
        payment = Payment(
            id=name,
            request=f"order of {name}",
            amount=amount,
            price=price,
            currency="usd",
            livemode=0,
            success_url="",
            cancel_url="",
            created_ns=now_ns,
            expires_ns=now_ns + 3600 * NS,
        )
        self.run(self.payments.begin(ACCOUNT, payment, unnoted))
        self.asked[name] = Asked(amount, price, session=f"cs_{name}")

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS, stage=STAGES)
    def progress(self, pick: int, stage: Stage) -> None:
        name = self.picked(pick)
        self.tell(name, Progress(stage, self.asked[name].session, self.asked[name].price, "usd"))

    @precondition(lambda self: len(self.asked) < 5)
    @rule(price=PRICES)
    def buy(self, price: int) -> None:
        self.begin(price, 1)
        self.progress(len(self.asked) - 1, Stage.PAID)

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS, off=st.sampled_from([-1, 1, 100]))
    def pay_something_else(self, pick: int, off: int) -> None:
        name = self.picked(pick)
        asked = self.asked[name]
        self.tell(name, Progress(Stage.PAID, asked.session, asked.price + off, "usd"))

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS, part=PARTS, currency=st.sampled_from(["usd", "usd", "usd", "eur"]))
    def refund(self, pick: int, part: int, currency: str) -> None:
        name = self.picked(pick)
        self.tell(name, Charged(self.asked[name].price * part // 100, currency, "https://stripe.example/r"))

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS, numbers=st.lists(st.integers(1, 3), min_size=1, max_size=3), undone=st.booleans())
    def tell_of_refunds(self, pick: int, numbers: list[int], *, undone: bool) -> None:
        name = self.picked(pick)
        price = self.asked[name].price
        refunds = [Return(f"re_{number}", max(1, price * number // 7), undone) for number in numbers]
        self.tell(name, Returned(tuple(refunds), "usd"))

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS, part=PARTS, number=st.integers(1, 2), stage=st.sampled_from(list(DisputeStage)))
    def dispute(self, pick: int, part: int, number: int, stage: DisputeStage) -> None:
        name = self.picked(pick)
        amount = self.asked[name].price * part // 100
        self.tell(name, Disputed(f"dp_{name}_{number}", amount, "usd", stage))

    @precondition(lambda self: self.told)
    @rule(picks=st.lists(PICKS, min_size=1, max_size=5))
    def tell_again(self, picks: list[int]) -> None:
        """Several at once, as two gateways would hear of them."""

        async def all_of_it() -> None:
            told = [self.told[pick % len(self.told)] for pick in picks]
            await asyncio.gather(*(self.payments.hear(each) for each in told))

        before = self.run(self.books.transactions(ACCOUNT, 2**62, 1000))
        self.run(all_of_it())
        assert self.run(self.books.transactions(ACCOUNT, 2**62, 1000)) == before

    @rule(percent=st.integers(1, 110) | st.just(100), settled=st.sampled_from([True, True, False]))
    def spend(self, percent: int, *, settled: bool) -> None:
        amount = Money(max(1, self.run(self.books.balance(ACCOUNT)).available * percent // 100))
        turn = turn_of(self.name("hold"), amount)
        (granted,) = self.run(self.books.take(ACCOUNT, turn)).grants
        if isinstance(granted, Refusal):
            return
        if settled:
            self.spent += self.run(self.books.take(ACCOUNT, end_of(turn, amount))).hold.captured
        else:
            self.holds.append(turn)

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS)
    def cheat(self, pick: int) -> None:
        """Spend everything, and have the bank take the money back."""
        self.spend(100, settled=True)
        self.dispute(pick, 100, 1, DisputeStage.OPEN)

    @precondition(lambda self: self.holds)
    @rule()
    def release(self) -> None:
        self.run(self.books.take(ACCOUNT, end_of(self.holds.pop())))

    @rule(cents=st.integers(1, 2000))
    def grant(self, cents: int) -> None:
        amount = Money(cents * 10_000_000)
        self.run(self.books.grant(ACCOUNT, Movement(amount=amount, reference=self.name("grant"))))
        self.spent -= amount

    @rule()
    def crash(self) -> None:
        """The process ends while events are being taken in; what it has not answered is sent again."""

        async def begun() -> None:
            for each in self.told:
                task = asyncio.ensure_future(self.payments.hear(each))
                await asyncio.sleep(0)
                task.cancel()

        self.run(begun())
        self.engine.close()
        self.open()

    def tell(self, payment: str, fact: Fact) -> None:
        notice = Notice(self.name("evt"), type(fact).__name__, ACCOUNT, payment, livemode=False, fact=fact)
        self.told.append(notice)
        self.asked[payment].told.append(fact)
        self.run(self.payments.hear(notice))
        if not self.holds:  # whoever owes has nothing that was paid for
            seen = self.run(self.look())
            assert not (seen.owed and seen.purse.cash)

    async def look(self) -> Seen:
        async def work(transaction: Transaction) -> Seen:
            debts = await transaction.rows("SELECT amount FROM payment_debts WHERE account = ?1")
            ledger = await transaction.rows(
                "SELECT coalesce(sum(amount), 0) FROM billing_entries"
                " WHERE account = ?1 AND ledger_account = 'debt'"
            )
            return Seen(
                await wallet.lock(transaction),
                int(debts[0][0]) if debts else 0,
                int(ledger[0][0]),
                await audit.faults(transaction),
            )

        return await self.books.write(ACCOUNT, work)

    @invariant()
    def the_books_are_in_order(self) -> None:
        """They come to what they should, and what is owed is in the ledger: all seen at one moment."""
        seen = self.run(self.look())
        assert seen.faults == []
        assert seen.purse.balance - seen.owed == worth(self.asked.values()) - self.spent
        assert seen.debt_in_ledger == -seen.owed

    @invariant()
    def payments_are_said_to_be_what_they_are(self) -> None:
        for name, asked in self.asked.items():
            payment, disputes = self.run(self.payments.find(ACCOUNT, name))
            said = status(payment, disputes, self.clock.now_ns())
            paid = ("paid", "partly_refunded", "refunded", "disputed", "charged_back")
            assert said in (paid if asked.is_paid else (asked.status,))

    def picked(self, pick: int) -> str:
        return list(self.asked)[pick % len(self.asked)]


Shop.TestCase.settings = settings(
    max_examples=25, stateful_step_count=50, suppress_health_check=list(HealthCheck)
)
TestShop = Shop.TestCase

"""Any sequence of what can happen to an account: its books stay in order, and come to what they should."""

import asyncio
import copy
import tempfile
from collections.abc import Callable, Coroutine
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from purse import ACCOUNT, PROJECT, Purse, turn_after
from reckoning import Credit, Held, Oracle

from brickyard.contract import Conflict, Money, PaymentRequired
from brickyard.engines.clock import ManualClock
from brickyard.platform.billing import caps
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.holds import Hold, Lapsed, Turn
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.movements import Movement
from brickyard.platform.billing.room import Refusal
from brickyard.platform.billing.schema import NEVER_NS
from brickyard.platform.billing.statement import statement_of

AMOUNTS = st.integers(1, 30) | st.integers(1, 10**9)
KEYS = st.sampled_from(["key_a", "key_b"])
SECONDS = st.sampled_from([1, 60, 3600, 86_400, 20 * 86_400])
PICKS = st.integers(0, 1000)
NS = 1_000_000_000


class Account(RuleBasedStateMachine):
    """The real books over real SQLite, beside an oracle of what they should come to."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock()
        self.purse = Purse(Path(self.folder.name) / "books.db", self.clock)
        self.oracle = Oracle()
        self.names = 0
        self.turns: dict[str, Hold] = {}
        """Each hold as its last turn left it."""
        self.months = {Month.of(self.clock.now_ns())}

    def teardown(self) -> None:
        self.purse.close()
        self.loop.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @property
    def now_ns(self) -> int:
        return self.clock.now_ns()

    @property
    def books(self) -> Books:
        """The books, with all that was noted posted in them."""
        self.run(self.purse.books.sql(ACCOUNT))
        self.oracle.post_noted()
        return self.purse.books

    def name(self) -> str:
        self.names += 1
        return f"name_{self.names}"

    @rule(amount=AMOUNTS, times=st.integers(1, 3))
    def top_up(self, amount: int, times: int) -> None:
        movement, books = Movement(amount=Money(amount), reference=self.name()), self.books
        for _ in range(times):
            record = self.run(books.top_up(ACCOUNT, movement))
        self.oracle.cash += amount
        self.oracle.number += 1
        assert record.sequence == self.oracle.number
        self.oracle.payments[record.sequence] = amount

    @rule(amount=AMOUNTS, seconds=SECONDS | st.none(), priority=st.integers(-1, 1))
    def grant(self, amount: int, seconds: int | None, priority: int) -> None:
        expires_ns = NEVER_NS if seconds is None else self.now_ns + seconds * NS
        movement = Movement(amount=Money(amount), expires_ns=expires_ns, priority=priority)
        record = self.run(self.books.grant(ACCOUNT, movement))
        self.oracle.number += 1
        assert record.sequence == self.oracle.number
        self.oracle.credits.append(Credit(record.sequence, amount, priority, expires_ns))

    @rule(percent=st.integers(1, 130), key=KEYS, seconds=SECONDS)
    def hold(self, percent: int, key: str, seconds: int) -> None:
        _ = self.books  # a call that is refused at first looks at them
        amount = max(1, self.oracle.available * percent // 100)
        turn = Turn(
            id=self.name(),
            number=1,
            project=PROJECT,
            key_id=key,
            endpoint="db.create",
            price_version="v1",
            expires_ns=self.now_ns + seconds * NS,
            wanted=(amount,),
        )
        held = Held(amount, key, Month.of(self.now_ns).starts_ns, turn.expires_ns)
        try:
            self.turns[turn.id] = self.run(self.take(turn))
        except PaymentRequired as refusal:
            self.refused(refusal, held)
            return
        self.admitted(turn.id, held)

    async def take(self, turn: Turn) -> Hold:
        """Take a turn; one that is refused is asked for again when what is over has ended."""
        try:
            return await self.purse.take(turn)
        except PaymentRequired:
            await self.purse.books.expire_due(ACCOUNT)
        return await self.purse.take(turn)

    def admitted(self, name: str, held: Held) -> None:
        after = copy.deepcopy(self.oracle)
        after.expire(self.now_ns)
        if after.room(held.key, self.now_ns) < held.amount:
            # Only what was held beyond its time could have made room for it.
            assert after.due(self.now_ns)
            self.oracle = after
            self.end_due()
            after.expire(self.now_ns)
        assert after.room(held.key, self.now_ns) >= held.amount
        self.oracle = after
        self.oracle.holds[name] = held

    def refused(self, refusal: PaymentRequired, held: Held) -> None:
        self.oracle.expire(self.now_ns)
        self.end_due()
        self.oracle.expire(self.now_ns)
        after = self.oracle
        room = after.room(held.key, self.now_ns)
        assert held.amount > room
        assert refusal.affordable == room
        time_helps = after.available >= held.amount
        assert refusal.resets_at == (timestamp(Month.of(self.now_ns).ends_ns) if time_helps else None)

    def end_due(self) -> None:
        for held in self.oracle.due(self.now_ns):
            held.open = False

    @precondition(lambda self: self.turns)
    @rule(pick=PICKS, part=st.integers(0, 100), kept=st.integers(0, 100), more=AMOUNTS | st.none())
    def turn(self, pick: int, part: int, kept: int, more: int | None) -> None:
        """Calls of a hold end, others go on, and one more may begin."""
        name = self.picked(self.turns, pick)
        hold, held = self.turns[name], self.oracle.holds[name]
        taken = held.left * part // 100
        keeps = (held.left - taken) * kept // 100
        wanted = () if more is None else (more,)
        turn = turn_after(hold, calls=1, taken=taken, kept=keeps, wanted=wanted)
        try:
            outcome = self.run(self.purse.books.take(ACCOUNT, turn))
        except Lapsed:
            assert not held.open
            del self.turns[name]
            return
        self.turns[name] = outcome.hold
        self.oracle.expire(self.now_ns)
        self.oracle.take_turn(name, taken, keeps)
        room = self.oracle.room(held.key, self.now_ns, held.month_ns)
        for grant in outcome.grants:
            if isinstance(grant, Refusal):
                assert more is not None
                assert more > room
                assert grant.problem.affordable == max(0, room)
            else:
                assert grant <= room
                held.amount += grant
        assert (outcome.hold.captured, outcome.hold.held) == (held.captured, held.left)

    @precondition(lambda self: self.turns)
    @rule(pick=PICKS, part=st.integers(0, 100))
    def note(self, pick: int, part: int) -> None:
        """A call of a hold ends, and nothing else is asked."""
        name = self.picked(self.turns, pick)
        hold, held = self.turns[name], self.oracle.holds[name]
        taken = held.left * part // 100
        find = "SELECT state FROM billing_holds WHERE account = ?1 AND id = ?2"
        is_held = self.run(self.purse.sql.rows(find, name)) == [("held",)]
        turn = turn_after(hold, calls=1, taken=taken, kept=held.left - taken, noted=True)
        try:
            outcome = self.run(self.purse.books.take(ACCOUNT, turn))
        except Lapsed:
            assert not held.open
            del self.turns[name]
            return
        self.turns[name] = outcome.hold
        if is_held:
            self.oracle.note(name, taken)
        else:  # nothing was set aside any more: it was taken whole
            self.oracle.expire(self.now_ns)
            self.oracle.take_turn(name, taken, held.left - taken)
        assert outcome.hold.unposted == held.noted
        assert (outcome.hold.captured, outcome.hold.held) == (held.captured, held.left)

    @precondition(lambda self: self.turns)
    @rule(pick=PICKS, noted=st.booleans())
    def turn_again(self, pick: int, *, noted: bool) -> None:
        """A turn that was taken is asked for again, as by one who has not heard of it: nothing happens."""
        name = self.picked(self.turns, pick)
        hold = self.turns[name]
        again = msgspec.structs.replace(
            turn_after(hold, calls=1, wanted=() if noted else (1,), noted=noted), number=hold.turns
        )
        try:
            found = self.run(self.purse.books.take(ACCOUNT, again)).hold
            assert (found.turns, found.captured, found.held) == (hold.turns, hold.captured, hold.held)
        except Lapsed:
            assert not self.oracle.holds[name].open
            del self.turns[name]

    @precondition(lambda self: self.turns)
    @rule(pick=PICKS)
    def release(self, pick: int) -> None:
        self.turn(pick, 0, 0, None)

    @rule()
    def expire_due(self) -> None:
        ended = self.run(self.books.expire_due(ACCOUNT))
        assert ended == len(self.oracle.due(self.now_ns))
        self.end_due()

    @rule()
    def look_at_the_balance(self) -> None:
        self.run(self.books.balance(ACCOUNT))
        self.oracle.expire(self.now_ns)

    @rule(amount=AMOUNTS, sign=st.sampled_from([-1, 1]))
    def adjust(self, amount: int, sign: int) -> None:
        def change(oracle: Oracle) -> bool:
            oracle.expire(self.now_ns)
            possible = sign > 0 or oracle.takeable >= amount
            oracle.cash += sign * amount
            return possible

        self.moved(self.books.adjust, Movement(amount=Money(sign * amount)), change)

    @precondition(lambda self: self.oracle.captures)
    @rule(pick=PICKS, amount=AMOUNTS)
    def refund_a_call(self, pick: int, amount: int) -> None:
        capture = self.picked(self.oracle.captures, pick)
        movement = Movement(amount=Money(amount), original=capture)
        books, left = self.books, sum(self.oracle.captures[capture].values())

        def change(oracle: Oracle) -> bool:
            oracle.give_back(capture, amount)
            oracle.number -= 1  # counted by `moved`
            return amount <= left

        self.moved(books.refund, movement, change)

    @precondition(lambda self: self.oracle.payments)
    @rule(pick=PICKS, amount=AMOUNTS)
    def refund_a_payment(self, pick: int, amount: int) -> None:
        number = self.picked(self.oracle.payments, pick)

        def change(oracle: Oracle) -> bool:
            oracle.expire(self.now_ns)
            possible = amount <= min(oracle.payments[number], oracle.takeable)
            oracle.payments[number] -= amount
            oracle.cash -= amount
            return possible

        self.moved(self.books.refund, Movement(amount=Money(amount), original=number), change)

    @precondition(lambda self: self.oracle.payments)
    @rule(pick=PICKS, amount=AMOUNTS)
    def charge_back(self, pick: int, amount: int) -> None:
        number = self.picked(self.oracle.payments, pick)

        def change(oracle: Oracle) -> bool:
            oracle.expire(self.now_ns)
            possible = amount <= oracle.payments[number]
            oracle.payments[number] -= amount
            oracle.cash -= min(amount, oracle.takeable)
            return possible

        self.moved(self.books.chargeback, Movement(amount=Money(amount), original=number), change)

    def moved(
        self,
        move: Callable[[str, Movement], Coroutine[Any, Any, Any]],
        movement: Movement,
        change: Callable[[Oracle], bool],
    ) -> None:
        """Make a movement; it succeeds exactly if the change that the oracle makes of it is possible."""
        after = copy.deepcopy(self.oracle)
        possible = change(after)
        try:
            self.run(move(ACCOUNT, movement))
        except Conflict:
            assert not possible
            return
        assert possible
        after.number += 1
        self.oracle = after

    @rule(key=KEYS | st.just(""), amount=st.none() | AMOUNTS)
    def set_cap(self, key: str, amount: int | None) -> None:
        if amount is None:
            self.run(self.books.write(ACCOUNT, lambda tx: caps.remove(tx, PROJECT, key)))
            self.oracle.caps.pop(key, None)
        else:
            self.run(self.books.write(ACCOUNT, lambda tx: caps.put(tx, PROJECT, key, amount)))
            self.oracle.caps[key] = amount

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.months.add(Month.of(self.now_ns))

    @rule()
    def the_clock_is_put_back(self) -> None:
        self.clock.advance(-7200)
        self.months.add(Month.of(self.now_ns))

    @rule(amounts=st.lists(AMOUNTS, max_size=5))
    def crash(self, amounts: list[int]) -> None:
        """The process ends while calls are being admitted of which nobody will hear."""

        async def begun() -> None:
            for amount in amounts:
                name = self.name()
                task = asyncio.ensure_future(
                    self.purse.hold(str(Money(amount)), id=name, key_id="key_a", expires_ns=self.now_ns)
                )
                await asyncio.sleep(0)
                task.cancel()

        self.run(begun())
        self.purse.close()
        self.purse.open()
        self.run(self.learn_of_the_crash())

    async def learn_of_the_crash(self) -> None:
        """What was written before the end is there, whole; what was not has left nothing."""
        rows = await self.purse.sql.rows(
            "SELECT id, amount, key_id, month_ns, expires_ns FROM billing_holds WHERE account = ?1"
        )
        for name, *row in rows:
            if name not in self.oracle.holds:
                self.oracle.expire(self.now_ns)
                self.oracle.holds[name] = Held(*row)
        self.oracle.post_noted()
        await self.purse.books.balance(ACCOUNT)  # calls that were refused took away what had expired
        self.oracle.expire(self.now_ns)

    @invariant()
    def the_books_are_in_order(self) -> None:
        assert self.run(self.purse.faults()) == []

    @invariant()
    def they_come_to_what_they_should(self) -> None:
        rows = self.run(
            self.purse.sql.rows(
                "SELECT balance - credit, credit, held, sequence FROM billing_accounts WHERE account = ?1"
            )
        )
        expected = (self.oracle.cash, self.oracle.credit, self.oracle.held, self.oracle.number)
        assert rows in ([expected], [])

    @invariant()
    def statements_add_up_to_the_ledger(self) -> None:
        self.run(self.add_statements_up())

    async def add_statements_up(self) -> None:
        months = sorted(self.months, key=lambda month: month.starts_ns)
        statements = [await statement_of(self.purse.sql, ACCOUNT, month) for month in months]
        assert statements[0].opening == 0
        for one, next_one in pairwise(statements):
            assert one.closing == next_one.opening
        assert statements[-1].closing == self.oracle.cash + self.oracle.credit

    @staticmethod
    def picked(these: dict[Any, Any], pick: int) -> Any:
        return list(these)[pick % len(these)]


Account.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
TestAccount = Account.TestCase

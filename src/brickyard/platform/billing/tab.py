"""A tab: calls of one endpoint by one key draw on money that is held for many of them at once.

They turn to the books together, in one transaction at a time: what ended is taken, what waits is granted, and
while there is plenty, as much is held ahead as will be drawn until the next time. So a busy key seldom waits,
and what a call costs the database is shared by many.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence

import msgspec

from brickyard.contract import Money
from brickyard.engines.clock import Clock
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.holds import Lapsed, Outcome, Turn
from brickyard.platform.billing.month import Month
from brickyard.platform.billing.room import Refusal

IDLE_S = 0.5
"""After so long without a call, what is held ahead is given back."""
PASSING_S = 2 * IDLE_S
"""How long a call waits for what others hold ahead, if that would suffice for it."""
AHEAD_MAX = 512
"""Calls that are held for ahead, at most."""
TURNS_AHEAD = 16
"""For as many turns as this is held ahead, while calls come together: all but the first are only noted."""
STEADY_SHARE = 16
"""Of calls that come one after another, one in so many of half a second's is held for ahead, and one more."""
FEW = 4
"""As long as half a second has no more, none is held for ahead: each waits until its money is held."""


Place = tuple[str, str, str, str]
"""What has a tab of its own: account, project, key, endpoint."""


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What an endpoint costs a key."""

    account: str
    """Who pays."""
    project: str
    key_id: str
    endpoint: str
    """As in the catalog: `db.create`."""
    price: Money
    """Of one call."""
    price_version: str
    free_calls: int = 0
    """How many calls a month are free."""
    calls_max: int | None = None
    """How many calls a month may be made; None for any number."""
    lineage: str = ""
    """Under which key's id its spending is counted; empty for its own."""
    budget: Money | None = None
    """How much the key may spend a month, for all endpoints together; None for as much as its project."""
    place: Place = ("", "", "", "")
    """Set from the others."""

    def __post_init__(self) -> None:
        """Put the place together once: it is looked up at every call."""
        msgspec.structs.force_setattr(self, "place", (self.account, self.project, self.key_id, self.endpoint))

    @property
    def counted(self) -> bool:
        """Whether calls are counted."""
        return bool(self.free_calls) or self.calls_max is not None


class Draw:
    """What is held for one call."""

    __slots__ = ("_ended", "_free", "amount", "tab")

    def __init__(self, tab: "Tab", amount: int, *, free: bool) -> None:
        """Note that a call may cost `amount` at most, and whether it is one of the month's free ones."""
        self.tab, self.amount, self._free, self._ended = tab, amount, free, False

    def end(self, *, succeeded: bool, actual: int | None = None) -> Money:
        """End the call; gives what it has cost: all that is held if not told, nothing if it failed.

        To end it twice changes nothing. What it has cost is in the books when `tab.settled` returns.
        """
        if self._ended:
            return Money(0)
        self._ended = True
        return self.tab.give_back(
            self.amount, self.amount if actual is None else actual, succeeded, self._free
        )


class _Waiting(msgspec.Struct, frozen=True):
    """A call for which nothing is held yet."""

    amount: int
    granted: asyncio.Future[Draw | Refusal | None]
    """Becomes None if the tab was over before anything was decided."""


class Tab:
    """One hold in the books, and the calls that draw on it."""

    def __init__(
        self, books: Books, clock: Clock, offer: Offer, hold_limit_ns: int, forget: Callable[["Tab"], None]
    ) -> None:
        """Sell by `offer`, and keep money held no longer than `hold_limit_ns` between two turns.

        `forget` is called once no call can draw on it any more.
        """
        self._books, self._clock, self._offer = books, clock, offer
        self._hold_limit_ns, self._forget = hold_limit_ns, forget
        self._id, self._number = f"hold_{secrets.token_hex(12)}", 1
        self._counted = offer.counted
        self._month = Month.of(clock.now_ns())
        self._over = self._lapsed = self._closed = False
        self._spare = self._free_ahead = self._paid_ahead = 0  # held, and drawn by nobody
        self._open = self._drawn = 0  # calls under way, and what they drew
        self._calls = self._taken = self._overrun = 0  # what ended since the last turn was planned
        self._expires_ns = 0
        self._amount = 0  # what the last call that waited was granted
        self._since_turn = self._since_tick = self._steady = 0  # how often it was drawn on
        self._waiting: list[_Waiting] = []
        self._hoping = 0  # calls that were refused, and will ask once more
        self._unsure: Turn | None = None
        self._noted = False  # whether anything is noted that is to be posted when half a second is over
        self._post = False
        self._next: asyncio.Future[None] | None = None
        self._turning: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def offer(self) -> Offer:
        """Say by what it sells."""
        return self._offer

    def takes_draws(self, offer: Offer, now_ns: int) -> bool:
        """Say whether calls by an offer that begin now may draw on it: each month has holds of its own."""
        same = self._offer is offer or self._offer == offer
        return same and not self._over and now_ns < self._month.ends_ns

    def draw_now(self, amount: int) -> Draw | None:
        """Draw on what is held ahead; None if it does not suffice."""
        free = False
        if self._counted:
            if self._free_ahead:
                self._free_ahead -= 1
                amount, free = 0, True
            elif self._paid_ahead and amount <= self._spare:
                self._paid_ahead -= 1
            else:
                return None
        elif amount > self._spare:
            return None
        return self._draw(amount, free=free)

    async def draw(self, amount: int) -> Draw | None:
        """Have `amount` held for a call, and draw on it; None if the tab was over before.

        Raises `PaymentRequired` if it may not be spent, `Unavailable` if that cannot be known.
        """
        granted = self.draw_now(amount) or await self._granted(amount)
        if isinstance(granted, Refusal) and await self._may_pass(granted):
            granted = self.draw_now(amount) or await self._granted(amount)
        if isinstance(granted, Refusal):
            raise granted.problem
        return granted

    def give_back(self, amount: int, actual: int, succeeded: bool, free: bool) -> Money:  # noqa: FBT001 - only of `Draw.end`
        """Take back what a call drew; gives what it has cost."""
        if actual < 0:
            raise ValueError(f"A call cannot cost {actual}.")
        self._open -= 1
        self._drawn -= amount
        if self._lapsed:
            return Money(0)
        if not succeeded:
            self._spare += amount
            self._free_ahead += free
            self._paid_ahead += self._counted and not free
            return Money(0)
        cost = min(actual, amount)
        self._spare += amount - cost
        self._taken += cost
        self._calls += 1
        if actual > amount and not free:
            self._overrun += actual - amount
        return Money(cost)

    async def settled(self) -> None:
        """Wait until what ended is in the books, or could not be put there: then it is tried again."""
        if not self._lapsed and (self._calls or (not self._open and self._has_too_much(self._foreseen()))):
            await asyncio.shield(self._turn_soon())

    async def close(self) -> None:
        """Take no more draws, and give back what is held once no call is under way."""
        self._end()
        await asyncio.shield(self._turn_soon())

    def _draw(self, amount: int, *, free: bool) -> Draw:
        self._spare -= amount
        self._drawn += amount
        self._open += 1
        self._since_turn += 1
        self._since_tick += 1
        return Draw(self, amount, free=free)

    async def _granted(self, amount: int) -> Draw | Refusal | None:
        if self._over:
            return None
        waiting = _Waiting(amount, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._turn_soon()
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            _give_up(waiting)
            raise

    async def _may_pass(self, refusal: Refusal) -> bool:
        """Wait until there may be room for a call that was refused; False if there will not be."""
        if await self._books.expire_due(self._offer.account):  # calls that nobody ended may be what holds it
            return True
        if refusal.may_pass:
            self._hoping += 1
            try:
                await asyncio.sleep(PASSING_S)
            finally:
                self._hoping -= 1
        return refusal.may_pass

    def _turn_soon(self) -> asyncio.Future[None]:
        """Have a turn taken that begins after this; gives what is done when it is over."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.create_future()
        if self._turning is None:
            self._turning = loop.create_task(self._take_turns())
        return self._next

    async def _take_turns(self) -> None:
        while (done := self._next) is not None:
            self._next = None
            if not self._closed:
                await self._take_turn()
            done.set_result(None)
        self._turning = None

    async def _take_turn(self) -> None:
        """Take the turn of which it is not known whether it was taken, if there is one, and then the next."""
        if self._unsure is None or await self._take(self._unsure, ()):
            waiting, self._waiting = self._waiting, []
            if self._number > 1 or waiting:
                await self._take(self._plan(waiting), waiting)
            elif self._over:
                self._finish()

    def _plan(self, waiting: Sequence[_Waiting]) -> Turn:
        ahead = self._foreseen()
        if self._has_too_much(ahead):  # nobody may draw what is about to be given back
            self._keep(ahead)
            noted = False
        else:
            noted = not waiting and self._suffices() and not (self._overrun or self._post)
        if not noted:
            self._expires_ns = self._clock.now_ns() + self._hold_limit_ns
        counted_ahead = self._free_ahead + self._paid_ahead
        turn = Turn(
            id=self._id,
            number=self._number,
            project=self._offer.project,
            key_id=self._offer.key_id,
            endpoint=self._offer.endpoint,
            price_version=self._offer.price_version,
            expires_ns=self._expires_ns,
            free_calls=self._offer.free_calls,
            calls_max=self._offer.calls_max,
            lineage=self._offer.lineage,
            budget=self._offer.budget,
            calls=self._calls,
            taken=self._taken,
            overrun=self._overrun,
            kept=self._drawn + self._spare,
            places=self._open + counted_ahead if self._counted else 0,
            wanted=tuple([each.amount for each in waiting]),
            ahead=0 if noted else max(0, ahead * self._amount - self._spare),
            calls_ahead=0 if noted or not self._counted else max(0, ahead - counted_ahead),
            noted=noted,
        )
        self._noted, self._post = noted, False
        self._calls = self._taken = self._overrun = self._since_turn = 0
        return turn

    def _keep(self, calls: int) -> None:
        """Keep what is held ahead for so many calls, and nobody may draw what is about to be given back."""
        self._free_ahead = min(self._free_ahead, calls)
        self._paid_ahead = min(self._paid_ahead, calls - self._free_ahead)
        self._spare = min(self._spare, (calls - self._free_ahead) * self._amount)

    def _foreseen(self) -> int:
        """Say for how many calls that are likely to come money is best held."""
        if self._over:
            return 0
        together = TURNS_AHEAD * self._since_turn if self._since_turn > 1 else 0
        return min(AHEAD_MAX, max(together, self._one_by_one()))

    def _one_by_one(self) -> int:
        """Say for how many money is best held while calls come one after another."""
        return max(self._steady, _ahead_of(self._since_tick))

    def _suffices(self) -> bool:
        """Say whether what is held ahead is likely to last for the turn after the next."""
        calls = 2 * self._since_turn if self._since_turn > 1 else (self._one_by_one() + 1) // 2
        ahead = self._free_ahead + self._paid_ahead if self._counted else calls
        return not self._over and ahead >= calls and self._spare >= (calls - self._free_ahead) * self._amount

    def _has_too_much(self, ahead: int) -> bool:
        """Say whether more is held ahead than is needed for so many calls, by far."""
        enough = 2 * ahead
        return self._spare > enough * self._amount or self._free_ahead + self._paid_ahead > enough

    async def _take(self, turn: Turn, waiting: Sequence[_Waiting]) -> bool:
        """Take a turn; False if it is not known whether it was taken."""
        self._unsure = turn
        try:
            outcome = await self._books.take(self._offer.account, turn)
        except Lapsed:
            self._lapse(waiting)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait have to hear of it
            self._unsure = msgspec.structs.replace(turn, wanted=(), ahead=0, calls_ahead=0)
            self._watch()
            for each in (*waiting, *self._waiting):
                if not each.granted.done():
                    each.granted.set_exception(error)
            self._waiting = []
            return False
        else:
            self._learn(turn, outcome, waiting)
        return True

    def _learn(self, turn: Turn, outcome: Outcome, waiting: Sequence[_Waiting]) -> None:
        """Note what came of a turn, and tell those who waited for it."""
        hold = outcome.hold
        self._unsure, self._number, self._month = None, hold.turns + 1, Month.of(hold.month_ns)
        self._free_ahead += outcome.free_ahead
        self._paid_ahead += outcome.paid_ahead
        for each, grant in zip(waiting, outcome.grants, strict=True):
            if isinstance(grant, Refusal):
                told: Draw | Refusal = grant
            else:
                self._amount = grant
                told = self._draw(grant, free=grant < each.amount)
            if not each.granted.done():
                each.granted.set_result(told)
            elif isinstance(told, Draw):  # who waited has gone
                told.end(succeeded=False)
        self._spare = hold.held - self._drawn - self._taken
        if self._over and not (hold.held or self._open or self._waiting or self._calls):
            self._finish()
        else:
            self._watch()

    def _lapse(self, waiting: Sequence[_Waiting]) -> None:
        """Learn that the hold's time was over. What is drawn on it is not paid for; who waits is sent on."""
        self._lapsed = True
        self._end()
        self._finish()
        for each in (*waiting, *self._waiting):
            if not each.granted.done():
                each.granted.set_result(None)
        self._waiting = []

    def _end(self) -> None:
        self._over = True
        self._forget(self)

    def _finish(self) -> None:
        self._closed = True
        self._unsure = None
        if self._timer is not None:
            self._timer.cancel()

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_S, self._tick)

    def _tick(self) -> None:
        """Look, now and then, whether money is held in vain, or has to be held for longer."""
        self._timer = None
        if self._closed:
            return
        drawn, self._since_tick = self._since_tick, 0
        self._steady = _ahead_of(drawn)
        if not (drawn or self._open or self._waiting or self._hoping):
            self._end()
        is_old = self._clock.now_ns() > self._expires_ns - self._hold_limit_ns // 2
        self._post = self._noted or is_old
        if self._over or self._calls or self._unsure is not None or self._post:
            self._turn_soon()
        self._watch()


def _ahead_of(calls: int) -> int:
    """Say for how many more money is best held when half a second has had so many, one after another."""
    return 1 + calls // STEADY_SHARE if calls > FEW else 0


def _give_up(waiting: _Waiting) -> None:
    """Give back what was granted to a call whose client left in the same moment."""
    granted = waiting.granted
    if granted.done() and not granted.cancelled() and granted.exception() is None:
        draw = granted.result()
        if isinstance(draw, Draw):
            draw.end(succeeded=False)

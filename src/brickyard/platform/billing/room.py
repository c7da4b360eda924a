"""What an account has room for: its balance, its caps, its free calls, its tier's number of calls.

It is counted down in plain numbers, under the lock of the wallet, while one turn of a hold is decided.
"""

import msgspec

from brickyard.contract import Money, PaymentRequired
from brickyard.platform.billing.caps import Cap
from brickyard.platform.billing.month import Month, timestamp
from brickyard.platform.billing.prices import FREE_ENDPOINTS
from brickyard.platform.billing.wallet import Wallet

AHEAD_SHARE = 32
"""One part in so many of what is left is set aside at most for calls that nobody has made yet."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a call may not be made."""

    problem: PaymentRequired
    may_pass: bool
    """Whether others hold what it lacks: what they hold ahead they give back soon."""


class Quota(msgspec.Struct, frozen=True):
    """How many calls of an endpoint an account may make in a month."""

    endpoint: str
    free_calls: int
    calls_max: int | None
    used: int
    """How many are made, under way, or counted ahead."""
    others_hold: bool
    """Whether any of those are under way or counted ahead."""


class Room:
    """What is left, and what was given of it."""

    def __init__(
        self, purse: Wallet, bounds: list[Cap], quota: Quota | None, month_ns: int, back: int
    ) -> None:
        """Begin with what a wallet has and `bounds` leave, and with a quota where calls are counted.

        Of what the wallet holds, `back` is just given back.
        """
        self._purse = msgspec.structs.replace(purse, held=purse.held - back)
        self._bounds = [msgspec.structs.replace(cap, held=cap.held - back) for cap in bounds]
        self._quota, self._month_ns = quota, month_ns
        self._affordable = min([self._purse.available, *(cap.left for cap in self._bounds)])
        self.held = 0
        """What was given, in nano-dollars."""
        self.counted = 0
        """How many calls were given a place in the month's number."""

    def grant(self, amount: int) -> int | Refusal:
        """Give a call what it may cost: 0 if it is a free one."""
        quota = self._quota
        if quota is not None:
            used = quota.used + self.counted
            if quota.calls_max is not None and used >= quota.calls_max:
                return self._too_many(quota, quota.calls_max)
            if used < quota.free_calls:
                self.counted += 1
                return 0
        if amount > self._affordable:
            return self._too_dear(amount)
        if quota is not None:
            self.counted += 1
        return self._give(amount)

    def hold_ahead(self, amount: int) -> int:
        """Give `amount` for calls to come, or the share of what is left that may be held for them."""
        return self._give(min(amount, max(0, self._affordable) // AHEAD_SHARE))

    def count_ahead(self, calls: int) -> tuple[int, int]:
        """Give places to calls to come: so many of free ones, and of ones that are paid for."""
        quota = self._quota
        if quota is None:
            return 0, 0
        used = quota.used + self.counted
        if quota.calls_max is not None:
            calls = min(calls, max(0, quota.calls_max - used) // AHEAD_SHARE)
        if used < quota.free_calls:
            free, paid = min(calls, (quota.free_calls - used) // AHEAD_SHARE), 0
        else:
            free, paid = 0, calls
        self.counted += free + paid
        return free, paid

    def _give(self, amount: int) -> int:
        self._affordable -= amount
        self.held += amount
        return amount

    def _too_many(self, quota: Quota, calls_max: int) -> Refusal:
        what = "free endpoints" if quota.endpoint == FREE_ENDPOINTS else quota.endpoint
        problem = PaymentRequired(
            f"The account's tier has {calls_max} calls of {what} a month, all made.",
            affordable=Money(0),
            resets_at=self._next_month(),
        )
        return Refusal(problem, quota.others_hold)

    def _too_dear(self, amount: int) -> Refusal:
        """Say what falls short; time helps only if the balance suffices."""
        affordable = Money(max(0, self._affordable))
        whole = min([self._purse.balance, *(cap.amount - cap.spent for cap in self._bounds)])
        may_pass = amount <= whole - self.held
        available = Money(self._purse.available - self.held)
        if available < amount:
            problem = PaymentRequired(
                f"The call may cost {Money(amount)} dollars, and {available} are available. Top up.",
                affordable=affordable,
            )
            return Refusal(problem, may_pass)
        short = min(self._bounds, key=lambda cap: cap.left)
        if short.closed:
            moved = "The project was just handed over to another account, which pays now: call again."
            return Refusal(PaymentRequired(moved, affordable=Money(0)), may_pass=False)
        problem = PaymentRequired(
            f"The call may cost {Money(amount)} dollars, and the monthly cap of {short.subject} "
            f"({Money(short.amount)} dollars) leaves {Money(short.left - self.held)}. Raise it"
            f" ({'key/Update, ' if short.key_id else ''}billing/SetCap), or wait.",
            affordable=affordable,
            resets_at=self._next_month(),
        )
        return Refusal(problem, may_pass)

    def _next_month(self) -> str:
        return timestamp(Month.of(self._month_ns).ends_ns)

"""What is let through at a gateway, counted so that the others can be told."""

from typing import Literal, NamedTuple

AGE_S = 0.25
"""How long ago others let through what they tell of, on average: they tell and are heard as often."""
LAG_MAX_S = 1.0
"""While all hear of everything within this time, debts stay below their bound."""
FOLLOWED = 0.9
"""What part of what others let through is taken out here.

Limits that were not full at the same moment differ by a little. Were it all of it, whoever has less would get
nothing for as long as the others are flooded; so it catches up, and a flood everywhere gets a ninth more.
"""

Kind = Literal["account", "key", "bytes"]


class Name(NamedTuple):
    """Which limit it is; the same at every gateway."""

    kind: Kind
    owner: str
    """A key for `key`, an account for the others."""
    per_s: int


NAMELESS = Name("key", "", 0)
"""Of a limit that nobody is told of."""


class Counted:
    """A limit that counts what it lets through."""

    __slots__ = ("burst", "name", "taken")

    def __init__(self, burst: int, name: Name) -> None:
        """Count from 0."""
        self.burst, self.name = burst, name
        """`burst` is how much is let through at once, if nothing was for a while."""
        self.taken = 0
        """How much was let through here since the others were last told: calls, or bytes."""

    @property
    def whole_at_s(self) -> float:
        """When all of it may be used at once again, if nothing is until then."""
        raise NotImplementedError

    def owe(self, whole_at_s: float) -> None:
        """Take it to be whole no earlier than that, as it is at another gateway."""
        raise NotImplementedError

    def debit(self, taken: int, now_s: float, others: int) -> None:
        """Take out what one of so many other gateways let through, whether or not there is as much left."""
        raise NotImplementedError


def debited(full_at_s: float, worth_s: float, now_s: float, hold_s: float, others: int) -> float:
    """Give when a limit is whole again of which another gateway has used what comes in `worth_s`.

    It is as if that had been used `AGE_S` ago. Debts have a bound, so that nobody waits for ever: what each
    other gateway can let through before anybody hears of it, if the limit is whole and holds `hold_s`.
    """
    unheard_s = hold_s + LAG_MAX_S
    debit_s = min(worth_s, unheard_s) * FOLLOWED
    return min(max(full_at_s, now_s - AGE_S) + debit_s, now_s + hold_s + others * unheard_s)

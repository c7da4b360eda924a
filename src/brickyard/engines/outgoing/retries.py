"""When to try again."""

import random

import msgspec

SHORTEST = 0.8
"""A pause is shortened at random by up to a fifth, so that what failed together is not tried together."""


class Retries(msgspec.Struct, frozen=True):
    """The pauses between the attempts at one thing; after the last attempt it is given up."""

    pauses_s: tuple[float, ...]
    """Pauses after the first attempt, the second …; at their longest."""

    @classmethod
    def doubling(cls, first_s: float, longest_s: float, within_s: float) -> "Retries":
        """Make pauses that double from `first_s` to `longest_s`, and are `within_s` long together at most."""
        pauses = [first_s]
        left_s = within_s - first_s
        while (following_s := min(pauses[-1] * 2, longest_s)) <= left_s:
            pauses.append(following_s)
            left_s -= following_s
        return cls(tuple(pauses))

    def pause_s(self, attempts: int) -> float | None:
        """Give the pause after so many attempts; None if they were all there are."""
        if attempts > len(self.pauses_s):
            return None
        return self.pauses_s[attempts - 1] * random.uniform(SHORTEST, 1.0)  # noqa: S311 - no secret

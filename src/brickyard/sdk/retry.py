"""When to try again: only what is not done twice by it, after a random wait, while there is time."""

import random
from collections.abc import Callable

import msgspec

from brickyard.sdk.errors import BrickyardError, ConnectionFailedError, RateLimitedError

FIRST_WAIT_S = 0.25
WAIT_MAX_S = 8.0
UNAVAILABLE = 503
FAILED = 500
PROXY_FAILED = frozenset((502, 504))
"""What is said by those in between, who know nothing of `retryable`."""


class NotSentError(ConnectionFailedError):
    """There was no reply, and the call had not been sent."""


class Retries(msgspec.Struct, frozen=True):
    """How often a call is tried again, and how long all of it may take."""

    times: int
    timeout_s: float
    clock: Callable[[], float]
    """Tells the seconds since some moment."""

    def begin(self, may_try_again: "MayTryAgain") -> "Attempts":
        """Begin a call, which is tried again where its failure allows it."""
        return Attempts(self, may_try_again)


class Attempts:
    """One call, tried until it is done, is refused for good, or has taken all of its time."""

    def __init__(self, retries: Retries, may_try_again: "MayTryAgain") -> None:
        """Begin to count and to time."""
        self._retries, self._may_try_again, self._failed = retries, may_try_again, 0
        self._ends_at = retries.clock() + retries.timeout_s

    @property
    def timeout_s(self) -> float:
        """How long the call may take with all its attempts."""
        return self._retries.timeout_s

    def left_s(self) -> float:
        """Give the seconds that are left of the call's time; negative once it is over."""
        return self._ends_at - self._retries.clock()

    def wait_s(self, error: BrickyardError) -> float | None:
        """Give the seconds to wait before trying again; None if it is not to be tried again.

        The wait is what the server asks for; else random between nothing and a bound that doubles, so
        that many clients do not come back together.
        """
        bound_s = min(WAIT_MAX_S, FIRST_WAIT_S * 2**self._failed)
        self._failed += 1
        if self._failed > self._retries.times or not self._may_try_again(error):
            return None
        wait_s = random.uniform(0, bound_s) if error.retry_after_s is None else error.retry_after_s  # noqa: S311 - no secret
        return wait_s if wait_s < self.left_s() else None


MayTryAgain = Callable[[BrickyardError], bool]


def may_succeed_later(error: BrickyardError) -> bool:
    """Whether a failed call may be made again that is not done twice by it: it is safe, or bears a key."""
    if isinstance(error, ConnectionFailedError) or error.code in PROXY_FAILED:
        return True
    return certainly_not_done(error) or (error.code == FAILED and error.retryable)


def certainly_not_done(error: BrickyardError) -> bool:
    """Whether a failed call has certainly had no effect, so that it can be made again."""
    if isinstance(error, NotSentError):
        return True
    refused = isinstance(error, RateLimitedError) or error.code == UNAVAILABLE
    return refused and error.retryable

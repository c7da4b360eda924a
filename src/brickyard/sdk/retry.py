"""When to try again: only what was certainly not done, after a random wait that grows."""

import random

import msgspec

from brickyard.sdk.errors import BrickyardError, ConnectionFailedError, RateLimitedError

FIRST_WAIT_S = 0.25
WAIT_MAX_S = 8.0
PATIENCE_S = 60.0
"""A server that asks for more than that is not waited for."""
UNAVAILABLE = 503


class NotSentError(ConnectionFailedError):
    """There was no reply, and the call had not been sent."""


class Retries(msgspec.Struct, frozen=True):
    """How often a call is tried again, and how long to wait before."""

    times: int

    def wait_s(self, attempt: int, error: BrickyardError, retry_after: str | None) -> float | None:
        """Give the seconds to wait before trying again; None if it is not to be tried again.

        `attempt` counts from 0. The wait is random between nothing and a bound that doubles, so that many
        clients do not come back together.
        """
        if attempt >= self.times or not certainly_not_done(error):
            return None
        if retry_after is not None and retry_after.isdecimal():
            return float(retry_after) if float(retry_after) <= PATIENCE_S else None
        return random.uniform(0, min(WAIT_MAX_S, FIRST_WAIT_S * 2**attempt))  # noqa: S311 - no secret


def certainly_not_done(error: BrickyardError) -> bool:
    """Whether a failed call has certainly had no effect, so that it can be made again."""
    if isinstance(error, NotSentError):
        return True
    refused = isinstance(error, RateLimitedError) or error.code == UNAVAILABLE
    return refused and error.retryable

"""How much time is left: set once for a call, known wherever something is waited for."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


def left_s(at_most: float) -> float:
    """Give how many seconds are left, `at_most` so many; never less than 0."""
    return min(at_most, given_s(at_most))


def given_s(otherwise: float) -> float:
    """Give how many seconds are left, `otherwise` so many if nobody has said; never less than 0."""
    ends_at = _ends_at.get()
    return otherwise if ends_at is None else max(0.0, ends_at - time.monotonic())


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Have what is done within know that it has so many seconds, or what is left if that is less."""
    token = _ends_at.set(time.monotonic() + left_s(seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)

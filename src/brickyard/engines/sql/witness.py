"""Who writes something down in every transaction that a call commits: its effect, and word of it, are one.

A call that is to be done once has one (`platform/idempotency`). It goes with the call's task, not through
the hands of services: whatever they write, it takes part.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from brickyard.contract import Reply
from brickyard.engines.sql import Transaction


class Witness(Protocol):
    """Takes part in the transactions of one call."""

    project: str
    """Whose rows it writes."""

    async def note(self, transaction: Transaction, reply: Reply | None) -> None:
        """Write in a transaction about to be committed, bound to `project`; `reply` is what it answers.

        What this raises undoes the transaction.
        """
        ...

    def committed(self, reply: Reply | None) -> None:
        """Hear that the transaction was committed."""
        ...


_current: ContextVar[Witness | None] = ContextVar("witness", default=None)

current_witness = _current.get
"""Give the witness of the call under way; None for nearly all."""


@contextmanager
def witnessed(witness: Witness | None) -> Generator[None]:
    """Have a witness take part in all that is written within; None for what is not the call's own doing."""
    token = _current.set(witness)
    try:
        yield
    finally:
        _current.reset(token)

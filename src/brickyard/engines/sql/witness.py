"""Who writes something down in every transaction that a call commits: its effect, and word of it, are one.

A call that is to be done once has one (`platform/idempotency`). It goes with the call's task, not through
the hands of services: whatever they write, it takes part.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, cast

from brickyard.contract import Reply
from brickyard.engines.sql import Result, Transaction, Work


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


class Noting(Transaction, Protocol):
    """A transaction in which a witness can write."""

    reply: Reply | None
    """What `answers` was told."""

    async def note(self, witness: Witness) -> None:
        """Have a witness write in it, whatever project that is of."""
        ...


async def commit_noted(
    work: Work[Result], witness: Witness, commit: Callable[[Work[Result]], Awaitable[Result]]
) -> Result:
    """Have `work` committed by an engine, together with what its witness notes of it."""
    reply: Reply | None = None

    async def both(transaction: Transaction) -> Result:
        nonlocal reply
        noting = cast("Noting", transaction)
        result = await work(noting)
        await noting.note(witness)
        reply = noting.reply
        return result

    result = await commit(both)
    witness.committed(reply)
    return result

"""What time brings to the books, in the background: holds and credit end, months end, alerts are told."""

from brickyard.contract import Problem
from brickyard.engines.clock import Clock
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.month import SECOND_NS, Month
from brickyard.platform.billing.notifier import SETTLED_NS, Notifier

EVERY_NS = 60 * SECOND_NS


class Sweep:
    """A step for `Jobs`, taken every minute. Several gateways may take it: to end twice changes nothing."""

    def __init__(self, books: Books, notifier: Notifier, clock: Clock) -> None:
        """Look through all of `books`, as `clock` goes, and have told what is to be told by `notifier`."""
        self._books, self._notifier, self._clock = books, notifier, clock
        self._stated: Month | None = None

    async def step(self) -> int:
        """Go through every account; gives when to look again.

        What fails for one account is raised once all have had their turn.
        """
        over = Month.of(Month.of(self._clock.now_ns() - SETTLED_NS).starts_ns - 1)
        failure: Problem | None = None
        async for account in self._books.accounts():
            try:
                await self._books.tidy(account)
                if over != self._stated:
                    await self._notifier.month_over(account, over)
                await self._notifier.tell(account)
            except Problem as problem:
                failure = problem
        if failure is not None:
            raise failure
        self._stated = over
        return self._clock.now_ns() + EVERY_NS

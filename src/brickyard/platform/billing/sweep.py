"""What is over in the books ends in the background: holds that nobody looks after, and credit."""

from brickyard.engines.clock import Clock
from brickyard.platform.billing.books import Books
from brickyard.platform.billing.month import SECOND_NS

EVERY_NS = 60 * SECOND_NS


class Sweep:
    """A step for `Jobs`, taken every minute. Several gateways may take it: to end twice changes nothing."""

    def __init__(self, books: Books, clock: Clock) -> None:
        """Look through all of `books`, as `clock` goes."""
        self._books, self._clock = books, clock

    async def step(self) -> int:
        """End what is over; gives when to look again."""
        await self._books.sweep()
        return self._clock.now_ns() + EVERY_NS

"""Records of calls are counted and packed in the background, where nobody asks for them."""

from brickyard.engines.clock import Clock
from brickyard.platform.usage.meter import Meter
from brickyard.platform.usage.store import UsageStore

EVERY_NS = 60 * 1_000_000_000


class PickUp:
    """A step for `Jobs`, taken every minute by each gateway for the records that it has written.

    What one that was killed has left is picked up with the project's next calls, or when it is asked for.
    """

    def __init__(self, meter: Meter, store: UsageStore, clock: Clock) -> None:
        """Pick up what `meter` has written, as `clock` goes."""
        self._meter, self._store, self._clock = meter, store, clock

    async def step(self) -> int:
        """Pick up what was written since the last step; gives when to look again."""
        for project in self._meter.take_written():
            await self._store.catch_up(project)
        return self._clock.now_ns() + EVERY_NS

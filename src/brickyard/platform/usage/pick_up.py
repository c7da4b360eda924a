"""Records of calls are counted and packed in the background, where nobody asks for them."""

from brickyard.engines.clock import Clock
from brickyard.platform.usage.hints import Hints
from brickyard.platform.usage.meter import Meter
from brickyard.platform.usage.store import UsageStore

EVERY_NS = 60 * 1_000_000_000


class PickUp:
    """A step for `Jobs`, taken every minute by each gateway for the records that it has written.

    What one that was killed has left, or could not count, is picked up by whichever comes first; to try to
    count records twice changes nothing.
    """

    def __init__(self, meter: Meter, store: UsageStore, hints: Hints, clock: Clock) -> None:
        """Pick up what `meter` has written and what `hints` of others tell of, as `clock` goes."""
        self._meter, self._store, self._hints, self._clock = meter, store, hints, clock

    async def step(self) -> int:
        """Pick up what was written since the last step; gives when to look again."""
        ended, projects = self._meter.end_round()
        for project in projects:
            await self._store.catch_up(project)
        await self._hints.remove(ended)
        for gateway, number, tenant in await self._hints.of_the_dead():
            await self._store.catch_up(tenant)
            await self._hints.followed(gateway, number, tenant)
        return self._clock.now_ns() + EVERY_NS

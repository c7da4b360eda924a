"""The background work that empties a queue."""

from collections.abc import Awaitable, Callable

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.jobs import Jobs, Wake
from brickyard.engines.outgoing.outcome import Later, Outcome
from brickyard.engines.outgoing.queue import Queue

LOOK_NS = 60 * NANOSECONDS
"""How often to look for what nobody here was woken for: what others kept, and did not live to send."""

Attempt = Callable[[str], Awaitable[Outcome]]
"""Tries to send the thing of that id, once."""


class Sender:
    """Makes the attempts that are due, one after another in each worker."""

    def __init__(self, queue: Queue, clock: Clock, attempt: Attempt, lease_s: float) -> None:
        """Empty `queue` by `attempt`, which must end within `lease_s` seconds."""
        self._queue, self._clock, self._attempt, self._lease_s = queue, clock, attempt, lease_s

    def work_in(self, jobs: Jobs, workers: int) -> Wake:
        """Have so many workers at it; the wake is for when something was added."""
        return jobs.register(self._queue.name, self.step, workers)

    async def step(self) -> int:
        """Make one attempt if one is due; gives when to look again."""
        due_ns, now_ns = await self._queue.next_due_ns(), self._clock.now_ns()
        if due_ns is None or due_ns > now_ns:
            return min(due_ns or now_ns + LOOK_NS, now_ns + LOOK_NS)
        claim = await self._queue.claim(self._lease_s)
        if claim is not None:  # else another worker was quicker
            try:
                outcome = await self._attempt(claim.id)
            except Exception:
                await self._queue.settle(claim, Later("It could not be tried, for a fault of ours."))
                raise
            await self._queue.settle(claim, outcome)
        return self._clock.now_ns()

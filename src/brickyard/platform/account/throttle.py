"""How often something may be tried: each attempt raises a level, which falls with time.

Up to a level attempts are free; above it, each has to wait twice as long as the one before. Levels are in
SQL, so that a restart forgets none; what is tried is kept as a hash, since e-mails are people's own.
"""

import hashlib
from math import ceil

import msgspec

from brickyard.contract import TooManyRequests
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.witness import witnessed

NANOSECONDS = 1_000_000_000
FORGET_NS = 2 * 24 * 3600 * NANOSECONDS
"""By then every level has fallen to nothing."""
DOUBLINGS_MAX = 30
FORGET = "DELETE FROM attempts WHERE project = ?1 AND last_ns < ?2"


class Limit(msgspec.Struct, frozen=True):
    """How much of something is too much."""

    free: int
    """Attempts without a pause."""
    forgive_s: float
    """How long it takes the level to fall by one attempt."""
    pause_max_s: float
    """The longest pause: nobody can be kept out for longer by others' attempts."""


class Subject(msgspec.Struct, frozen=True):
    """Something that is tried: whose, or from where."""

    name: str
    limit: Limit

    @property
    def hash(self) -> bytes:
        """What it is kept under."""
        return hashlib.sha256(self.name.encode()).digest()


class Throttle:
    """The levels of all subjects. `sql` is bound to the platform's own project.

    That an attempt was counted is no effect of the call that makes it: who repeats the call tries again.
    """

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep levels in `sql`, which fall by `clock`."""
        self._sql, self._clock = sql, clock

    async def admit(self, *subjects: Subject) -> None:
        """Count an attempt against each subject before it is made; `TooManyRequests` if one has to wait.

        It is counted first so that a hundred attempts at once are not all made as if each were the first.
        """
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await transaction.changed(FORGET, now_ns - FORGET_NS)
            for each in subjects:
                await _count(transaction, each, now_ns)

        with witnessed(None):
            await self._sql.transact(work)

    async def forgive(self, *subjects: Subject) -> None:
        """Take back the last attempt at each subject: it was a good one."""

        async def work(transaction: Transaction) -> None:
            for each in subjects:
                await transaction.changed(
                    "UPDATE attempts SET level = level - 1"
                    " WHERE project = ?1 AND subject = ?2 AND level >= 1",
                    each.hash,
                )

        with witnessed(None):
            await self._sql.transact(work)

    async def clear(self, subject: Subject) -> None:
        """Forget all attempts at a subject."""
        with witnessed(None):
            await self._sql.run("DELETE FROM attempts WHERE project = ?1 AND subject = ?2", subject.hash)


async def _count(transaction: Transaction, subject: Subject, now_ns: int) -> None:
    rows = await transaction.rows(
        "SELECT level, last_ns FROM attempts WHERE project = ?1 AND subject = ?2", subject.hash
    )
    level = 0.0
    if rows:
        passed_s = max(0, now_ns - rows[0][1]) / NANOSECONDS
        level = max(0.0, rows[0][0] - passed_s / subject.limit.forgive_s)
        wait_s = pause_s(level, subject.limit) - passed_s
        if wait_s > 0:
            raise TooManyRequests(
                f"Too many attempts. The next one can be made in {ceil(wait_s)} s.", retry_after_s=wait_s
            )
    await transaction.changed(
        "INSERT INTO attempts (project, subject, level, last_ns) VALUES (?1, ?2, ?3, ?4)"
        " ON CONFLICT (project, subject) DO UPDATE SET level = excluded.level, last_ns = excluded.last_ns",
        subject.hash,
        level + 1,
        now_ns,
    )


def pause_s(level: float, limit: Limit) -> float:
    """Give the pause that a level asks for: none up to `free` attempts, then doubled with each."""
    over = level - limit.free
    return 0.0 if over < 0 else min(2.0 ** min(over, DOUBLINGS_MAX), limit.pause_max_s)

"""The durable queue: what is waiting to be sent, and what became of the rest."""

import secrets
from collections.abc import Awaitable, Callable

import msgspec

from brickyard.contract import Unavailable
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.outgoing.outcome import Failed, Later, Outcome, Sent
from brickyard.engines.outgoing.retries import Retries
from brickyard.engines.sql import Sql, Transaction

WAITING_MAX = 10_000
"""Things of one owner that may wait in a queue."""
NOTE_MAX_CHARS = 500

ADD = "INSERT INTO outgoing VALUES (?1, ?2, ?3, ?4, 'waiting', 0, '', ?5, NULL)"
WAITING = (
    "SELECT count(*) FROM outgoing WHERE project = ?1 AND queue = ?2 AND owner = ?3 AND state = 'waiting'"
)
NEXT_DUE = "SELECT min(due_ns) FROM outgoing WHERE project = ?1 AND queue = ?2"
# The outer condition is looked at once more by a second gateway that had to wait for the row.
CLAIM = (
    "UPDATE outgoing SET due_ns = ?4, attempts = attempts + 1"
    " WHERE project = ?1 AND queue = ?2 AND due_ns <= ?3 AND id ="
    " (SELECT id FROM outgoing WHERE project = ?1 AND queue = ?2 AND due_ns <= ?3"
    " ORDER BY due_ns, id LIMIT 1)"
    " RETURNING id, attempts"
)
# An attempt that was given up for lost may still end: it no longer counts if another has begun.
SETTLE = (
    "UPDATE outgoing SET state = ?5, note = ?6, due_ns = ?7, ended_ns = ?8"
    " WHERE project = ?1 AND queue = ?2 AND id = ?3 AND attempts = ?4"
)


Over = Callable[[Transaction, str], Awaitable[None]]
"""What else is done with the thing of that id, in the commit that says that it is not tried any more."""


async def nothing_else(transaction: Transaction, id: str) -> None:
    """Leave it as it is."""


class Claim(msgspec.Struct, frozen=True):
    """One attempt at one thing."""

    id: str
    attempts: int
    """How many there were, with this one."""


class Queue:
    """One queue of the table `outgoing`. `sql` is bound to the platform's own project."""

    def __init__(
        self, name: str, sql: Sql, clock: Clock, retries: Retries, over: Over = nothing_else
    ) -> None:
        """Keep the queue `name` in `sql`, try again as `retries` says; `over` follows the last attempt."""
        self.name = name
        self._sql, self._clock, self._retries, self._over = sql, clock, retries, over
        self._latest_ns = 0

    def new_id(self, prefix: str) -> str:
        """Give an id that sorts after those given before: `prefix`, the time and some chance."""
        self._latest_ns = max(self._clock.now_ns(), self._latest_ns + 1)
        return f"{prefix}_{self._latest_ns:016x}{secrets.token_hex(4)}"

    async def add(self, transaction: Transaction, id: str, owner: str) -> None:
        """Have `id` sent, as soon as the transaction is committed; `Unavailable` if too much is waiting."""
        ((waiting,),) = await transaction.rows(WAITING, self.name, owner)
        if waiting >= WAITING_MAX:
            raise Unavailable(f"{WAITING_MAX} are waiting to be sent already. Try again when some have gone.")
        await transaction.changed(ADD, self.name, id, owner, self._clock.now_ns())

    async def next_due_ns(self) -> int | None:
        """Say when the next attempt is due; None if nothing waits."""
        row = await self._sql.point(NEXT_DUE, self.name)
        return None if row is None else row[0]

    async def claim(self, lease_s: float) -> Claim | None:
        """Begin an attempt at what is due first; None if nothing is. After `lease_s` another may begin."""
        now_ns = self._clock.now_ns()
        rows = await self._sql.run(CLAIM, self.name, now_ns, now_ns + int(lease_s * NANOSECONDS))
        return Claim(*rows[0]) if rows else None

    async def settle(self, claim: Claim, outcome: Outcome) -> None:
        """Write down how an attempt ended."""
        now_ns = self._clock.now_ns()
        pause_s = self._retries.pause_s(claim.attempts) if isinstance(outcome, Later) else None
        if pause_s is not None:
            state, due_ns, ended_ns = "waiting", now_ns + int(pause_s * NANOSECONDS), None
        else:
            state, due_ns, ended_ns = "sent" if isinstance(outcome, Sent) else "failed", None, now_ns
        note = outcome.reason[:NOTE_MAX_CHARS] if isinstance(outcome, Later | Failed) else ""
        settled = (self.name, claim.id, claim.attempts, state, note, due_ns, ended_ns)

        async def work(transaction: Transaction) -> None:
            if await transaction.changed(SETTLE, *settled) and ended_ns is not None:
                await self._over(transaction, claim.id)

        await self._sql.transact(work)

"""The claim on a call that is to be done once: held while it is done, and then what it was answered with.

It is the witness of all that the call writes. So a transaction that has an effect also leaves word of it: the
reply, where the service gives it (`Transaction.answers`), else that there was an effect. And it is undone if
the claim has passed to somebody else meanwhile.
"""

import asyncio
from contextlib import suppress

from brickyard.contract import Reply, Unavailable
from brickyard.engines.clock import Clock
from brickyard.engines.seal import Closer
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.idempotency import sealed
from brickyard.platform.idempotency.named import Named
from brickyard.platform.idempotency.outcome import Outcome

RUNNING, WROTE, DONE = "running", "wrote", "done"
"""Being done; the same, and something was committed; answered (with a body, if that is kept)."""
LEASE_NS = 10_000_000_000
"""How long a claim is held by one who is not heard of."""
RENEW_EVERY_S = 3.0

MARK = (
    "UPDATE idempotency SET state = CASE WHEN state = 'running' THEN ?5 ELSE state END"
    " WHERE project = ?1 AND call = ?2 AND key = ?3 AND request_id = ?4"
)
KEEP = (
    "UPDATE idempotency SET state = 'done', status = ?5, content_type = ?6, body = ?7"
    " WHERE project = ?1 AND call = ?2 AND key = ?3 AND request_id = ?4"
)
RENEW = (
    "UPDATE idempotency SET lease_ns = ?5 WHERE project = ?1 AND call = ?2 AND key = ?3 AND request_id = ?4"
)
RELEASE = (
    "DELETE FROM idempotency"
    " WHERE project = ?1 AND call = ?2 AND key = ?3 AND request_id = ?4 AND state = 'running'"
)


class Claim:
    """One attempt's hold on a call."""

    def __init__(self, named: Named, sql: Sql, clock: Clock, close: Closer | None) -> None:
        """Hold what was claimed for `named` in the tables that `sql` is bound to.

        Its reply is sealed by `close`, if it holds a secret.
        """
        self.named, self.project = named, named.project
        self.reply: Reply | None = None
        """What the call is answered with, once that is committed together with its effect."""
        self._sql, self._clock, self._close = sql, clock, close
        self._held = (named.endpoint.id, named.key, named.request_id)
        self._over = False

    async def note(self, transaction: Transaction, reply: Reply | None) -> None:
        """Leave word of an effect in its transaction; `Unavailable` if the claim is no longer held."""
        if self._over:  # what a call has set going may go on without it
            return
        if reply is not None:
            outcome = Outcome.of(reply, self.named.request_id)
            held = await transaction.changed(KEEP, *self._held, *self._kept(outcome))
        else:
            state = WROTE if self.named.endpoint.declaration.repeat == "once" else RUNNING
            held = await transaction.changed(MARK, *self._held, state)
        if not held:
            raise Unavailable("The call took so long that it was begun anew elsewhere. Make it again.")

    def committed(self, reply: Reply | None) -> None:
        """Know the reply that was committed."""
        self.reply = reply if reply is not None else self.reply

    def end(self) -> None:
        """Witness nothing any more: the call is over."""
        self._over = True

    async def keep(self, outcome: Outcome) -> None:
        """Keep what the call is answered with."""
        await self._write(KEEP, *self._kept(outcome))

    async def release(self) -> None:
        """Give the claim up, so that a repeat does the call; unless it has had an effect."""
        await self._write(RELEASE)

    async def stay(self) -> None:
        """Hold the claim for as long as this is awaited."""
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            with suppress(Unavailable):  # there is time for another try
                await self._write(RENEW, self._clock.now_ns() + LEASE_NS)

    async def _write(self, statement: str, *values: str | int | bytes | None) -> None:
        await self._sql.run(statement, *self._held, *values)

    def _kept(self, outcome: Outcome) -> tuple[int, str, bytes | None]:
        body = outcome.packed
        if body is not None and self._close is not None:
            body = sealed.closed(self._close, self.named, body)
        return outcome.status, outcome.content_type, body

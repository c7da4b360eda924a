"""All calls that were made under keys of their callers' own, for a day."""

from collections.abc import Callable
from typing import NamedTuple

from brickyard.contract import IdempotencyConflict
from brickyard.engines.clock import Clock
from brickyard.engines.peers import Peers
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.platform.idempotency import sealed
from brickyard.platform.idempotency.claim import DONE, LEASE_NS, RUNNING, WROTE, Claim
from brickyard.platform.idempotency.named import Named
from brickyard.platform.idempotency.outcome import Outcome, unpacked

KEPT_NS = 24 * 3600 * 1_000_000_000
"""How long a key stands for its call."""

FIND = (
    "SELECT fingerprint, state, owner, lease_ns, request_id, status, content_type, body, created_ns"
    " FROM idempotency WHERE project = ?1 AND call = ?2 AND key = ?3"
)
INSERT = (
    "INSERT INTO idempotency (project, call, key, fingerprint, owner, lease_ns, request_id, created_ns,"
    " state, status, content_type, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'running', 0, '', NULL)"
    " ON CONFLICT (project, call, key) DO NOTHING"
)
REMOVE = "DELETE FROM idempotency WHERE project = ?1 AND call = ?2 AND key = ?3 AND request_id = ?4"
# A few at every claim are enough to keep pace: each makes one row that will be too old.
PURGE = (
    "DELETE FROM idempotency WHERE project = ?1 AND (call, key) IN"
    " (SELECT call, key FROM idempotency WHERE project = ?1 AND created_ns <= ?2 LIMIT 4)"
)
FORGET = "DELETE FROM idempotency WHERE project = ?1 AND created_ns <= ?2"
"""All that are too old: the cloud's own rows tell of people, who may not wait for others' calls."""


class Found(NamedTuple):
    """A call as it is kept."""

    fingerprint: bytes
    state: str
    owner: str
    lease_ns: int
    request_id: str
    status: int
    content_type: str
    body: bytes | None
    created_ns: int


class Claims:
    """The calls of all projects."""

    def __init__(self, sql_for: Callable[[str], Sql], clock: Clock, seal: Seal, peers: Peers) -> None:
        """Find a project's tables by `sql_for`, with the time told by `clock`; keep secrets under `seal`.

        The leases of those `peers` that are known to have ended are not waited for.
        """
        self._sql_for, self._clock, self._seal, self._peers = sql_for, clock, seal, peers

    async def take(self, named: Named) -> Claim | Outcome | None:
        """Claim a call that is to be done, or give the outcome of one that was; None while it is being done.

        Within a process, only one at a time may ask for the same call. Raises `IdempotencyConflict` if
        something else was asked under the key, or if the reply is not there to be given.
        """
        sql = self._sql_for(named.project)
        row = await sql.point(FIND, *named.place[1:])
        if self._is_free(row, named):
            close = await self._seal.closer() if named.endpoint.declaration.secret else None
            row = await sql.transact(lambda transaction: self._claim(transaction, named))
            if row is None:
                return Claim(named, sql, self._clock, close)
        assert row is not None, "what is not free is there"
        return self._outcome(Found(*row), named)

    async def _claim(self, transaction: Transaction, named: Named) -> Row | None:
        """Put the claim in place of what is there; gives that instead if somebody was faster."""
        now_ns, place = self._clock.now_ns(), named.place[1:]
        await transaction.changed(PURGE, now_ns - KEPT_NS)
        for row in await transaction.rows(FIND, *place):
            if not self._is_free(row, named):
                return row
            await transaction.changed(REMOVE, *place, Found(*row).request_id)
        claim = (named.fingerprint, self._peers.own, now_ns + LEASE_NS, named.request_id, now_ns)
        if await transaction.changed(INSERT, *place, *claim):
            return None
        return (await transaction.rows(FIND, *place))[0]

    def _is_free(self, row: Row | None, named: Named) -> bool:
        if row is None:
            return True
        found = Found(*row)
        if found.created_ns <= self._clock.now_ns() - KEPT_NS:
            return True
        return found.fingerprint == named.fingerprint and found.state == RUNNING and self._is_left(found)

    def _is_left(self, found: Found) -> bool:
        """Whether nobody does the call any longer."""
        # Our own would be asked for here only when it was cut short: see `take`.
        ended = found.owner == self._peers.own or self._peers.is_gone(found.owner)
        return ended or found.lease_ns <= self._clock.now_ns()

    def _outcome(self, found: Found, named: Named) -> Outcome | None:
        if found.fingerprint != named.fingerprint:
            raise IdempotencyConflict(
                "This Idempotency-Key was used for another request to the same endpoint"
                f" ({found.request_id}). Take a new key for a new request."
            )
        if found.state == DONE:
            return self._kept(found, named)
        if found.state == WROTE and self._is_left(found):
            raise IdempotencyConflict(
                f"The call {found.request_id} with this key was cut short after it had written something, and"
                " before its reply was kept. Look at what is there, and use a new key to call again."
            )
        return None

    def _kept(self, found: Found, named: Named) -> Outcome:
        body = found.body
        if body is None:
            raise IdempotencyConflict(
                f"The call {found.request_id} with this key was done. Its reply cannot be given again: it was"
                " too large to be kept. Look at what is there, and use a new key to call again."
            )
        if named.endpoint.declaration.secret:
            body = sealed.opened(self._seal, named, body)
        return Outcome(found.request_id, found.status, found.content_type, unpacked(body))

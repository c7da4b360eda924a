"""Deliveries as they are kept, and the addresses that are gone."""

import base64

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.webhook import Delivery, Status
from brickyard.engines.webhook.signature import PREFIX

KEPT_S = 30 * 86_400
"""How long ended deliveries can be looked up."""

KEEP = "INSERT INTO webhook_deliveries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
LIST = (
    "SELECT d.id, d.url, o.state, o.attempts, o.note, d.created_ns FROM webhook_deliveries d"
    " JOIN outgoing o ON o.project = d.project AND o.queue = 'webhook' AND o.id = d.id"
    " WHERE d.project = ?1 AND d.owner = ?2 AND (d.id < ?3 OR ?3 = '') ORDER BY d.id DESC LIMIT ?4"
)
FIND = "SELECT owner, url, body, secrets FROM webhook_deliveries WHERE project = ?1 AND id = ?2"
IS_GONE = "SELECT 1 FROM webhook_gone WHERE project = ?1 AND owner = ?2 AND url = ?3"
DISABLE = "INSERT INTO webhook_gone VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
ENABLE = "DELETE FROM webhook_gone WHERE project = ?1 AND owner = ?2 AND url = ?3"
SWEEP = (
    "DELETE FROM webhook_deliveries WHERE project = ?1 AND id IN"
    " (SELECT id FROM outgoing WHERE project = ?1 AND queue = 'webhook' AND ended_ns < ?2)"
)
SWEEP_STATES = "DELETE FROM outgoing WHERE project = ?1 AND queue = 'webhook' AND ended_ns < ?2"


class Kept(msgspec.Struct, frozen=True):
    """A delivery to be made."""

    id: str
    owner: str
    url: str
    body: bytes
    secrets: tuple[str, ...]


class Deliveries:
    """The deliveries of all projects. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, seal: Seal) -> None:
        """Keep them in `sql`, what they are signed with under `seal`."""
        self._sql, self._clock, self._seal = sql, clock, seal

    async def sealed(self, id: str, delivery: Delivery) -> str:
        """Seal what a delivery is signed with, to be kept."""
        return base64.b64encode(await self._seal.close(" ".join(delivery.secrets).encode(), id)).decode()

    async def keep(
        self, transaction: Transaction, id: str, owner: str, delivery: Delivery, sealed: str
    ) -> None:
        """Keep a delivery of the project `owner`, its secrets `sealed`."""
        row = (owner, id, delivery.url, delivery.body, sealed, self._clock.now_ns())
        await transaction.changed(KEEP, *row)

    async def find(self, id: str) -> Kept:
        """Give a delivery; a LookupError if there is none."""
        row = await self._sql.point(FIND, id)
        if row is None:
            raise LookupError(f"There is no delivery {id}.")
        owner, url, body, sealed = row
        return Kept(id, owner, url, body, self._secrets(sealed, id))

    def _secrets(self, sealed: str, id: str) -> tuple[str, ...]:
        if sealed.startswith(PREFIX):  # kept before secrets were sealed
            return tuple(sealed.split())
        return tuple(self._seal.open(base64.b64decode(sealed), id).decode().split())

    async def of(self, owner: str, before: str, limit: int) -> list[Status]:
        """Give what became of a project's deliveries, newest first."""
        return [Status(*row) for row in await self._sql.rows(LIST, owner, before, limit)]

    async def is_gone(self, owner: str, url: str) -> bool:
        """Whether an address is disabled."""
        return await self._sql.point(IS_GONE, owner, url) is not None

    async def disable(self, owner: str, url: str) -> None:
        """Have nothing more delivered to an address."""
        await self._sql.run(DISABLE, owner, url, self._clock.now_ns())

    async def enable(self, owner: str, url: str) -> None:
        """Deliver to an address again."""
        await self._sql.run(ENABLE, owner, url)

    async def sweep(self) -> None:
        """Remove what ended long ago."""
        before_ns = self._clock.now_ns() - KEPT_S * NANOSECONDS

        async def work(transaction: Transaction) -> None:
            await transaction.changed(SWEEP, before_ns)
            await transaction.changed(SWEEP_STATES, before_ns)

        await self._sql.transact(work)

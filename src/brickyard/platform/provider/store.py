"""Credentials and choices, kept: credentials sealed with a key that is not in the database."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from brickyard.contract import Context, JsonObject
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.audit import Audit
from brickyard.platform.provider.contract import ChooseReply, RemoveReply, SetReply
from brickyard.providers.vault import Credential, Holdings

EPOCH = "providers"
CLOUD = ""
"""The owner of what the cloud has for everyone."""
KNOWN_MAX = 20_000
KNOWN_FOR_S = 60.0

CREDENTIALS = (
    "SELECT provider, id, sealed FROM provider_credentials WHERE project = ?1 AND owner = ?2 AND service = ?3"
)
CHOICE = "SELECT providers, hedge FROM provider_choices WHERE project = ?1 AND owner = ?2 AND service = ?3"
SET = (
    "INSERT INTO provider_credentials (project, owner, service, provider, id, sealed, set_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (project, owner, service, provider) DO UPDATE SET"
    " id = excluded.id, sealed = excluded.sealed, set_ns = excluded.set_ns"
)
REMOVE = (
    "DELETE FROM provider_credentials WHERE project = ?1 AND owner = ?2 AND service = ?3 AND provider = ?4"
)
CHOOSE = (
    "INSERT INTO provider_choices (project, owner, service, providers, hedge, set_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, owner, service) DO UPDATE SET"
    " providers = excluded.providers, hedge = excluded.hedge, set_ns = excluded.set_ns"
)
TAKE_TURN = (
    "INSERT INTO provider_turns (project, queue, next_ns) VALUES (?1, ?2, ?4) ON CONFLICT (project, queue)"
    " DO UPDATE SET next_ns = CASE WHEN provider_turns.next_ns BETWEEN ?3 AND ?6"
    " THEN provider_turns.next_ns ELSE ?3 END + ?4 - ?3"
    " WHERE provider_turns.next_ns <= ?5 OR provider_turns.next_ns > ?6 RETURNING next_ns"
)
QUEUE_MAX_S = 60.0
"""No turn is further off: one that is was taken before the clock was put back."""


class Place(msgspec.Struct, frozen=True):
    """Whose settings, for which service."""

    owner: str
    """A project in one environment, as its data is kept; `CLOUD` for everyone's."""
    service: str
    about: str = ""
    """The project that the audit log names; none for the cloud."""


class _Known(msgspec.Struct, frozen=True):
    epoch: int
    until: float
    holdings: Holdings


class ProviderStore:
    """Keeps settings of all projects; the `Vault` of the providers' broker. `sql` is the platform's own."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit, seal: Seal) -> None:
        """Keep them in `sql`, sealed by `seal`; every gateway knows by `epochs` of changes."""
        self._sql, self._clock, self._epochs, self._audit, self._seal = sql, clock, epochs, audit, seal
        self._known: dict[tuple[str, str], _Known] = {}

    async def holdings(self, tenant: str, service: str) -> Holdings:
        """Give what holds for a project in an environment; see the port."""
        epoch, now = self._epochs.current(EPOCH), time.monotonic()
        known = self._known.get((tenant, service))
        if known is None or known.epoch != epoch or known.until < now:
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            known = _Known(epoch, now + KNOWN_FOR_S, await self.read(tenant, service))
            self._known[tenant, service] = known
        return known.holdings

    async def turn(self, line: str, apart_s: float, patience_s: float) -> float | None:
        """Take a turn; see the port."""
        now, apart = self._clock.now_ns(), int(apart_s * NANOSECONDS)
        latest, never = now + int(patience_s * NANOSECONDS), now + int(QUEUE_MAX_S * NANOSECONDS)
        with witnessed(None):  # a turn is taken whatever becomes of the call
            taken = await self._sql.run(TAKE_TURN, line, now, now + apart, latest, never)
        return (taken[0][0] - apart - now) / NANOSECONDS if taken else None

    async def read(self, tenant: str, service: str) -> Holdings:
        """Read what holds for a project; a choice of its own goes before the cloud's."""
        choice = await self._choice(tenant, service) or await self._choice(CLOUD, service)
        return Holdings(
            order=choice.order if choice else (),
            hedge=choice.hedge if choice else False,
            own=await self._credentials(tenant, service),
            platform=await self._credentials(CLOUD, service),
        )

    async def set(self, context: Context, place: Place, provider: str, values: Mapping[str, Any]) -> None:
        """Keep credentials, in place of those before."""
        made = f"pcr_{secrets.token_hex(8)}"
        sealed = await self._seal.close(
            msgspec.json.encode(values), seal_owner(place.owner, place.service, provider, made)
        )

        async def work(transaction: Transaction) -> None:
            await transaction.changed(
                SET, place.owner, place.service, provider, made, sealed, self._clock.now_ns()
            )
            await self._changed(
                transaction, context, place, provider, {"provider": provider, "fields": sorted(values)}
            )
            transaction.answers(SetReply())

        await self._sql.transact(work)
        await self._epochs.known()

    async def remove(self, context: Context, place: Place, provider: str) -> bool:
        """Forget credentials; says whether there were any."""

        async def work(transaction: Transaction) -> bool:
            found = await transaction.changed(REMOVE, place.owner, place.service, provider)
            if found:
                await self._changed(
                    transaction, context, place, provider, {"provider": provider, "removed": True}
                )
                transaction.answers(RemoveReply())
            return bool(found)

        found = await self._sql.transact(work)
        await self._epochs.known()
        return found

    async def choose(self, context: Context, place: Place, order: tuple[str, ...], *, hedge: bool) -> None:
        """Keep whom to ask, in which order."""

        async def work(transaction: Transaction) -> None:
            names = " ".join(order)
            await transaction.changed(
                CHOOSE, place.owner, place.service, names, int(hedge), self._clock.now_ns()
            )
            await self._changed(transaction, context, place, "", {"order": list(order), "hedge": hedge})
            transaction.answers(ChooseReply())

        await self._sql.transact(work)
        await self._epochs.known()

    async def _changed(
        self, transaction: Transaction, context: Context, place: Place, provider: str, after: JsonObject
    ) -> None:
        await self._epochs.raise_(transaction, EPOCH)
        subject = f"{place.service}/{provider}" if provider else place.service
        await self._audit.note(transaction, context, project=place.about, subject=subject, after=after)

    async def _choice(self, owner: str, service: str) -> Holdings | None:
        row = await self._sql.point(CHOICE, owner, service)
        return None if row is None else Holdings(order=tuple(row[0].split()), hedge=bool(row[1]))

    async def _credentials(self, owner: str, service: str) -> dict[str, Credential]:
        rows = await self._sql.rows(CREDENTIALS, owner, service)
        return {
            provider: Credential(
                made,
                msgspec.json.decode(self._seal.open(sealed, seal_owner(owner, service, provider, made))),
            )
            for provider, made, sealed in rows
        }


def seal_owner(owner: str, service: str, provider: str, made: str) -> str:
    """Say for whom credentials are sealed: moved to another's row, they do not open."""
    return f"provider|{owner}|{service}|{provider}|{made}"

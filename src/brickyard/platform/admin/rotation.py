"""The change of master keys: a new one is added, then seals; those by which nothing is sealed are dropped."""

from collections.abc import Sequence

from brickyard.contract import Conflict, Context, JsonObject, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.jobs import Jobs
from brickyard.engines.seal import Resealing, Seal
from brickyard.engines.seal.register import Known, State
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.witness import witnessed
from brickyard.platform.admin.master_key import (
    AddMasterKeyReply,
    DropMasterKeysReply,
    RotateMasterKeyReply,
)
from brickyard.platform.audit import Audit
from brickyard.platform.moment import SECOND_NS, timestamp

QUIET_NS = 3600 * SECOND_NS
"""How long after a change old keys are kept: what a call sealed just before it is in the database by then."""


class Rotation:
    """Changes the keys of all gateways. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, seal: Seal, resealing: Resealing, jobs: Jobs, clock: Clock, audit: Audit
    ) -> None:
        """Have what `seal` has closed sealed anew by `resealing`, in the background of `jobs`."""
        self._sql, self._seal, self._resealing, self._clock, self._audit = sql, seal, resealing, clock, audit
        self._wake = jobs.register("master keys", resealing.step)

    async def add(self, context: Context) -> AddMasterKeyReply:
        """Add a key, unless one waits."""
        known = await self._known()
        reply = AddMasterKeyReply(key=_one(known, "added") or self._make(known))

        async def work(transaction: Transaction) -> AddMasterKeyReply:
            await self._seal.register.add(transaction, reply.key)
            await self._note(transaction, context, {"added": reply.key}, reply)
            return reply

        return await self._sql.transact(work)

    async def rotate(self, context: Context) -> RotateMasterKeyReply:
        """Seal by the key that waits, or by a new one. Cut short, it can be done again."""
        known = await self._known()
        key = _one(known, "added") or self._make(known)
        self._check_here((key,))
        reply = RotateMasterKeyReply(key=key, drop_from=timestamp(self._clock.now_ns() + QUIET_NS))

        async def work(transaction: Transaction) -> RotateMasterKeyReply:
            await self._seal.register.add(transaction, key)
            await self._seal.register.change(transaction, key)
            await self._note(transaction, context, {"sealing": key}, reply)
            return reply

        await self._sql.transact(work)
        await self._seal.register.everywhere()
        self._wake()
        return reply

    async def drop(self, context: Context) -> DropMasterKeysReply:
        """Drop the former keys; `Conflict` if something may still be sealed by them."""
        known = await self._known()
        (sealing,) = (each for each in known if each.state == "sealing")
        former = [each.id for each in known if each.state == "former"]
        self._check_time(sealing, former)
        self._check_here((sealing.id, *former))
        with witnessed(None):  # it is no harm to do it again
            found = await self._resealing.run()
        if found.changed:
            raise Conflict("Secrets were being changed all the while. Nothing is lost: try again.")

        async def work(transaction: Transaction) -> DropMasterKeysReply:
            dropped = await self._seal.register.drop(transaction, sealing.id)
            reply = DropMasterKeysReply(dropped=dropped, unreadable=found.unreadable)
            await self._note(transaction, context, {"dropped": dropped}, reply)
            return reply

        reply = await self._sql.transact(work)
        await self._resealing.step()  # takes them out of the file
        return reply

    async def _known(self) -> list[Known]:
        sealing = await self._seal.register.sealing(tuple(self._seal.file.keys()))
        self._check_here((sealing,))
        return await self._seal.register.known()

    def _make(self, known: Sequence[Known]) -> str:
        """Make a key; or give the one that was made when this was last cut short."""
        newest = next(iter(self._seal.file.keys()))
        if newest not in {each.id for each in known}:
            return newest
        try:
            return self._seal.file.add()
        except ValueError as error:
            raise Conflict("The file has as many master keys as it may. `DropMasterKeys` first.") from error

    def _check_time(self, sealing: Known, former: list[str]) -> None:
        from_ns = sealing.since_ns + QUIET_NS
        if former and self._clock.now_ns() < from_ns:
            raise Conflict(
                "Calls under way may have sealed with the keys before:"
                f" they may be dropped from {timestamp(from_ns)} on."
            )

    def _check_here(self, ids: Sequence[str]) -> None:
        """Raise `Conflict` unless this gateway has these keys, by which others have sealed, or will."""
        if missing := set(ids) - self._seal.file.keys().keys():
            raise Conflict(
                f"The gateway that answers has no {', '.join(sorted(missing))}. Copy the file `secret`"
                " from the home of the gateway where that was made, and try again."
            )

    async def _note(
        self, transaction: Transaction, context: Context, after: JsonObject, reply: Reply
    ) -> None:
        await self._audit.note(transaction, context, subject="master", after=after)
        transaction.answers(reply)


def _one(known: Sequence[Known], state: State) -> str | None:
    return next((each.id for each in known if each.state == state), None)

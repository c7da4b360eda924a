"""What the database knows of master keys: their ids, and which of them seals. Never a key."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.engines.sql.witness import witnessed

MIGRATIONS = (
    """CREATE TABLE master_keys (
        project TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, since_ns BIGINT NOT NULL,
        PRIMARY KEY (project, id)
    );
    CREATE UNIQUE INDEX master_keys_sealing ON master_keys (project) WHERE state = 'sealing'""",
)
EPOCH = "master keys"

State = Literal["added", "sealing", "former", "dropped"]
"""`added` seals nothing yet, `former` no more; what is `dropped` is to be in no file."""

ALL = "SELECT id, state, since_ns FROM master_keys WHERE project = ?1"
SEALING = "SELECT id FROM master_keys WHERE project = ?1 AND state = 'sealing'"
NOTE = "INSERT INTO master_keys (project, id, state, since_ns) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
END = "UPDATE master_keys SET state = ?3, since_ns = ?4 WHERE project = ?1 AND state = ?2"
BEGIN = "UPDATE master_keys SET state = 'sealing', since_ns = ?3 WHERE project = ?1 AND id = ?2"


class Known(msgspec.Struct, frozen=True):
    """A key that is known."""

    id: str
    state: State
    since_ns: int


class KeyRegister:
    """The keys of a cloud. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs) -> None:
        """Keep what is known in `sql`; every gateway knows by `epochs` of changes."""
        self._sql, self._clock, self._epochs = sql, clock, epochs
        self._seen: tuple[int, str] | None = None
        """In which epoch which key sealed."""

    async def sealing(self, held: Sequence[str]) -> str:
        """Give the id of the key that seals: the first of those in the file, if there was none before."""
        epoch = self._epochs.current(EPOCH)
        if self._seen is None or self._seen[0] != epoch:
            self._seen = epoch, await self._find(held)
        return self._seen[1]

    async def known(self) -> list[Known]:
        """Give all keys that ever were."""
        return [Known(*row) for row in await self._sql.rows(ALL)]

    async def add(self, transaction: Transaction, id: str) -> None:
        """Note a key that is to seal later."""
        await transaction.changed(NOTE, id, "added", self._clock.now_ns())

    async def change(self, transaction: Transaction, id: str) -> None:
        """Have a key that was added seal, in place of the one before."""
        now_ns = self._clock.now_ns()
        await transaction.changed(END, "sealing", "former", now_ns)
        await transaction.changed(BEGIN, id, now_ns)
        await self._epochs.raise_(transaction, EPOCH)

    async def drop(self, transaction: Transaction, sealing: str) -> int:
        """Give all former keys up, if the same one still seals; gives how many."""
        if await transaction.rows(SEALING) != [(sealing,)]:
            return 0
        return await transaction.changed(END, "former", "dropped", self._clock.now_ns())

    async def everywhere(self) -> None:
        """Wait, after the commit of a change, until no gateway seals with the key before."""
        await self._epochs.known()

    async def _find(self, held: Sequence[str]) -> str:
        row = await self._sql.point(SEALING)
        return (await self._begin(held)) if row is None else row[0]

    async def _begin(self, held: Sequence[str]) -> str:
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> str:
            if not await transaction.rows(SEALING):  # else another gateway was faster
                newest, *older = held
                await transaction.changed(NOTE, newest, "sealing", now_ns)
                for each in older:
                    await transaction.changed(NOTE, each, "former", now_ns)
            ((sealing,),) = await transaction.rows(SEALING)
            return sealing

        with witnessed(None):  # it is so whatever becomes of the call
            return await self._sql.transact(work)

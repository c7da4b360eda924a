"""What became of the project's messages, as providers tell it later: of each recipient, and never twice."""

from collections.abc import Sequence

from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.services.email.addresses import folded
from brickyard.services.email.port import Told

NOTE_MAX, REASON_MAX = 500, 200
AT_ONCE = 100
"""Events noted in one commit: some providers tell thousands at once, and others wait to write, too."""
RANKS = {"delivered": 1, "bounced": 2, "complained": 4}
BOUNCED_FOR_GOOD = 3
"""States come in this order, whatever the order in which they are told: one goes to a higher rank only. A
server may take a message and give it back later; nobody complains of what did not arrive."""

OURS = "SELECT id, recipients FROM email_messages WHERE project = ?1 AND id = ?2 AND provider IN (?3, '')"
"""By our own id. Without a provider it is under way, or was left unknown: the provider has it, as it says."""
THEIRS = "SELECT id, recipients FROM email_messages WHERE project = ?1 AND provider = ?2 AND provider_id = ?3"
KNOWN = (
    "UPDATE email_messages SET state = 'sent', provider = ?3, provider_id = ?4"
    " WHERE project = ?1 AND id = ?2 AND state = 'unknown'"
)
NOTE = (
    "INSERT INTO email_outcomes (project, message, address, state, rank, note, told_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
    " ON CONFLICT (project, message, address) DO UPDATE SET state = excluded.state, rank = excluded.rank,"
    " note = excluded.note, told_ns = excluded.told_ns WHERE email_outcomes.rank < excluded.rank"
)
SUPPRESS = (
    "INSERT INTO email_suppressions (project, address, reason, created_ns) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, address) DO NOTHING"
)
OF = (
    "SELECT address, state, note, told_ns FROM email_outcomes WHERE project = ?1 AND message = ?2"
    " ORDER BY address"
)
FORGET = "DELETE FROM email_outcomes WHERE project = ?1 AND message = ?2"


class Outcomes:
    """Keeps what became of a project's messages."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep it in `sql`."""
        self._sql, self._clock = sql, clock

    async def told(self, provider: str, events: Sequence[Told]) -> None:
        """Note what a provider tells, and suppress the addresses that it says are not to be written to.

        What is told twice, or late, changes nothing, and least of all suppresses again an address that was
        let off meanwhile. So does what is told of another's messages, or of whom a message was not for.
        """
        for begins in range(0, len(events), AT_ONCE):
            some = events[begins : begins + AT_ONCE]

            async def work(transaction: Transaction, some: Sequence[Told] = some) -> None:
                for each in some:
                    await self._note(transaction, provider, each)

            await self._sql.transact(work)

    async def of(self, message: str) -> list[Row]:
        """Give what became of a message: address, state, note and since when."""
        return await self._sql.rows(OF, message)

    async def _note(self, transaction: Transaction, provider: str, told: Told) -> None:
        found = await _message(transaction, provider, told)
        address, now_ns = folded(told.address), self._clock.now_ns()
        if found is None or address not in folded(found[1]).split():
            return
        await transaction.changed(KNOWN, found[0], provider, told.provider_id)
        for_good = told.permanent and told.state == "bounced"
        rank = BOUNCED_FOR_GOOD if for_good else RANKS[told.state]
        values = (found[0], address, told.state, rank, told.note[:NOTE_MAX], now_ns)
        if await transaction.changed(NOTE, *values) and rank >= BOUNCED_FOR_GOOD:
            reason = f"{told.state}, {provider} says" + (f": {told.note}" if told.note else "")
            await transaction.changed(SUPPRESS, address, reason[:REASON_MAX], now_ns)


async def _message(transaction: Transaction, provider: str, told: Told) -> Row | None:
    """Find whose outcome is told: by our id if it came back, else by the provider's."""
    rows: list[Row] = []
    if told.message:
        rows = await transaction.rows(OURS, told.message, provider)
    if not rows and told.provider_id:
        rows = await transaction.rows(THEIRS, provider, told.provider_id)
    return rows[0] if rows else None

"""Groups: listeners that share a topic's events, each of which is claimed by one of them.

A group's place in its topic and the claims of its members are rows, so that members may be in several
processes, and so that a restart loses nothing. A claim is a lease: it ends when the event was sent, when
its holder leaves, or after a minute without either.
"""

import asyncio
import uuid
from weakref import WeakValueDictionary

from brickyard.engines.bus import Bus
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction
from brickyard.services.event.feed import channel, heard
from brickyard.services.event.journal import AFTER, Journal, Record, record
from brickyard.services.event.moment import SECOND_NS

LEASE_NS = 60 * SECOND_NS
"""How long an event stays with a member that is not heard of. Sending one is given up long before."""

BEGIN = (
    "INSERT INTO event_groups (project, topic, name, position) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (project, topic, name) DO NOTHING"
)
POSITION = "SELECT position FROM event_groups WHERE project = ?1 AND topic = ?2 AND name = ?3"
ADVANCE = "UPDATE event_groups SET position = ?4 WHERE project = ?1 AND topic = ?2 AND name = ?3"
EXPIRED = (
    "SELECT m.seq, m.id, m.message FROM event_leases l JOIN event_messages m"
    " ON m.project = ?1 AND m.topic = l.topic AND m.seq = l.seq"
    " WHERE l.project = ?1 AND l.topic = ?2 AND l.name = ?3 AND l.deadline_ns <= ?4 ORDER BY l.seq LIMIT 1"
)
LEASE = (
    "INSERT INTO event_leases (project, topic, name, seq, holder, deadline_ns)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, topic, name, seq)"
    " DO UPDATE SET holder = excluded.holder, deadline_ns = excluded.deadline_ns"
)
FORGET = "DELETE FROM event_leases WHERE project = ?1 AND topic = ?2 AND name = ?3 AND seq <= ?4"
ACKNOWLEDGE = (
    "DELETE FROM event_leases WHERE project = ?1 AND topic = ?2 AND name = ?3 AND seq = ?4 AND holder = ?5"
)
GIVE_BACK = (
    "UPDATE event_leases SET deadline_ns = 0 WHERE project = ?1 AND topic = ?2 AND name = ?3 AND holder = ?4"
    " RETURNING seq"
)


class Groups:
    """The groups of one project."""

    def __init__(self, sql: Sql, bus: Bus, clock: Clock) -> None:
        """Keep claims in `sql` with deadlines by `clock`, and hear of news by `bus`."""
        self.sql, self.bus, self.clock = sql, bus, clock
        self.journal = Journal(sql, clock)
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def has_begun(self, topic: str, name: str) -> bool:
        """Whether a group has its place in the topic."""
        return await self.sql.point(POSITION, topic, name) is not None

    async def begin(self, topic: str, name: str, seq: int) -> None:
        """Have a group begin after `seq`; one that has begun meanwhile keeps its place."""
        await self.sql.run(BEGIN, topic, name, seq)

    def member(self, topic: str, name: str) -> "Member":
        """Make a new member of a group."""
        return Member(self, topic, name, self._turns.setdefault((topic, name), asyncio.Lock()))


class Member:
    """One of a group's members: it claims an event, sends it, acknowledges it, and so on until it leaves."""

    def __init__(self, groups: Groups, topic: str, name: str, turn: asyncio.Lock) -> None:
        """Claim events of `topic` for the group `name`, in turn with the members that share `turn`."""
        self._groups, self._topic, self._name, self._turn = groups, topic, name, turn
        self._holder = uuid.uuid4().hex

    async def claim(self) -> Record:
        """Give the oldest event that no member has or had; waits for one.

        Members wait in a queue: only the first of it looks, so that each event wakes one of them.
        """
        async with self._turn:
            while True:
                with self._groups.bus.subscribe(channel(self._topic)) as news:
                    if await self._is_any():
                        claimed = await self._groups.sql.transact(self._take)
                        if claimed is not None:
                            return record(self._topic, claimed)
                    await heard(news)

    async def acknowledge(self, claimed: Record) -> None:
        """Say that an event was sent, so that nobody else gets it."""
        await self._groups.sql.run(ACKNOWLEDGE, self._topic, self._name, claimed.seq, self._holder)

    async def leave(self) -> None:
        """Leave what was claimed and not acknowledged to the others, at once."""
        if await self._groups.sql.run(GIVE_BACK, self._topic, self._name, self._holder):
            self._groups.bus.publish(channel(self._topic), None)

    async def _is_any(self) -> bool:
        """Look, without writing, whether there is something to claim."""
        position = await self._groups.sql.point(POSITION, self._topic, self._name)
        if position is not None and await self._groups.journal.head(self._topic) > position[0]:
            return True
        now_ns = self._groups.clock.now_ns()
        return await self._groups.sql.point(EXPIRED, self._topic, self._name, now_ns) is not None

    async def _take(self, transaction: Transaction) -> Row | None:
        where = (self._topic, self._name)
        now_ns, forgotten_ns = self._groups.clock.now_ns(), self._groups.journal.forgotten_ns()
        await transaction.changed(FORGET, *where, forgotten_ns)
        rows = await transaction.rows(EXPIRED, *where, now_ns)
        if not rows:
            position = (await transaction.rows(POSITION, *where))[0][0]
            rows = await transaction.rows(AFTER, self._topic, max(position, forgotten_ns), 1, 0)
            if not rows:
                return None
            await transaction.changed(ADVANCE, *where, rows[0][0])
        await transaction.changed(LEASE, *where, rows[0][0], self._holder, now_ns + LEASE_NS)
        return rows[0]

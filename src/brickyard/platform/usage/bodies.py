"""What was said in calls: kept only for projects that have asked for it, for a time, and without secrets."""

import msgspec

from brickyard.contract import Context, NotFound, Reply
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.audit import Audit
from brickyard.platform.audit.masking import masked
from brickyard.platform.caller import EPOCH
from brickyard.platform.moment import SECOND_NS, timestamp_or_none
from brickyard.platform.usage.record import CallRecord

READ_MAX_BYTES = 64 * 1024
"""The largest body that is looked at; of larger ones, nothing is kept."""
KEPT_MAX_BYTES = 4096
"""How much of a body is kept."""
PER_SECOND = 50
"""Calls of one project whose bodies a gateway keeps within one second; of the others it keeps none."""
CALLS_MAX = 10_000
"""Calls of one project whose bodies are kept; the oldest go first."""

Bodies = tuple[str, int, str, str]
"""The request id of a call, when it ended in nanoseconds, its request and its reply."""

KEEP_BODIES = "INSERT INTO usage_bodies (project, id, time_ns, request, reply) VALUES (?1, ?2, ?3, ?4, ?5)"
FORGET_OLD = "DELETE FROM usage_bodies WHERE project = ?1 AND time_ns < ?2"
FORGET_MORE = (
    "DELETE FROM usage_bodies WHERE project = ?1 AND id <="
    " (SELECT id FROM usage_bodies WHERE project = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"
)
READ = "SELECT request, reply FROM usage_bodies WHERE project = ?1 AND id = ?2"
UNTIL = "SELECT until_ns FROM usage_keeping WHERE project = ?1 AND project_id = ?2"
KEEP_UNTIL = (
    "INSERT INTO usage_keeping (project, project_id, until_ns) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (project, project_id) DO UPDATE SET until_ns = excluded.until_ns"
)

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Keeping:
    """Which projects have bodies kept. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep that in `sql`, and make changes known to every gateway by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit
        self._second = 0
        self._counts: dict[str, int] = {}

    async def until_ns(self, project: str) -> int:
        """Say until when a project's bodies are kept; 0 if they are not. Changes begin another epoch."""
        row = await self._sql.point(UNTIL, project)
        return 0 if row is None else row[0]

    async def keep_until(self, context: Context, project: str, until_ns: int, reply: Reply) -> None:
        """Have a project's bodies kept until then, or no longer, with the next call; answered by `reply`."""

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(UNTIL, project)
            await transaction.changed(KEEP_UNTIL, project, until_ns)
            await self._epochs.raise_(transaction, EPOCH)
            before = {"bodies_kept_until": timestamp_or_none(rows[0][0] or None) if rows else None}
            after = {"bodies_kept_until": timestamp_or_none(until_ns or None)}
            await self._audit.note(transaction, context, project=project, before=before, after=after)
            transaction.answers(reply)

        await self._sql.transact(work)
        await self._epochs.known()

    def put(self, into: dict[str, list[Bodies]], record: CallRecord, request: bytes, reply: bytes) -> None:
        """Put what was said in a call beside its record, unless too much was said in this second."""
        second = int(record.time)
        if second != self._second:
            self._second, self._counts = second, {}
        count = self._counts[record.project] = self._counts.get(record.project, 0) + 1
        if count <= PER_SECOND:
            row = (record.request_id, int(record.time * SECOND_NS), kept_of(request), kept_of(reply))
            into.setdefault(record.project, []).append(row)


def kept_of(body: bytes) -> str:
    """Give what is kept of a body: JSON with its secrets masked, cut off where it is long; else nothing."""
    if not 0 < len(body) <= READ_MAX_BYTES:
        return ""
    try:
        text = _encode(masked(_decode(body)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if len(text) <= KEPT_MAX_BYTES:
        return text.decode()
    return text[: KEPT_MAX_BYTES - 3].decode(errors="ignore") + "…"


async def read(sql: Sql, request_id: str) -> tuple[str, str]:
    """Give a call's request and reply; `NotFound` if they were not kept."""
    row = await sql.point(READ, request_id)
    if row is None:
        raise NotFound(
            f"Nothing is kept of what was said in {request_id!r}. `usage/KeepBodies` has it kept from now on."
        )
    return row[0], row[1]


async def forget(transaction: Transaction, before_ns: int) -> None:
    """Forget what is too old, and what is too much."""
    await transaction.changed(FORGET_OLD, before_ns)
    await transaction.changed(FORGET_MORE, CALLS_MAX)

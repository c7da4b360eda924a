"""Sessions: what one who signed in calls with. Only a hash of each token is kept."""

import hashlib

import msgspec
from ulid import ULID

from brickyard.contract import Context, NotFound, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.access import blocked
from brickyard.platform.account.wire.words import DONE
from brickyard.platform.audit import Audit
from brickyard.platform.caller import EPOCH, Caller
from brickyard.platform.key.token import new_token

LIFE_NS = 30 * 24 * 3600 * 1_000_000_000
"""How long a session lasts."""
FORGET_NS = 24 * 3600 * 1_000_000_000
"""How long afterwards whoever still shows it is told that it has expired."""
OPEN_MAX = 1000
"""How many sessions an account has open; one more ends the oldest."""
AGENT_MAX = 200
"""How much is kept of what the client called itself."""
END_OLDEST = (
    "DELETE FROM sessions WHERE project = ?1 AND account = ?2 AND id <="
    " (SELECT id FROM sessions WHERE project = ?1 AND account = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)"
    " RETURNING id"
)
FORGET = "DELETE FROM sessions WHERE project = ?1 AND expires_ns <= ?2"


class SessionRecord(msgspec.Struct, frozen=True):
    """What is known of a session, without its token."""

    id: str
    address: str
    """Where it was begun from."""
    agent: str
    """What the client called itself then."""
    created_ns: int
    expires_ns: int
    used_ns: int | None = None
    """When it last made a call, to the minute; None if that is not written down yet."""


class Sessions:
    """Every account's sessions. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep sessions in `sql`, know the time by `clock`, and make an end known by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit

    async def begin_in(self, transaction: Transaction, context: Context, account: str) -> str:
        """Begin a session of an account, for the call of `context`; gives its token, whose hash is kept.

        It is always a new one, so that nobody can be made to sign in to a session that another knows. Of
        `OPEN_MAX` others the oldest ends.
        """
        token, now_ns = new_token("ss", "live"), self._clock.now_ns()
        name, agent = f"ses_{ULID()}".lower(), context.agent[:AGENT_MAX]
        await transaction.changed(
            "INSERT INTO sessions (project, hash, id, account, address, agent, created_ns, expires_ns)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            _hash(token.encode()),
            name,
            account,
            context.address,
            agent,
            now_ns,
            now_ns + LIFE_NS,
        )
        await self._audit.note(transaction, context, subject=account, after={"session": name, "agent": agent})
        if oldest := await transaction.rows(END_OLDEST, account, OPEN_MAX):
            await self._epochs.raise_(transaction, EPOCH)
            ended = {"sessions": sorted(each for (each,) in oldest)}
            await self._audit.note(transaction, context, subject=account, before=ended)
        return token

    async def caller(self, token: bytes) -> Caller:
        """Say whose session a token is of; `Unauthorized` if of none that is open."""
        row = await self._sql.point(
            "SELECT account, id, expires_ns,"
            " (SELECT reason FROM blocks b WHERE b.project = ?1 AND b.subject = s.account)"
            " FROM sessions s WHERE project = ?1 AND hash = ?2",
            _hash(token),
        )
        if row is None:
            raise Unauthorized("The session has ended. Sign in again.")
        if row[3] is not None:
            raise blocked(row[3])
        return Caller(account=row[0], session=row[1], expires_ns=row[2])

    async def began_ns(self, account: str, session_id: str) -> int:
        """Say when a session was begun; 0 if there is none."""
        row = await self._sql.point(
            "SELECT created_ns FROM sessions WHERE project = ?1 AND account = ?2 AND id = ?3",
            account,
            session_id,
        )
        return 0 if row is None else row[0]

    async def of(self, account: str) -> list[SessionRecord]:
        """Give an account's open sessions, oldest first."""
        rows = await self._sql.rows(
            "SELECT id, address, agent, created_ns, expires_ns, used_ns FROM sessions"
            " WHERE project = ?1 AND account = ?2 AND expires_ns > ?3 ORDER BY id",
            account,
            self._clock.now_ns(),
        )
        return [SessionRecord(*row) for row in rows]

    async def end(self, context: Context, account: str, session_id: str) -> None:
        """End a session at once; `NotFound` if the account has none of that id."""

        async def work(transaction: Transaction) -> int:
            ended = await transaction.changed(
                "DELETE FROM sessions WHERE project = ?1 AND account = ?2 AND id = ?3", account, session_id
            )
            if ended:
                await self._epochs.raise_(transaction, EPOCH)
                await self._audit.note(transaction, context, subject=account, before={"session": session_id})
                transaction.answers(DONE)
            return ended

        if not await self._sql.transact(work):
            raise NotFound(f"No session {session_id!r}.")
        await self.ended()

    async def end_all(self, context: Context, account: str, *, but: str = "") -> None:
        """End all of an account's sessions at once, but for one."""

        async def work(transaction: Transaction) -> None:
            await self.end_all_in(transaction, context, account, but=but)
            transaction.answers(DONE)

        await self._sql.transact(work)
        await self.ended()

    async def end_all_in(
        self, transaction: Transaction, context: Context, account: str, *, but: str = ""
    ) -> None:
        """End all of an account's sessions with a commit, after which `ended` is to be awaited."""
        await self._epochs.raise_(transaction, EPOCH)
        rows = await transaction.rows(
            "DELETE FROM sessions WHERE project = ?1 AND account = ?2 AND id <> ?3 RETURNING id",
            account,
            but,
        )
        if rows:
            ended = {"sessions": sorted(each for (each,) in rows)}
            await self._audit.note(transaction, context, subject=account, before=ended)

    async def ended(self) -> None:
        """Wait, after a commit that ended sessions, until no process takes them for open."""
        await self._epochs.known()


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()

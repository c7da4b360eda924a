"""Keys as they are kept: only a hash of each."""

import hashlib
import hmac
from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import astuple, replace
from ulid import ULID

from brickyard.contract import BadRequest, Context, Forbidden, NotFound, Problem, Reply, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.access import blocked
from brickyard.platform.audit import ITSELF, Audit
from brickyard.platform.caller import EPOCH, Caller, Rate
from brickyard.platform.key.contract import Environment
from brickyard.platform.key.record import (
    DESCENT,
    RECORD,
    SETTINGS,
    Descent,
    KeyRecord,
    KeySettings,
    caller_of,
    record_of,
    settings_of,
)
from brickyard.platform.key.token import KEY_BEGINS, PREFIXES, new_token
from brickyard.platform.moment import timestamp, timestamp_or_none

Answer = TypeVar("Answer", bound=Reply)

# With the key, all that may stand in its way: one look, whatever it is refused for.
FIND = (
    f"SELECT {SETTINGS}, {DESCENT}, hash, k.id, owner, revoked_ns, p.deleted_ns,"  # noqa: S608 - our own columns
    " (SELECT reason FROM blocks b WHERE b.project = ?1 AND b.subject IN (k.id, k.owner, p.account) LIMIT 1)"
    " FROM keys k LEFT JOIN projects p ON p.project = ?1 AND p.id = k.owner"
    " WHERE k.project = ?1 AND k.hash = ?2"
)
GET = f"SELECT {RECORD} FROM keys WHERE project = ?1 AND owner = ?2 AND id = ?3"  # noqa: S608 - as above
LIST = f"SELECT {RECORD} FROM keys WHERE project = ?1 AND owner = ?2 ORDER BY id"  # noqa: S608 - as above
PAGE = f"SELECT {RECORD} FROM keys WHERE project = ?1 AND owner = ?2 AND id > ?3 ORDER BY id LIMIT ?4"  # noqa: S608 - as above
ADD = (
    f"INSERT INTO keys (project, hash, id, owner, hint, created_ns, {DESCENT}, {SETTINGS})"  # noqa: S608 - as above
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
)
CHANGE = (
    "UPDATE keys SET kind = ?4, description = ?5, environment = ?6, scopes = ?7, origins = ?8, role = ?9,"
    " expires_ns = ?10, rate_limit_per_s = ?11, monthly_budget = ?12"
    " WHERE project = ?1 AND owner = ?2 AND id = ?3"
)
# Keys that took one another's place have one bucket, and so one rate.
CHANGE_RATE = (
    "UPDATE keys SET rate_limit_per_s = ?4"
    " WHERE project = ?1 AND owner = ?2 AND (rate_bucket = ?3 OR id = ?3)"
)
RATE = "SELECT rate_limit_per_s, rate_within FROM keys WHERE project = ?1 AND owner = ?2 AND id = ?3"
REVOKE = "UPDATE keys SET revoked_ns = coalesce(revoked_ns, ?4) WHERE project = ?1 AND owner = ?2 AND id = ?3"
BLOCK = "SELECT reason FROM blocks WHERE project = ?1 AND subject = ?2"

REVOKED = "The key was revoked."


class Keyring:
    """Every key of every project. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs, audit: Audit) -> None:
        """Keep keys in `sql`, and know the time by `clock` and of keys changed elsewhere by `epochs`."""
        self._sql, self._clock, self._epochs, self._audit = sql, clock, epochs, audit
        self._listeners: list[Callable[[str], None]] = []

    def on_revoked(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the id of each key that is revoked here, once it is."""
        self._listeners.append(listener)

    async def caller(self, token: bytes) -> Caller:
        """Say whose key `token` is; `Unauthorized` if it is nobody's or has ended, `Forbidden` if blocked."""
        digest = hashlib.sha256(token).digest()
        row = await self._sql.point(FIND, digest)
        # The hash was found by equality already; compared again so that no look-up's timing decides.
        if row is None or not hmac.compare_digest(row[-6], digest):
            raise Unauthorized("The key is not known here.")
        _, key_id, project, revoked_ns, deleted_ns, reason = row[-6:]
        if revoked_ns is not None:
            raise Unauthorized(REVOKED)
        if deleted_ns is not None:
            raise Unauthorized("The key's project was deleted.")
        if reason is not None:
            raise blocked(reason)
        descent = Descent(*row[-9:-6]).of(key_id)
        within = [each for each in await self.makers(project, descent) if each[1]]
        return caller_of(project, key_id, settings_of(row[:-9]), descent, tuple(within))

    async def makers(self, project: str, descent: Descent) -> list[Rate]:
        """Give the buckets that a key is within, the next first, each with its calls a second; 0 for any."""
        found: list[Rate] = []
        bucket = descent.rate_within
        while bucket:
            row = await self._sql.point(RATE, project, bucket)
            if row is None:  # the project is being erased
                break
            found.append((bucket, row[0] or 0))
            bucket = row[1]
        return found

    async def create(
        self,
        project: str,
        description: str,
        scopes: tuple[str, ...],
        expires_ns: int | None,
        *,
        environment: Environment = "live",
    ) -> tuple[str, KeyRecord]:
        """Make a secret key that nobody asked for by a call: the first one."""
        settings = KeySettings(
            description=description, scopes=scopes, expires_ns=expires_ns, environment=environment
        )
        return await self._sql.transact(lambda each: self._make(each, ITSELF, project, settings, Descent()))

    async def make(
        self,
        context: Context,
        project: str,
        settings: KeySettings,
        answer: Callable[[str, KeyRecord], Answer],
        descent: Descent,
    ) -> Answer:
        """Make a key of a project, and say `answer` of it and its text, which is given once and not kept."""

        async def work(transaction: Transaction) -> Answer:
            reply = answer(*await self._make(transaction, context, project, settings, descent))
            transaction.answers(reply)
            return reply

        return await self._sql.transact(work)

    async def keys(self, project: str) -> list[KeyRecord]:
        """Give a project's keys, oldest first, revoked ones too."""
        return [record_of(row) for row in await self._sql.rows(LIST, project)]

    async def page(self, project: str, after: str, limit: int) -> list[KeyRecord]:
        """Give so many of a project's keys, oldest first, from the id `after` on."""
        return [record_of(row) for row in await self._sql.rows(PAGE, project, after, limit)]

    async def key(self, project: str, key_id: str) -> KeyRecord:
        """Give a key of a project; `NotFound` if the project has none of that id."""
        row = await self._sql.point(GET, project, key_id)
        if row is None:
            raise _unknown(key_id)
        return record_of(row)

    async def change(
        self, context: Context, project: str, key_id: str, revise: Callable[[KeyRecord], KeySettings]
    ) -> KeyRecord:
        """Give a key other settings, which `revise` makes of what it is; what that raises changes nothing."""

        async def work(transaction: Transaction) -> KeyRecord:
            record = await _found(transaction, project, key_id)
            changed = replace(record, settings=revise(record))
            await transaction.changed(CHANGE, project, key_id, *changed.settings.row())
            if changed.settings.rate_limit_per_s != record.settings.rate_limit_per_s:
                await transaction.changed(
                    CHANGE_RATE, project, record.descent.rate_bucket, changed.settings.rate_limit_per_s
                )
            await self._epochs.raise_(transaction, EPOCH)
            before, after = record.settings.shown(), changed.settings.shown()
            if other := [name for name in before if before[name] != after[name]]:
                await self._audit.note(
                    transaction,
                    context,
                    project=project,
                    subject=key_id,
                    before={name: before[name] for name in other},
                    after={name: after[name] for name in other},
                )
            return changed

        changed = await self._sql.transact(work)
        await self._epochs.known()
        return changed

    async def rotate(
        self,
        context: Context,
        project: str,
        key_id: str,
        ends_ns: int,
        check: Callable[[KeyRecord], None],
        answer: Callable[[str, KeyRecord, KeyRecord], Answer],
    ) -> Answer:
        """Make a key like an old one, which ends at `ends_ns` if not before.

        Says `answer` of the new one's text, the new one and the old. What `check` raises of the old one
        changes nothing.
        """

        async def work(transaction: Transaction) -> Answer:
            old = await _found(transaction, project, key_id)
            check(old)
            await self._refuse_if_ended(transaction, old)
            token, new = await self._make(transaction, context, project, old.settings, old.descent)
            ending = await self._let_end(transaction, context, project, (old, new), ends_ns)
            reply = answer(token, new, ending)
            transaction.answers(reply)
            return reply

        made = await self._sql.transact(work)
        await self._epochs.known()
        return made

    async def revoke(self, context: Context, project: str, key_id: str) -> None:
        """End a key of a project at once; `NotFound` if the project has none of that id."""
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            old = await _found(transaction, project, key_id)
            await transaction.changed(REVOKE, project, key_id, now_ns)
            await self._epochs.raise_(transaction, EPOCH)
            if old.revoked_ns is None:
                await self._audit.note(
                    transaction, context, project=project, subject=key_id, before=old.settings.shown()
                )

        await self._sql.transact(work)
        await self._epochs.known()
        for listener in self._listeners:
            listener(key_id)

    async def first_project(self) -> str:
        """Give the project made when the cloud first started; makes it, and its account, if there is none."""
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> str:
            rows = await transaction.rows(
                "SELECT id FROM projects WHERE project = ?1 ORDER BY created_ns, id LIMIT 1"
            )
            if rows:
                return rows[0][0]
            account, project = f"acc_{ULID()}".lower(), f"prj_{ULID()}".lower()
            await transaction.changed(
                "INSERT INTO accounts (project, id, name, created_ns) VALUES (?1, ?2, 'first', ?3)",
                account,
                now_ns,
            )
            await transaction.changed(
                "INSERT INTO projects (project, id, account, name, created_ns)"
                " VALUES (?1, ?2, ?3, 'first', ?4)",
                project,
                account,
                now_ns,
            )
            await transaction.changed(
                "INSERT INTO members VALUES (?1, ?2, ?3, 'owner', ?4)", project, account, now_ns
            )
            await self._audit.note(transaction, ITSELF, project=project, after={"name": "first"})
            return project

        return await self._sql.transact(work)

    async def _make(
        self,
        transaction: Transaction,
        context: Context,
        project: str,
        settings: KeySettings,
        descent: Descent,
    ) -> tuple[str, KeyRecord]:
        token = new_token(PREFIXES[settings.kind], settings.environment)
        key_id = f"key_{ULID()}".lower()
        record = KeyRecord(
            id=key_id,
            descent=descent.of(key_id),
            hint=f"{token[:11]}…{token[-4:]}",
            settings=settings,
            created_ns=self._clock.now_ns(),
        )
        await transaction.changed(
            ADD,
            hashlib.sha256(token.encode()).digest(),
            record.id,
            project,
            record.hint,
            record.created_ns,
            *astuple(record.descent),
            *settings.row(),
        )
        await self._audit.note(
            transaction, context, project=project, subject=record.id, after=settings.shown()
        )
        return token, record

    async def _let_end(
        self,
        transaction: Transaction,
        context: Context,
        project: str,
        keys: tuple[KeyRecord, KeyRecord],
        ends_ns: int,
    ) -> KeyRecord:
        """Have the first of `keys`, which the second replaces, end at `ends_ns` if not before."""
        old, new = keys
        expires_ns = old.settings.expires_ns
        ends_ns = ends_ns if expires_ns is None else min(ends_ns, expires_ns)
        ending = replace(old, settings=replace(old.settings, expires_ns=ends_ns))
        await transaction.changed(CHANGE, project, old.id, *ending.settings.row())
        await self._epochs.raise_(transaction, EPOCH)
        await self._audit.note(
            transaction,
            context,
            project=project,
            subject=old.id,
            before={"expires_at": timestamp_or_none(expires_ns)},
            after={"expires_at": timestamp(ends_ns), "replaced_by": new.id},
        )
        return ending

    async def _refuse_if_ended(self, transaction: Transaction, record: KeyRecord) -> None:
        """Keep what was ended or blocked from living on under another name."""
        if reasons := await transaction.rows(BLOCK, record.id):
            raise blocked(reasons[0][0])
        expires_ns = record.settings.expires_ns
        expired = expires_ns is not None and expires_ns <= self._clock.now_ns()
        if record.revoked_ns is not None or expired:
            raise Forbidden(f"The key {record.id} has ended. Make a new one with `key/Create`.")


async def _found(transaction: Transaction, project: str, key_id: str) -> KeyRecord:
    rows = await transaction.rows(GET, project, key_id)
    if not rows:
        raise _unknown(key_id)
    return record_of(rows[0])


def _unknown(key_id: str) -> Problem:
    if key_id.startswith(KEY_BEGINS):  # not to be repeated, where it may be read by others
        return BadRequest.at("/id", "That is a key; give its id, key_…, which `key/List` shows.")
    return NotFound(f"No key {key_id!r} in this project. `key/List` shows those there are.")

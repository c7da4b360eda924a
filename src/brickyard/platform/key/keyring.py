"""Keys as they are kept: only a hash of each."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import msgspec
from ulid import ULID

from brickyard.contract import BadRequest, NotFound, Problem, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.caller import EPOCH, Caller
from brickyard.platform.key.contract import Environment
from brickyard.platform.key.token import KEY_BEGINS, new_token

REVOKED = "The key was revoked."


class KeyRecord(msgspec.Struct, frozen=True):
    """What is known of a key, without the key."""

    id: str
    description: str
    hint: str
    """The key's beginning and its last four characters."""
    environment: Environment
    """Which of the project's data it works on."""
    scopes: tuple[str, ...]
    created_ns: int
    expires_ns: int | None
    revoked_ns: int | None


class Keyring:
    """Every key of every project. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs) -> None:
        """Keep keys in `sql`, and know the time by `clock` and of keys revoked elsewhere by `epochs`."""
        self._sql, self._clock, self._epochs = sql, clock, epochs
        self._listeners: list[Callable[[str], None]] = []

    def on_revoked(self, listener: Callable[[str], None]) -> None:
        """Have `listener` called with the id of each key that is revoked here, once it is."""
        self._listeners.append(listener)

    async def caller(self, token: bytes) -> Caller:
        """Say whose key `token` is; `Unauthorized` if it is nobody's or revoked."""
        digest = hashlib.sha256(token).digest()
        row = await self._sql.point(
            "SELECT hash, owner, id, environment, scopes, expires_ns, revoked_ns FROM keys"
            " WHERE project = ?1 AND hash = ?2",
            digest,
        )
        # The hash was found by equality already; compared again so that no look-up's timing decides.
        if row is None or not hmac.compare_digest(row[0], digest):
            raise Unauthorized("The key is not known here.")
        _, project, key_id, environment, scopes, expires_ns, revoked_ns = row
        if revoked_ns is not None:
            raise Unauthorized(REVOKED)
        return Caller(
            project=project,
            environment=environment,
            key_id=key_id,
            scopes=tuple(json.loads(scopes)),
            expires_ns=expires_ns,
        )

    async def create(
        self,
        project: str,
        description: str,
        scopes: tuple[str, ...],
        expires_ns: int | None,
        *,
        environment: Environment = "live",
    ) -> tuple[str, KeyRecord]:
        """Make a secret key of a project; the text is given here once and is nowhere kept."""
        token = new_token("sk", environment)
        record = KeyRecord(
            id=f"key_{ULID()}".lower(),
            description=description,
            hint=f"{token[:11]}…{token[-4:]}",
            environment=environment,
            scopes=scopes,
            created_ns=self._clock.now_ns(),
            expires_ns=expires_ns,
            revoked_ns=None,
        )
        await self._sql.run(
            "INSERT INTO keys"
            " (project, hash, id, owner, description, hint, environment, scopes, created_ns, expires_ns)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            hashlib.sha256(token.encode()).digest(),
            record.id,
            project,
            description,
            record.hint,
            environment,
            json.dumps(scopes),
            record.created_ns,
            expires_ns,
        )
        return token, record

    async def keys(self, project: str) -> list[KeyRecord]:
        """Give a project's keys, oldest first, revoked ones too."""
        rows = await self._sql.rows(
            "SELECT id, description, hint, environment, scopes, created_ns, expires_ns, revoked_ns FROM keys"
            " WHERE project = ?1 AND owner = ?2 ORDER BY id",
            project,
        )
        return [_record(*row) for row in rows]

    async def revoke(self, project: str, key_id: str) -> None:
        """End a key of a project at once; `NotFound` if the project has none of that id.

        `BadRequest` if what is given is the key itself.
        """
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> int:
            changed = await transaction.changed(
                "UPDATE keys SET revoked_ns = coalesce(revoked_ns, ?4)"
                " WHERE project = ?1 AND owner = ?2 AND id = ?3",
                project,
                key_id,
                now_ns,
            )
            if changed:
                await self._epochs.raise_(transaction, EPOCH)
            return changed

        if not await self._sql.transact(work):
            raise _unknown(key_id)
        await self._epochs.known()
        for listener in self._listeners:
            listener(key_id)

    async def first_project(self) -> str:
        """Give the project made when the cloud first started; makes it, and its account, if there is none."""
        now_ns = self._clock.now_ns()

        async def work(transaction: Transaction) -> str:
            rows = await transaction.rows(
                "SELECT id FROM projects WHERE project = ?1 ORDER BY created_ns LIMIT 1"
            )
            if rows:
                return rows[0][0]
            account, project = f"acc_{ULID()}".lower(), f"prj_{ULID()}".lower()
            await transaction.changed("INSERT INTO accounts VALUES (?1, ?2, 'first', ?3)", account, now_ns)
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
            return project

        return await self._sql.transact(work)


def _unknown(key_id: str) -> Problem:
    if key_id.startswith(KEY_BEGINS):  # not to be repeated, where it may be read by others
        return BadRequest.at("/id", "That is a key; give its id, key_…, which `key/List` shows.")
    return NotFound(f"No key {key_id!r} in this project. `key/List` shows those there are.")


def _record(
    id: str, description: str, hint: str, environment: Environment, scopes: str, *times: Any
) -> KeyRecord:
    return KeyRecord(id, description, hint, environment, tuple(json.loads(scopes)), *times)

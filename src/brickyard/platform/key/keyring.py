"""Keys as they are kept: only a hash of each."""

import hashlib
import hmac
import json

import msgspec
from ulid import ULID

from brickyard.contract import NotFound, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction
from brickyard.engines.sql.epoch import Epochs
from brickyard.platform.key.token import new_token, well_formed

EPOCH = "keys"
"""Another one begins whenever a key is revoked."""


class Caller(msgspec.Struct, frozen=True):
    """Who makes a call, as far as the key tells."""

    project: str
    key_id: str
    scopes: tuple[str, ...]
    expires_ns: int | None


class KeyRecord(msgspec.Struct, frozen=True):
    """What is known of a key, without the key."""

    id: str
    description: str
    hint: str
    """The key's beginning and its last four characters."""
    scopes: tuple[str, ...]
    created_ns: int
    expires_ns: int | None
    revoked_ns: int | None


class Keyring:
    """Every key of every project. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, epochs: Epochs) -> None:
        """Keep keys in `sql`, and know the time by `clock` and of keys revoked elsewhere by `epochs`."""
        self._sql, self._clock, self._epochs = sql, clock, epochs

    @property
    def generation(self) -> int:
        """Another one whenever a key was revoked: what was remembered of keys before is to be forgotten."""
        return self._epochs.current(EPOCH)

    async def caller(self, token: bytes) -> Caller:
        """Say whose key `token` is; `Unauthorized` if it is nobody's or revoked."""
        digest = hashlib.sha256(token).digest()
        if not well_formed(token.decode("latin-1")):
            raise Unauthorized(
                "The key is not well formed: keys begin with bk_ and end in a checksum. Was it copied whole?"
            )
        row = await self._sql.point(
            "SELECT hash, owner, id, scopes, expires_ns, revoked_ns FROM keys"
            " WHERE project = ?1 AND hash = ?2",
            digest,
        )
        # The hash was found by equality already; compared again so that no look-up's timing decides.
        if row is None or not hmac.compare_digest(row[0], digest):
            raise Unauthorized("The key is not known here.")
        if row[5] is not None:
            raise Unauthorized("The key was revoked.")
        return Caller(row[1], row[2], tuple(json.loads(row[3])), row[4])

    def has_expired(self, caller: Caller) -> bool:
        """Say whether a caller's key has expired by now."""
        return caller.expires_ns is not None and caller.expires_ns <= self._clock.now_ns()

    def check_time(self, caller: Caller) -> None:
        """Raise `Unauthorized` if a caller's key has expired by now."""
        if self.has_expired(caller):
            raise Unauthorized("The key has expired. Make a new one with `brick key create`.")

    async def create(
        self, project: str, description: str, scopes: tuple[str, ...], expires_ns: int | None
    ) -> tuple[str, KeyRecord]:
        """Make a secret key of a project; the text is given here once and is nowhere kept."""
        token = new_token("sk", "live")
        record = KeyRecord(
            id=f"key_{ULID()}".lower(),
            description=description,
            hint=f"{token[:11]}…{token[-4:]}",
            scopes=scopes,
            created_ns=self._clock.now_ns(),
            expires_ns=expires_ns,
            revoked_ns=None,
        )
        await self._sql.run(
            "INSERT INTO keys (project, hash, id, owner, description, hint, scopes, created_ns, expires_ns)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            hashlib.sha256(token.encode()).digest(),
            record.id,
            project,
            description,
            record.hint,
            json.dumps(scopes),
            record.created_ns,
            expires_ns,
        )
        return token, record

    async def keys(self, project: str) -> list[KeyRecord]:
        """Give a project's keys, oldest first, revoked ones too."""
        rows = await self._sql.rows(
            "SELECT id, description, hint, scopes, created_ns, expires_ns, revoked_ns FROM keys"
            " WHERE project = ?1 AND owner = ?2 ORDER BY id",
            project,
        )
        return [KeyRecord(row[0], row[1], row[2], tuple(json.loads(row[3])), *row[4:]) for row in rows]

    async def revoke(self, project: str, key_id: str) -> None:
        """End a key of a project at once; `NotFound` if the project has none of that id."""
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
            raise NotFound(f"No key {key_id!r} in this project. `key/List` shows those there are.")
        await self._epochs.known()

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
                "INSERT INTO projects VALUES (?1, ?2, ?3, 'first', ?4)", project, account, now_ns
            )
            return project

        return await self._sql.transact(work)


class ProjectKeys:
    """The keys of one project."""

    def __init__(self, keyring: Keyring, project: str) -> None:
        """Bind `keyring` to `project`."""
        self._keyring, self._project = keyring, project

    async def create(
        self, description: str, scopes: tuple[str, ...], expires_ns: int | None
    ) -> tuple[str, KeyRecord]:
        """Make a key; see `Keyring.create`."""
        return await self._keyring.create(self._project, description, scopes, expires_ns)

    async def keys(self) -> list[KeyRecord]:
        """Give the keys; see `Keyring.keys`."""
        return await self._keyring.keys(self._project)

    async def revoke(self, key_id: str) -> None:
        """End a key; see `Keyring.revoke`."""
        await self._keyring.revoke(self._project, key_id)

"""Codes that work once: in letters, in challenges, in ways to a provider and back. Only hashes are kept."""

import hashlib
import secrets

import msgspec

from brickyard.contract import BadRequest
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql, Transaction

NANOSECONDS = 1_000_000_000
RANDOM_BYTES = 24
FORGET = "DELETE FROM codes WHERE project = ?1 AND expires_ns <= ?2"


class Code(msgspec.Struct, frozen=True):
    """What a code stands for."""

    account: str
    """Whose it is; empty if it is nobody's, as when a stranger's letter must look like any other."""
    email: str
    data: str


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What a new code is to be good for: one purpose, once, within `life_s` seconds."""

    purpose: str
    account: str = ""
    life_s: float
    email: str = ""
    data: str = ""


class Codes:
    """All codes that were given out. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock) -> None:
        """Keep codes in `sql`, for as long as `clock` allows."""
        self._sql, self._clock = sql, clock

    async def hold_in(self, transaction: Transaction, code: str, promise: Promise) -> None:
        """Have a code be good for what it promises, in place of what was kept under it."""
        now_ns = self._clock.now_ns()
        await transaction.changed(FORGET, now_ns)
        await transaction.changed(
            "INSERT INTO codes (project, hash, account, email, data, expires_ns)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (project, hash)"
            " DO UPDATE SET data = excluded.data, expires_ns = excluded.expires_ns",
            hash_of(promise.purpose, code),
            promise.account,
            promise.email,
            promise.data,
            now_ns + int(promise.life_s * NANOSECONDS),
        )

    async def read(self, purpose: str, code: str) -> Code:
        """Look at a code without using it up; `BadRequest` if it is none, or none any more."""
        row = await self._sql.point(
            "SELECT account, email, data FROM codes WHERE project = ?1 AND hash = ?2 AND expires_ns > ?3",
            hash_of(purpose, code),
            self._clock.now_ns(),
        )
        return _known(row)

    async def take_in(self, transaction: Transaction, purpose: str, code: str) -> Code:
        """Use a code up together with what it is used for; `BadRequest` as for `read`."""
        rows = await transaction.rows(
            "DELETE FROM codes WHERE project = ?1 AND hash = ?2 AND expires_ns > ?3"
            " RETURNING account, email, data",
            hash_of(purpose, code),
            self._clock.now_ns(),
        )
        return _known(rows[0] if rows else None)


def new_code() -> str:
    """Give a code that nobody can guess."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def _known(row: Row | None) -> Code:
    if row is None:
        raise BadRequest("The code is not known here: it was used already, or has expired. Ask for another.")
    return Code(*row)


def hash_of(purpose: str, code: str) -> bytes:
    """Hash a code with what it is for, so that it is good for nothing else."""
    return hashlib.sha256(f"{purpose}:{code}".encode()).digest()

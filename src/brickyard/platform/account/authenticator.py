"""The second factor: six digits that change with the time (TOTP, RFC 6238), and recovery codes."""

import base64
import hashlib
import secrets

from brickyard.contract import BadRequest, Conflict, Context, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql, Transaction
from brickyard.platform.account.codes import Codes, hash_of
from brickyard.platform.audit import Audit

SECRET_BYTES = 20
STEP_S = 30
DRIFT_STEPS = 1
"""How far the authenticator's clock may be off, either way."""
PENDING = "totp"
PENDING_LIFE_S = 900.0
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_LENGTH = 12
ISSUER = "Brickyard"


class Authenticator:
    """The authenticators of all accounts. `sql` is bound to the platform's own project."""

    def __init__(self, sql: Sql, clock: Clock, codes: Codes, seal: Seal, audit: Audit) -> None:
        """Keep their secrets in `sql`, sealed."""
        self._sql, self._clock, self._codes, self._seal = sql, clock, codes, seal
        self._audit = audit

    async def is_set_up(self, account: str) -> bool:
        """Say whether signing in to an account takes a code."""
        return await self._row(account) is not None

    async def propose(self, account: str, label: str) -> tuple[str, str]:
        """Make a secret, and its address for authenticators; nothing changes before it is confirmed."""
        from pyotp.totp import TOTP

        if await self._row(account) is not None:
            raise Conflict("There is an authenticator already: remove it first.")
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
        sealed = (await self._seal.close(secret.encode(), account)).hex()
        await self._codes.hold(PENDING, account, account, PENDING_LIFE_S, data=sealed)
        return secret, TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)

    async def confirm(self, context: Context, account: str, code: str) -> list[str]:
        """Ask for codes from now on, once one shows that the secret arrived; gives recovery codes."""
        sealed = bytes.fromhex((await self._codes.read(PENDING, account)).data)
        step = self._step_of(sealed, account, code)
        if step is None:
            raise BadRequest.at("/code", "This is not what the authenticator shows now.")
        sealed = (
            await self._seal.again(sealed, account) or sealed
        )  # the master key may have changed meanwhile
        codes, now_ns = _recovery_codes(), self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await self._codes.take_in(transaction, PENDING, account)
            await transaction.changed(
                "INSERT INTO authenticators (project, account, secret, last_step, created_ns)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
                account,
                sealed,
                step,
                now_ns,
            )
            await _replace_recovery_codes(transaction, account, codes)
            await self._audit.note(transaction, context, subject=account, after={"second_factor": "totp"})

        await self._sql.transact(work)
        return codes

    async def check(self, context: Context, account: str, code: str) -> None:
        """Use a code up, whether of the authenticator or for recovery; `Unauthorized` if it is not right."""
        plain = code.strip().lower()
        if not (
            await self._take_digits(account, plain) or await self._take_recovery_code(context, account, plain)
        ):
            raise Unauthorized("The code is wrong, or was used already.")

    async def renew_recovery_codes(self, context: Context, account: str) -> list[str]:
        """Give new recovery codes; the old ones are worthless."""
        if not await self.is_set_up(account):
            raise Conflict("There is no authenticator: set one up first.")
        codes = _recovery_codes()

        async def work(transaction: Transaction) -> None:
            await _replace_recovery_codes(transaction, account, codes)
            changed = {"changed": "recovery codes"}
            await self._audit.note(transaction, context, subject=account, after=changed)

        await self._sql.transact(work)
        return codes

    async def remove(self, context: Context, account: str) -> None:
        """Ask for codes no more."""

        async def work(transaction: Transaction) -> None:
            removed = await transaction.changed(
                "DELETE FROM authenticators WHERE project = ?1 AND account = ?2", account
            )
            if removed:
                factor = {"second_factor": "totp"}
                await self._audit.note(transaction, context, subject=account, before=factor)
            await transaction.changed(
                "DELETE FROM recovery_codes WHERE project = ?1 AND account = ?2", account
            )

        await self._sql.transact(work)

    async def _row(self, account: str) -> bytes | None:
        row = await self._sql.point(
            "SELECT secret FROM authenticators WHERE project = ?1 AND account = ?2", account
        )
        return None if row is None else row[0]

    async def _take_digits(self, account: str, code: str) -> bool:
        """Use six digits up: no step's digits are good twice, nor those of a step before it."""
        sealed = await self._row(account)
        step = None if sealed is None else self._step_of(sealed, account, code)
        if step is None:
            return False
        changed = await self._sql.transact(
            lambda each: each.changed(
                "UPDATE authenticators SET last_step = ?3"
                " WHERE project = ?1 AND account = ?2 AND last_step < ?3",
                account,
                step,
            )
        )
        return changed == 1

    async def _take_recovery_code(self, context: Context, account: str, code: str) -> bool:
        async def work(transaction: Transaction) -> bool:
            taken = await transaction.changed(
                "DELETE FROM recovery_codes WHERE project = ?1 AND account = ?2 AND hash = ?3",
                account,
                _hash(account, code),
            )
            if taken:
                used = {"used": "a recovery code"}
                await self._audit.note(transaction, context, subject=account, after=used)
            return taken == 1

        return await self._sql.transact(work)

    def _step_of(self, sealed: bytes, account: str, code: str) -> int | None:
        """Give the step of time that shows these digits; None if none near now does."""
        from pyotp.totp import TOTP

        totp = TOTP(self._seal.open(sealed, account).decode())
        now = self._clock.now_ns() // 1_000_000_000 // STEP_S
        near = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        shown = [
            each for each in near if secrets.compare_digest(totp.generate_otp(each).encode(), code.encode())
        ]
        return shown[0] if shown else None


def is_pending(hash: bytes, account: str) -> bool:
    """Say whether what is kept under this hash is a secret that waits to be confirmed."""
    return hash == hash_of(PENDING, account)


def _recovery_codes() -> list[str]:
    """Make codes without letters that look alike: 59 bits each, far beyond guessing within the limits."""
    texts = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join((each[:4], each[4:8], each[8:])) for each in texts]


async def _replace_recovery_codes(transaction: Transaction, account: str, codes: list[str]) -> None:
    await transaction.changed("DELETE FROM recovery_codes WHERE project = ?1 AND account = ?2", account)
    await transaction.run_many(
        "INSERT INTO recovery_codes (project, account, hash) VALUES (?1, ?2, ?3)",
        [(account, _hash(account, each)) for each in codes],
    )


def _hash(account: str, code: str) -> bytes:
    return hashlib.sha256(f"{account}:{code.replace('-', '')}".encode()).digest()

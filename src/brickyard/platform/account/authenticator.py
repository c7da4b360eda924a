"""The second factor: six digits that change with the time (TOTP, RFC 6238), and recovery codes."""

import base64
import hashlib
import secrets

from brickyard.contract import BadRequest, Conflict, Context, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.seal import Seal
from brickyard.engines.sql import Sql, Transaction, Work
from brickyard.platform.account.book import Entry
from brickyard.platform.account.codes import Codes, Promise, hash_of
from brickyard.platform.account.letters import Letters
from brickyard.platform.account.wire.second_factor import RecoveryCodesReply, SetUpTotpReply
from brickyard.platform.account.wire.words import DONE
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

GET = "SELECT secret FROM authenticators WHERE project = ?1 AND account = ?2"
# No step's digits are good twice, nor those of a step before it.
TAKE_STEP = "UPDATE authenticators SET last_step = ?3 WHERE project = ?1 AND account = ?2 AND last_step < ?3"
TAKE_RECOVERY_CODE = "DELETE FROM recovery_codes WHERE project = ?1 AND account = ?2 AND hash = ?3"
REMOVE = "DELETE FROM authenticators WHERE project = ?1 AND account = ?2"
REMOVE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE project = ?1 AND account = ?2"


class Authenticator:
    """The authenticators of all accounts. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, clock: Clock, codes: Codes, letters: Letters, seal: Seal, audit: Audit
    ) -> None:
        """Keep their secrets in `sql`, sealed."""
        self._sql, self._clock, self._codes, self._letters = sql, clock, codes, letters
        self._seal, self._audit = seal, audit

    async def is_set_up_in(self, transaction: Transaction, account: str) -> bool:
        """Say whether signing in to an account takes a code."""
        return bool(await transaction.rows(GET, account))

    async def propose(self, account: str, label: str) -> SetUpTotpReply:
        """Make a secret, and its address for authenticators; nothing changes before it is confirmed."""
        from pyotp.totp import TOTP

        if await self._row(account) is not None:
            raise Conflict("There is an authenticator already: remove it first.")
        secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
        sealed = (await self._seal.close(secret.encode(), account)).hex()
        promise = Promise(purpose=PENDING, account=account, life_s=PENDING_LIFE_S, data=sealed)
        uri = TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)
        reply = SetUpTotpReply(secret=secret, uri=uri)

        async def work(transaction: Transaction) -> None:
            await self._codes.hold_in(transaction, account, promise)
            transaction.answers(reply)

        await self._sql.transact(work)
        return reply

    async def confirm(self, context: Context, account: str, code: str) -> RecoveryCodesReply:
        """Ask for codes from now on, once one shows that the secret arrived; gives recovery codes."""
        sealed = bytes.fromhex((await self._codes.read(PENDING, account)).data)
        step = self._step_of(sealed, account, code)
        if step is None:
            raise BadRequest.at("/code", "This is not what the authenticator shows now.")
        again = await self._seal.again(sealed, account)  # the master key may have changed meanwhile
        sealed = again or sealed
        reply, now_ns = RecoveryCodesReply(recovery_codes=_recovery_codes()), self._clock.now_ns()

        async def work(transaction: Transaction) -> None:
            await self._codes.take_in(transaction, PENDING, account)
            if await self.is_set_up_in(transaction, account):  # by another that was begun meanwhile
                raise Conflict("There is an authenticator already: remove it first.")
            await transaction.changed(
                "INSERT INTO authenticators (project, account, secret, last_step, created_ns)"
                " VALUES (?1, ?2, ?3, ?4, ?5)",
                account,
                sealed,
                step,
                now_ns,
            )
            await _replace_recovery_codes(transaction, account, reply.recovery_codes)
            await self._audit.note(transaction, context, subject=account, after={"second_factor": "totp"})
            transaction.answers(reply)

        await self._sql.transact(work)
        return reply

    def use_of(self, context: Context, account: str, code: str) -> Work[None]:
        """Give what uses a code up, whether of the authenticator or for recovery.

        It raises `Unauthorized` if the code is not right, or was used already.
        """
        plain = code.strip().lower()

        async def use(transaction: Transaction) -> None:
            for (sealed,) in await transaction.rows(GET, account):
                step = self._step_of(sealed, account, plain)
                if step is not None and await transaction.changed(TAKE_STEP, account, step):
                    return
            if not await transaction.changed(TAKE_RECOVERY_CODE, account, _hash(account, plain)):
                raise Unauthorized("The code is wrong, or was used already.")
            used = {"used": "a recovery code"}
            await self._audit.note(transaction, context, subject=account, after=used)

        return use

    async def renew_recovery_codes(self, context: Context, account: str) -> RecoveryCodesReply:
        """Give new recovery codes; the old ones are worthless."""
        if await self._row(account) is None:
            raise Conflict("There is no authenticator: set one up first.")
        reply = RecoveryCodesReply(recovery_codes=_recovery_codes())

        async def work(transaction: Transaction) -> None:
            await _replace_recovery_codes(transaction, account, reply.recovery_codes)
            changed = {"changed": "recovery codes"}
            await self._audit.note(transaction, context, subject=account, after=changed)
            transaction.answers(reply)

        await self._sql.transact(work)
        return reply

    async def remove(self, context: Context, entry: Entry) -> None:
        """Ask for codes no more, and tell the owner."""

        async def work(transaction: Transaction) -> None:
            if await transaction.changed(REMOVE, entry.id):
                factor = {"second_factor": "totp"}
                await self._audit.note(transaction, context, subject=entry.id, before=factor)
            await transaction.changed(REMOVE_RECOVERY_CODES, entry.id)
            transaction.answers(DONE)

        await self._letters.tell(entry.email, self._letters.changed("its second factor was removed"), work)

    async def _row(self, account: str) -> bytes | None:
        row = await self._sql.point(GET, account)
        return None if row is None else row[0]

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
    await transaction.changed(REMOVE_RECOVERY_CODES, account)
    await transaction.run_many(
        "INSERT INTO recovery_codes (project, account, hash) VALUES (?1, ?2, ?3)",
        [(account, _hash(account, each)) for each in codes],
    )


def _hash(account: str, code: str) -> bytes:
    return hashlib.sha256(f"{account}:{code.replace('-', '')}".encode()).digest()

"""Passkeys (W3C Web Authentication, level 3): the device verifies its owner, and signs a challenge.

Each challenge is a code of ours, so it works once and for a few minutes. Whoever asks to sign in is not asked
for an account: the passkey says whose it is, and nothing can be learnt by asking.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from ulid import ULID

from brickyard.contract import BadRequest, Conflict, Context, JsonObject, NotFound, Unauthorized
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Sql, Transaction, UniqueViolation, Work
from brickyard.platform.account.book import Entry
from brickyard.platform.account.codes import Codes, Promise, new_code
from brickyard.platform.account.wire.passkeys import FinishPasskeyReply, PasskeyOptionsReply
from brickyard.platform.account.wire.words import DONE
from brickyard.platform.audit import Audit

if TYPE_CHECKING:
    from webauthn.registration.verify_registration_response import VerifiedRegistration

NEW, LOGIN = "passkey-new", "passkey-login"
LIFE_S = 300.0
PER_ACCOUNT_MAX = 50
CREDENTIAL_MAX_BYTES = 16_384
"""A credential as JSON: browsers give some two thousand, and a device's certificates add as much again. What
is in it is read by the CBOR library, whose work grows faster than what it reads."""
ID_MAX_BYTES = 1023
"""A credential's own name (level 3, section 4); databases index no more than some thousands."""
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the library raises, besides its own exceptions, at what no browser gives."""


class PasskeyRecord(msgspec.Struct, frozen=True):
    """What is known of a passkey; its secret never leaves the device."""

    id: str
    name: str
    created_ns: int
    used_ns: int | None


class Passkeys:
    """The passkeys of all accounts. `sql` is bound to the platform's own project."""

    def __init__(
        self, sql: Sql, clock: Clock, codes: Codes, public_url: Callable[[], str], audit: Audit
    ) -> None:
        """Keep public keys in `sql`; passkeys belong to the site at `public_url`."""
        self._sql, self._clock, self._codes, self._public_url = sql, clock, codes, public_url
        self._audit = audit

    async def begin(self, entry: Entry) -> PasskeyOptionsReply:
        """Give what a browser's `navigator.credentials.create` takes."""
        from webauthn import generate_registration_options
        from webauthn.helpers import options_to_json_dict, structs

        challenge = new_code()
        rows = await self._sql.rows(
            "SELECT credential FROM passkeys WHERE project = ?1 AND account = ?2", entry.id
        )
        if len(rows) >= PER_ACCOUNT_MAX:
            raise Conflict(f"An account has at most {PER_ACCOUNT_MAX} passkeys. Remove one first.")
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="Brickyard",
            user_id=entry.id.encode(),
            user_name=entry.email or entry.id,
            challenge=challenge.encode(),
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=row[0]) for row in rows],
        )
        promise = Promise(purpose=NEW, account=entry.id, life_s=LIFE_S)
        return await self._begun(challenge, promise, options_to_json_dict(options))

    async def finish(self, context: Context, account: str, credential: JsonObject, name: str) -> str:
        """Take a passkey that a device made; gives its id. `BadRequest` if it is not what was asked for."""
        challenge = _challenge(credential)
        if (await self._codes.read(NEW, challenge)).account != account:
            raise BadRequest("The passkey was begun by another account.")
        made = self._verified(credential, challenge)
        passkey = f"psk_{ULID()}".lower()

        async def work(transaction: Transaction) -> None:
            await self._codes.take_in(transaction, NEW, challenge)
            await transaction.changed(
                "INSERT INTO passkeys"
                " (project, credential, id, account, name, public_key, sign_count, created_ns)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                made.credential_id,
                passkey,
                account,
                name,
                made.credential_public_key,
                made.sign_count,
                self._clock.now_ns(),
            )
            after = {"passkey": passkey, "name": name}
            await self._audit.note(transaction, context, subject=account, after=after)
            transaction.answers(FinishPasskeyReply(id=passkey))

        try:
            await self._sql.transact(work)
        except UniqueViolation as error:
            raise Conflict("This passkey is known here already.") from error
        return passkey

    async def begin_login(self) -> PasskeyOptionsReply:
        """Give what a browser's `navigator.credentials.get` takes."""
        from webauthn import generate_authentication_options
        from webauthn.helpers import options_to_json_dict, structs

        challenge = new_code()
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge.encode(),
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        promise = Promise(purpose=LOGIN, life_s=LIFE_S)
        return await self._begun(challenge, promise, options_to_json_dict(options))

    async def who(self, credential: JsonObject) -> Work[str]:
        """Give what gives the account whose passkey signed the challenge; `Unauthorized` if none did.

        It uses the challenge up.
        """
        challenge = _challenge(credential)
        await self._codes.read(LOGIN, challenge)
        key = _raw_id(credential)
        row = await self._sql.point(
            "SELECT account, public_key, sign_count FROM passkeys WHERE project = ?1 AND credential = ?2",
            key,
        )
        if row is None:
            raise Unauthorized("The passkey is not known here.")
        account, public_key, sign_count = row
        signed = self._signed(credential, challenge, public_key, sign_count)

        async def who(transaction: Transaction) -> str:
            await self._codes.take_in(transaction, LOGIN, challenge)
            await self._count_in(transaction, key, sign_count, signed)
            return account

        return who

    async def of(self, account: str) -> list[PasskeyRecord]:
        """Give an account's passkeys, oldest first."""
        rows = await self._sql.rows(
            "SELECT id, name, created_ns, used_ns FROM passkeys"
            " WHERE project = ?1 AND account = ?2 ORDER BY id",
            account,
        )
        return [PasskeyRecord(*row) for row in rows]

    async def remove(self, context: Context, account: str, passkey: str) -> None:
        """Forget a passkey; `NotFound` if the account has none of that id."""

        async def work(transaction: Transaction) -> None:
            rows = await transaction.rows(
                "DELETE FROM passkeys WHERE project = ?1 AND account = ?2 AND id = ?3 RETURNING name",
                account,
                passkey,
            )
            if not rows:
                raise NotFound(f"No passkey {passkey!r}.")
            before = {"passkey": passkey, "name": rows[0][0]}
            await self._audit.note(transaction, context, subject=account, before=before)
            transaction.answers(DONE)

        await self._sql.transact(work)

    async def _begun(self, challenge: str, promise: Promise, options: JsonObject) -> PasskeyOptionsReply:
        reply = PasskeyOptionsReply(options=options)

        async def work(transaction: Transaction) -> None:
            await self._codes.hold_in(transaction, challenge, promise)
            transaction.answers(reply)

        await self._sql.transact(work)
        return reply

    def _verified(self, credential: JsonObject, challenge: str) -> "VerifiedRegistration":
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            made = verify_registration_response(
                credential=credential,
                expected_challenge=challenge.encode(),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except (WebAuthnException, *MALFORMED) as error:
            raise BadRequest.at("/credential", "This is no passkey as it was asked for.") from error
        if len(made.credential_id) > ID_MAX_BYTES:
            raise BadRequest.at("/credential", f"The passkey's id is longer than {ID_MAX_BYTES} bytes.")
        return made

    def _signed(self, credential: JsonObject, challenge: str, public_key: bytes, sign_count: int) -> int:
        """Check a signature; gives how often the device says that it has signed."""
        from webauthn import verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        try:
            return verify_authentication_response(
                credential=credential,
                expected_challenge=challenge.encode(),
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            ).new_sign_count
        except (WebAuthnException, *MALFORMED) as error:
            raise Unauthorized("The passkey's answer is not good.") from error

    async def _count_in(self, transaction: Transaction, key: bytes, before: int, after: int) -> None:
        """Keep how often a passkey was used; `Unauthorized` if it was used meanwhile, as by a copy."""
        counted = await transaction.changed(
            "UPDATE passkeys SET sign_count = ?4, used_ns = ?5"
            " WHERE project = ?1 AND credential = ?2 AND sign_count = ?3",
            key,
            before,
            after,
            self._clock.now_ns(),
        )
        if not counted:
            raise Unauthorized("The passkey was used elsewhere at the same time.")

    @property
    def _host(self) -> str:
        return urlsplit(self._public_url()).hostname or ""

    @property
    def _origin(self) -> str:
        parts = urlsplit(self._public_url())
        return f"{parts.scheme}://{parts.netloc}"


def _challenge(credential: JsonObject) -> str:
    """Read which challenge a credential answers; it is checked later, as part of what is signed."""
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json
    from webauthn.helpers.exceptions import WebAuthnException

    if len(msgspec.json.encode(credential)) > CREDENTIAL_MAX_BYTES:
        raise BadRequest.at("/credential", f"A credential has at most {CREDENTIAL_MAX_BYTES} bytes of JSON.")
    try:
        response: Any = credential["response"]
        return parse_client_data_json(base64url_to_bytes(response["clientDataJSON"])).challenge.decode()
    except (WebAuthnException, *MALFORMED) as error:
        raise BadRequest.at("/credential", "This is no credential as browsers give them.") from error


def _raw_id(credential: JsonObject) -> bytes:
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(credential["rawId"])
    except MALFORMED as error:
        raise BadRequest.at("/credential", "This is no credential as browsers give them.") from error

"""Passkeys: as browsers make and use them."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import JsonObject, Reply, Request, Struct, Timestamp
from brickyard.platform.account.wire.words import Name, Password


class PasskeyInfo(Struct):
    """A passkey."""

    id: str
    """Its name for `RemovePasskey`; not a secret."""
    name: str
    """What it was called when it was made."""
    created_at: Timestamp
    """When it was made."""
    used_at: Timestamp | None
    """When it last signed in; null if it never did."""


class BeginPasskeyRequest(Request):
    """Begin to make a passkey."""

    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""


class PasskeyOptionsReply(Reply):
    """What to hand to the browser. It is good for five minutes."""

    options: JsonObject
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`, or `parseRequestOptionsFromJSON` to sign in."""


class FinishPasskeyRequest(Request):
    """A passkey that was made."""

    credential: JsonObject
    """What `navigator.credentials.create` gave, by its `toJSON`."""
    name: Name = ""
    """What to call it, such as the device it is on."""


class FinishPasskeyReply(Reply):
    """The passkey."""

    id: str
    """Its name for `RemovePasskey`."""


class BeginPasskeyLoginRequest(Request):
    """Nothing to say: the passkey knows whose it is."""


class FinishPasskeyLoginRequest(Request):
    """A challenge that was signed."""

    credential: JsonObject
    """What `navigator.credentials.get` gave, by its `toJSON`."""


class ListPasskeysRequest(Request):
    """Nothing to say: it is about the account that asks."""


class ListPasskeysReply(Reply):
    """The account's passkeys."""

    passkeys: list[PasskeyInfo]
    """Oldest first."""


class RemovePasskeyRequest(Request):
    """A passkey to forget."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    """The passkey's `id`."""
    password: Password = ""
    """The account's password; not needed within 15 minutes of signing in."""


LAPTOP = PasskeyInfo(
    id="psk_01jd3x7m9q8w5e4r2t6y1v0nza",
    name="laptop",
    created_at="2026-11-24T08:00:00Z",
    used_at=None,
)
CREDENTIAL: JsonObject = {
    "id": "pZ1k…",
    "rawId": "pZ1k…",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0…", "attestationObject": "o2Nm…"},
    "clientExtensionResults": {},
}
CREATION: JsonObject = {
    "rp": {"name": "Brickyard", "id": "cloud.example"},
    "user": {"id": "YWNj…", "name": "alice@example.com", "displayName": "alice@example.com"},
    "challenge": "bkYzaw",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "timeout": 60000,
    "excludeCredentials": [],
    "authenticatorSelection": {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    },
    "attestation": "none",
}
CHALLENGE: JsonObject = {
    "challenge": "bkYzaw",
    "timeout": 60000,
    "rpId": "cloud.example",
    "allowCredentials": [],
    "userVerification": "required",
}

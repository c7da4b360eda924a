"""Vonage: the Messages API, for text messages."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from brickyard.providers import About, Credentials, Failure, Heard, Received, Secret, by_status
from brickyard.services.sms.port import Receipt, State, Text, Told
from brickyard.services.sms.sending import Sending

URL = "https://api.nexmo.com"
STATES: dict[str, State] = {
    "submitted": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "rejected": "failed",
    "undeliverable": "failed",
}


class VonageCredentials(Credentials):
    """An account at Vonage."""

    api_key: str
    """The API key, from the dashboard's first page."""
    api_secret: Secret
    """The API secret, from the same page."""
    signature_secret: Secret | None = None
    """The signature secret, from the settings: with it, what the provider tells later is believed."""
    default_from: str = ""
    """A number or name of the account's, for messages without a sender."""


class Message(msgspec.Struct):
    """What it answers."""

    message_uuid: str


class Status(msgspec.Struct):
    """What it tells of a message later."""

    message_uuid: str
    status: str
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class Vonage(Sending):
    """Messages to nearly everywhere."""

    about = About(
        title="Vonage",
        docs="https://developer.vonage.com/en/api/messages",
        source="Vonage's network",
        licence="Vonage's terms of service",
        hosts=(URL,),
    )

    credentials: VonageCredentials

    async def send(self, ask: Text) -> Receipt:
        """Take a message; see the port."""
        self.check_sold(ask)
        sender = ask.sender or self.credentials.default_from
        if not sender:
            raise Failure("unsupported", "It needs a sender: give `from`, or set `default_from`.")
        body: dict[str, Any] = {
            "message_type": "text",
            "channel": "sms",
            "to": ask.to.removeprefix("+"),
            "from": sender.removeprefix("+"),
            "text": ask.body,
            "client_ref": ask.id,
        }
        if self.http.hook_url:
            body |= {"webhook_url": self.http.hook_url, "webhook_version": "v1"}
        received = await self.http.post(f"{URL}/v1/messages", json=body, headers=self._headers)
        return Receipt(state="accepted", provider_id=received.read(Message).message_uuid)

    async def check(self) -> None:
        """Ask for the account's secrets, of which only names are told."""
        key = self.credentials.api_key
        await self.http.get(f"{URL}/accounts/{key}/secrets", headers=self._headers)

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read a status, signed by a JWT that holds its digest (developer.vonage.com, signed webhooks)."""
        claims = self._claims(heard.headers.get("authorization", "").removeprefix("Bearer "))
        digest = str(claims.get("payload_hash", ""))
        if not hmac.compare_digest(digest.lower().encode(), sha256(heard.body).hexdigest().encode()):
            raise Failure("auth", "The signature is another's.")
        status = msgspec.json.decode(heard.body, type=Status)
        state = STATES.get(status.status)
        if state is None:
            return ()
        note = str((status.error or {}).get("title", ""))
        return (Told(provider_id=status.message_uuid, state=state, note=note),)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["detail"]))

    def _claims(self, token: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        if self.credentials.signature_secret is None:
            raise Failure("auth", "No signature secret is set, so nothing can be believed.")
        try:
            key = OctKey.import_key(str(self.credentials.signature_secret))
            return jwt.decode(token, key, algorithms=["HS256"]).claims
        except (JoseError, ValueError) as error:
            raise Failure("auth", "The signature is wrong.") from error

    @property
    def _headers(self) -> dict[str, str]:
        pair = f"{self.credentials.api_key}:{self.credentials.api_secret}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}

"""Mailgun: the Messages API, with the message as it travels."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Literal

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.providers import About, Failure, Heard, Received, Secret, by_status
from brickyard.services.email.port import Letter, Outcome, Receipt, Told
from brickyard.services.email.sending import Account, Sending

URLS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
SIGNED_AGO_MAX_S = 24 * 3600
"""It tries for eight hours to tell something; older signatures were kept by somebody."""
FOR_GOOD = frozenset({"bounce", "suppress-bounce", "suppress-complaint"})
"""Reasons of permanent failures that are about the address, and not about the message."""


class MailgunCredentials(Account):
    """A domain at Mailgun."""

    api_key: Secret
    """An API key, of the account or of the domain."""
    domain: str
    """The domain that sends, such as `mg.example.com`."""
    region: Literal["us", "eu"] = "us"
    """Where the domain is kept."""
    signing_key: Secret | None = None
    """The HTTP webhook signing key, from the settings: with it, what the provider tells later is believed."""


class Signature(msgspec.Struct):
    """What shows that it is from Mailgun: it covers time and token, and not what is told."""

    timestamp: str
    token: str
    signature: str


class Headers(msgspec.Struct, rename="kebab", frozen=True):
    """Headers of a message, as far as they are of use here."""

    message_id: str = ""


class Message(msgspec.Struct, frozen=True):
    """The message of which something is told."""

    headers: Headers = Headers()


class DeliveryStatus(msgspec.Struct, frozen=True):
    """What the recipient's server said."""

    message: str = ""
    description: str = ""


class Event(msgspec.Struct, rename="kebab"):
    """What it tells of a message for one recipient."""

    event: str
    recipient: str = ""
    severity: str = ""
    reason: str = ""
    message: Message = Message()
    user_variables: dict[str, Any] = {}
    delivery_status: DeliveryStatus = DeliveryStatus()


class Hook(msgspec.Struct, rename="kebab"):
    """What it posts."""

    signature: Signature
    event_data: Event


class Sent(msgspec.Struct):
    """What it answers."""

    id: str


@dataclass(frozen=True)
class Mailgun(Sending):
    """Mail to everywhere."""

    about = About(
        title="Mailgun",
        docs="https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages",
        source="Mailgun",
        licence="Sinch's terms of service",
        hosts=tuple(URLS.values()),
    )

    credentials: MailgunCredentials
    clock: Clock

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on; see the port."""
        sender = self.author(letter)
        fields = [("to", each.address.encode()) for each in letter.recipients]
        body, kind = _form([*fields, ("v:message", letter.id.encode())], letter.source(sender))
        url = f"{self._url}/v3/{self.credentials.domain}/messages.mime"
        request = self.http.request("POST", url, {**self._headers, "Content-Type": kind}, body)
        with self.handing_over(letter):
            received = await self.http.ask(request)
        return Receipt(state="sent", id=received.read(Sent).id, sender=sender)

    async def check(self) -> None:
        """Ask about the domain."""
        await self.http.get(f"{self._url}/v4/domains/{self.credentials.domain}", headers=self._headers)

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read a webhook (https://documentation.mailgun.com, "Securing Webhooks")."""
        if not self.credentials.signing_key:
            raise Failure("auth", "No signing key is set, so nothing can be believed.")
        hook = msgspec.json.decode(heard.body, type=Hook)
        signed = (hook.signature.timestamp + hook.signature.token).encode()
        expected = hmac.new(self.credentials.signing_key.encode(), signed, "sha256").hexdigest()
        if not hmac.compare_digest(expected.encode(), hook.signature.signature.encode()):
            raise Failure("auth", "The signature is wrong.")
        if abs(self.clock.now_ns() // NANOSECONDS - int(hook.signature.timestamp)) > SIGNED_AGO_MAX_S:
            raise Failure("auth", "The signature is of another time.")
        told = _told(hook.event_data)
        return () if told is None else (told,)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, lambda received: str(received.read(dict[str, Any])["message"]))

    @property
    def _url(self) -> str:
        return URLS[self.credentials.region]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {b64encode(f'api:{self.credentials.api_key}'.encode()).decode()}"}


def _told(event: Event) -> Told | None:
    """Read an event; None if it says nothing final of whether a message arrived."""
    state = _state(event)
    if state is None:
        return None
    bounced, status = state == "bounced", event.delivery_status
    return Told(
        message=str(event.user_variables.get("message", "")),
        provider_id=f"<{event.message.headers.message_id.strip('<>')}>",
        address=event.recipient,
        state=state,
        note=(status.message or status.description or event.reason) if bounced else "",
        permanent=bounced and event.severity == "permanent" and event.reason in FOR_GOOD,
    )


def _state(event: Event) -> Outcome | None:
    if event.event == "delivered":
        return "delivered"
    if event.event == "complained":
        return "complained"
    is_final = event.severity == "permanent" or event.reason == "old"  # what is neither is tried again
    return "bounced" if event.event == "failed" and is_final else None


def _form(fields: list[tuple[str, bytes]], message: bytes) -> tuple[bytes, str]:
    """Write a form with a file (RFC 7578); no name or value in it was chosen by others, but the file."""
    boundary = f"brickyard-{token_hex(16)}"
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode(), name.encode(), value)
        for name, value in fields
    ]
    parts.append(
        b'--%b\r\nContent-Disposition: form-data; name="message"; filename="message.eml"\r\n'
        b"Content-Type: message/rfc822\r\n\r\n%b\r\n--%b--\r\n"
        % (boundary.encode(), message, boundary.encode())
    )
    return b"".join(parts), f"multipart/form-data; boundary={boundary}"

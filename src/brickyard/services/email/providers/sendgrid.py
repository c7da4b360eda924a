"""SendGrid: the v3 Mail Send API."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import About, Failure, Heard, Received, Secret, by_status
from brickyard.services.email.port import Letter, Outcome, Receipt, Told
from brickyard.services.email.sending import Account, Sending

URL = "https://api.sendgrid.com"
SIGNATURE, SIGNED_AT = "x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"
OUTCOMES: dict[str, Outcome] = {
    "delivered": "delivered",
    "bounce": "bounced",
    "dropped": "bounced",  # not even tried: the address bounced before, or its owner complained
    "spamreport": "complained",
}
"""Of its events; `deferred` is none, for it tries again."""
DROPPED_FOR_GOOD = frozenset({"Bounced Address", "Invalid", "Spam Reporting Address"})


class SendGridCredentials(Account):
    """An account at SendGrid."""

    api_key: Secret
    """An API key (`SG.…`) that may send mail, from the settings."""
    verification_key: str = ""
    """The verification key of its signed event webhook: with it, what it tells later is believed."""


@dataclass(frozen=True)
class SendGrid(Sending):
    """Mail to everywhere."""

    about = About(
        title="Twilio SendGrid",
        docs="https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
        source="SendGrid",
        licence="Twilio's terms of service",
        hosts=(URL,),
    )

    credentials: SendGridCredentials

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on; see the port."""
        sender = self.author(letter)
        people: dict[str, Any] = {"to": _all(letter.to), "cc": _all(letter.cc), "bcc": _all(letter.bcc)}
        body: dict[str, Any] = {
            "personalizations": [{kind: each for kind, each in people.items() if each}],
            "from": _one(sender),
            "subject": letter.subject,
            "content": [
                {"type": kind, "value": value}
                for kind, value in (("text/plain", letter.text), ("text/html", letter.html))
                if value
            ],
            "custom_args": {"message": letter.id},
        }
        if letter.reply_to is not None:
            body["reply_to"] = _one(letter.reply_to)
        if letter.headers:
            body["headers"] = dict(letter.headers)
        if letter.attachments:
            body["attachments"] = [
                {
                    "content": b64encode(each.content).decode(),
                    "type": each.media_type,
                    "filename": each.name,
                    "disposition": "attachment",
                }
                for each in letter.attachments
            ]
        with self.handing_over(letter):
            received = await self.http.post(f"{URL}/v3/mail/send", json=body, headers=self._headers)
        if received.status != HTTPStatus.ACCEPTED:
            raise Failure("garbage", f"It answered {received.status} and not that it took the message.")
        return Receipt(state="sent", id=received.headers.get("x-message-id", ""), sender=sender)

    async def check(self) -> None:
        """Ask what the key may do."""
        await self.http.get(f"{URL}/v3/scopes", headers=self._headers)

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read what the event webhook posts: events of many messages, signed as a whole."""
        _check_signature(self.credentials.verification_key, heard)
        events = msgspec.json.decode(heard.body, type=list[dict[str, Any]])
        return tuple(_told(each) for each in events if each.get("event") in OUTCOMES)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure, in its own words."""
        return by_status(received, _words)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credentials.api_key}"}


def _words(received: Received) -> str:
    return "; ".join(
        str(each["message"]) for each in received.read(dict[str, list[dict[str, Any]]])["errors"]
    )


def _check_signature(key: str, heard: Heard) -> None:
    """Check a signature by ECDSA over time and body (its page "Event Webhook Security Features")."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if not key:
        raise Failure("auth", "No verification key is set, so nothing can be believed.")
    signed = heard.headers.get(SIGNED_AT, "").encode("latin-1") + heard.body
    try:
        public_key = load_der_public_key(b64decode(key, validate=True))
        signature = b64decode(heard.headers.get(SIGNATURE, ""), validate=True)
        if not isinstance(public_key, EllipticCurvePublicKey):
            raise TypeError("It signs by elliptic curves.")  # noqa: TRY301 - it is no such key
        public_key.verify(signature, signed, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError) as error:
        raise Failure("auth", "The signature is wrong.") from error


def _told(event: Mapping[str, Any]) -> Told:
    """Read an event; what we gave with a message comes back as fields of its own."""
    kind = event["event"]
    reason = str(event.get("reason") or "")
    return Told(
        message=str(event.get("message", "")),
        provider_id=str(event.get("sg_message_id", "")).partition(".")[0],  # then the server that sent it
        address=str(event["email"]),
        state=OUTCOMES[kind],
        note=reason if OUTCOMES[kind] == "bounced" else "",
        permanent=event.get("type") == "bounce" if kind == "bounce" else reason in DROPPED_FOR_GOOD,
    )


def _one(mailbox: Mailbox) -> dict[str, str]:
    return {"email": mailbox.address} | ({"name": mailbox.name} if mailbox.name else {})


def _all(mailboxes: Sequence[Mailbox]) -> list[dict[str, str]]:
    return [_one(each) for each in mailboxes]

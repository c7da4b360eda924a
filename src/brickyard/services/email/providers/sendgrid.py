"""SendGrid: the v3 Mail Send API."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import About, Failure, Received, Secret, by_status
from brickyard.services.email.port import Letter, Receipt
from brickyard.services.email.sending import Account, Sending

URL = "https://api.sendgrid.com"


class SendGridCredentials(Account):
    """An account at SendGrid."""

    api_key: Secret
    """An API key (`SG.…`) that may send mail, from the settings."""


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


def _one(mailbox: Mailbox) -> dict[str, str]:
    return {"email": mailbox.address} | ({"name": mailbox.name} if mailbox.name else {})


def _all(mailboxes: Sequence[Mailbox]) -> list[dict[str, str]]:
    return [_one(each) for each in mailboxes]

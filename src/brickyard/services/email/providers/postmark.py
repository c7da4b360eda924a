"""Postmark: the Email API."""

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Failure, Received, Secret, by_status
from brickyard.providers.failure import Kind
from brickyard.services.email.port import Letter, Receipt
from brickyard.services.email.sending import Account, Sending, written

URL = "https://api.postmarkapp.com"
KINDS: dict[int, Kind] = {
    10: "auth",  # no or another server token
    100: "down",  # maintenance
    300: "bad input",  # an address or header that is none
    400: "auth",  # sender signature not found
    401: "auth",  # sender signature not confirmed
    405: "quota",  # not allowed to send: out of credits
    406: "bad input",  # an inactive recipient
    429: "rate",
}
"""Its error codes (https://postmarkapp.com/developer/api/overview#error-codes)."""


class PostmarkCredentials(Account):
    """A server at Postmark."""

    server_token: Secret
    """The server's API token, from its page "API Tokens"."""


class Sent(msgspec.Struct):
    """What it answers."""

    MessageID: str
    ErrorCode: int = 0


@dataclass(frozen=True)
class Postmark(Sending):
    """Mail that somebody waits for."""

    about = About(
        title="Postmark",
        docs="https://postmarkapp.com/developer/api/email-api",
        source="Postmark",
        licence="Postmark's terms of service",
        hosts=(URL,),
    )

    credentials: PostmarkCredentials

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on; see the port."""
        sender = self.author(letter)
        body: dict[str, Any] = {
            "From": written(sender),
            "To": ", ".join(map(written, letter.to)),
            "Cc": ", ".join(map(written, letter.cc)),
            "Bcc": ", ".join(map(written, letter.bcc)),
            "ReplyTo": written(letter.reply_to) if letter.reply_to else "",
            "Subject": letter.subject,
            "TextBody": letter.text,
            "HtmlBody": letter.html,
            "Metadata": {"message": letter.id},
            "Attachments": [
                {
                    "Name": each.name,
                    "Content": b64encode(each.content).decode(),
                    "ContentType": each.media_type,
                }
                for each in letter.attachments
            ],
        }
        given = {name: value for name, value in body.items() if value}
        with self.handing_over(letter):
            received = await self.http.post(f"{URL}/email", json=given, headers=self._headers)
        return Receipt(state="sent", id=received.read(Sent).MessageID, sender=sender)

    async def check(self) -> None:
        """Ask about the server."""
        await self.http.get(f"{URL}/server", headers=self._headers)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its code says more than the status."""
        failure = by_status(received, lambda received: str(received.read(dict[str, Any])["Message"]))
        if failure is not None:
            failure.kind = KINDS.get(_code(received), failure.kind)
        return failure

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Postmark-Server-Token": self.credentials.server_token}


def _code(received: Received) -> int:
    try:
        return int(received.read(dict[str, Any])["ErrorCode"])
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError):
        return 0

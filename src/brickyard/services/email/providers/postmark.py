"""Postmark: the Email API."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Failure, Heard, Received, Secret, by_status
from brickyard.providers.failure import Kind
from brickyard.services.email.port import Letter, Outcome, Receipt, Told
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
    412: "auth",  # the account waits for approval: until then it writes to its own domain alone
    413: "auth",  # the account may not send
    429: "rate",
}
"""Its error codes (https://postmarkapp.com/developer/api/overview#error-codes)."""
HOOK_USER = "postmark"
FOR_GOOD = frozenset({"HardBounce", "BadEmailAddress"})
BOUNCES = FOR_GOOD | {
    *("SoftBounce", "DnsError", "Blocked", "SpamNotification", "DMARCPolicy", "SMTPApiError"),
    *("VirusNotification", "ManuallyDeactivated", "Undeliverable", "Unknown"),
}
"""Kinds of bounces that say that a message did not arrive; others are answers, or delays."""


class PostmarkCredentials(Account):
    """A server at Postmark."""

    server_token: Secret
    """The server's API token, from its page "API Tokens"."""
    hook_password: Secret | None = None
    """A password of your choice: what is posted with it, to `https://postmark:PASSWORD@…`, is believed."""


class Event(msgspec.Struct):
    """What it tells of a message later; a delivery has a `Recipient`, all else an `Email`."""

    RecordType: str
    MessageID: str = ""
    Metadata: dict[str, Any] = {}
    Recipient: str = ""
    Email: str = ""
    Type: str = ""
    Inactive: bool = False
    Description: str = ""
    Details: str = ""


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
            "Headers": [{"Name": name, "Value": value} for name, value in letter.headers],
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

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read a webhook (https://postmarkapp.com/developer/webhooks/webhooks-overview).

        It signs nothing: it shows the name and password that its URL was given with.
        """
        if not self.credentials.hook_password:
            raise Failure("auth", "No password for its webhooks is set, so nothing can be believed.")
        expected = f"Basic {b64encode(f'{HOOK_USER}:{self.credentials.hook_password}'.encode()).decode()}"
        given = heard.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(expected.encode(), given):
            raise Failure("auth", "The name or password is wrong.")
        told = _told(msgspec.json.decode(heard.body, type=Event))
        return () if told is None else (told,)

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


def _told(event: Event) -> Told | None:
    """Read an event; None if it is none of what becomes of a message."""
    state = _state(event)
    if state is None:
        return None
    bounced = state == "bounced"
    return Told(
        message=str(event.Metadata.get("message", "")),
        provider_id=event.MessageID,
        address=event.Recipient or event.Email,
        state=state,
        note=event.Details or event.Description if bounced else "",
        permanent=bounced
        and (event.Inactive or event.Type in FOR_GOOD),  # inactive: it sends nothing more there
    )


def _state(event: Event) -> Outcome | None:
    if event.RecordType == "Delivery":
        return "delivered"
    if event.RecordType == "SpamComplaint" or event.Type == "SpamComplaint":
        return "complained"
    return "bounced" if event.RecordType == "Bounce" and event.Type in BOUNCES else None


def _code(received: Received) -> int:
    try:
        return int(received.read(dict[str, Any])["ErrorCode"])
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError):
        return 0

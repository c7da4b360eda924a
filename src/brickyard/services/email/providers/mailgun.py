"""Mailgun: the Messages API, with the message as it travels."""

from base64 import b64encode
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Literal

import msgspec

from brickyard.providers import About, Failure, Received, Secret, by_status
from brickyard.services.email.port import Letter, Receipt
from brickyard.services.email.sending import Account, Sending

URLS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


class MailgunCredentials(Account):
    """A domain at Mailgun."""

    api_key: Secret
    """An API key, of the account or of the domain."""
    domain: str
    """The domain that sends, such as `mg.example.com`."""
    region: Literal["us", "eu"] = "us"
    """Where the domain is kept."""


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

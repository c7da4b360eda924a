"""Twilio: Programmable Messaging."""

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from brickyard.providers import About, Credentials, Failure, Heard, Received, Secret, by_status
from brickyard.providers.failure import Kind
from brickyard.services.sms.port import Receipt, State, Text, Told
from brickyard.services.sms.sending import Sending

URL = "https://api.twilio.com"
KINDS: dict[int, Kind] = {
    20003: "auth",  # authentication error
    20005: "auth",  # account not active
    20429: "rate",
    14107: "rate",
    21211: "bad input",  # invalid `To`
    21408: "unsupported",  # no permission for the region
    21606: "unsupported",  # `From` is not one of the account's
    21610: "bad input",  # the recipient has opted out
    21614: "bad input",  # not a mobile number
}
STATES: dict[str, State] = {
    "accepted": "accepted",
    "queued": "accepted",
    "scheduled": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class TwilioCredentials(Credentials):
    """An account at Twilio."""

    account_sid: str
    """The account's SID (`AC…`), from the console's first page."""
    auth_token: Secret
    """The account's auth token, from the same page."""
    default_from: str = ""
    """A number of the account's, or the SID of a messaging service (`MG…`), for messages without a sender."""


class Message(msgspec.Struct):
    """What it answers."""

    sid: str
    status: str


@dataclass(frozen=True)
class Twilio(Sending):
    """Messages to nearly everywhere."""

    about = About(
        title="Twilio",
        docs="https://www.twilio.com/docs/messaging/api/message-resource",
        source="Twilio's network",
        licence="Twilio's terms of service",
        hosts=(URL,),
    )

    credentials: TwilioCredentials

    async def send(self, ask: Text) -> Receipt:
        """Take a message; see the port."""
        self.check_sold(ask)
        sender = ask.sender or self.credentials.default_from
        if not sender:
            raise Failure("unsupported", "It needs a sender: give `from`, or set `default_from`.")
        form = {"To": ask.to, "Body": ask.body}
        form["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        if self.http.hook_url:
            form["StatusCallback"] = self.http.hook_url
        received = await self.http.post(f"{self._account}/Messages.json", form=form, headers=self._headers)
        message = received.read(Message)
        return Receipt(state=STATES.get(message.status, "accepted"), provider_id=message.sid)

    async def check(self) -> None:
        """Ask for the account."""
        await self.http.get(f"{self._account}.json", headers=self._headers)

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read a status callback (https://www.twilio.com/docs/usage/security)."""
        form = dict(parse_qsl(heard.body.decode(), keep_blank_values=True))
        given = heard.headers.get("x-twilio-signature", "").encode("latin-1")
        if not hmac.compare_digest(signature(self.credentials.auth_token, heard.url, form), given):
            raise Failure("auth", "The signature is wrong.")
        state = STATES.get(form.get("MessageStatus", ""))
        if state is None:
            return ()
        note = f"error {form['ErrorCode']}" if form.get("ErrorCode") else ""
        return (Told(provider_id=form["MessageSid"], state=state, note=note),)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its code says more than the status."""
        failure = by_status(received, lambda received: str(received.read(dict[str, Any])["message"]))
        if failure is not None:
            failure.kind = KINDS.get(_code(received), failure.kind)
        return failure

    @property
    def _account(self) -> str:
        return f"{URL}/2010-04-01/Accounts/{self.credentials.account_sid}"

    @property
    def _headers(self) -> dict[str, str]:
        pair = f"{self.credentials.account_sid}:{self.credentials.auth_token}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def signature(token: str, url: str, form: Mapping[str, str]) -> bytes:
    """Sign a request as Twilio does (https://www.twilio.com/docs/usage/security)."""
    signed = url + "".join(name + value for name, value in sorted(form.items()))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1"))


def _code(received: Received) -> int:
    try:
        return int(received.read(dict[str, Any])["code"])
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError):
        return 0

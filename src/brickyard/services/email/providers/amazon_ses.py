"""Amazon SES: its API version 2, with the message as it travels."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import About, Failure, Heard, Received, Secret, by_status, sns
from brickyard.providers.certificates import Certificates
from brickyard.providers.failure import Kind
from brickyard.providers.sigv4 import AccessKey, Unsigned, signed
from brickyard.services.email.port import Letter, Outcome, Receipt, Told
from brickyard.services.email.sending import Account, Sending

Region = Literal[
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
]
"""Where it is (https://docs.aws.amazon.com/general/latest/gr/ses.html)."""
KINDS: dict[str, Kind] = {
    "AccountSuspendedException": "auth",
    "ExpiredTokenException": "auth",
    "InvalidSignatureException": "auth",
    "LimitExceededException": "quota",
    "MailFromDomainNotVerifiedException": "auth",
    "NotFoundException": "auth",  # no such configuration set, as the credentials name it
    "SendingPausedException": "auth",
    "ThrottlingException": "rate",
    "TooManyRequestsException": "rate",
    "UnrecognizedClientException": "auth",
}
"""Its errors, where the status says another thing (SendEmail, "Errors"; and those common to all)."""
OUTCOMES: dict[str, Outcome] = {
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Reject": "bounced",
    "Complaint": "complained",
}


class AmazonSesCredentials(Account):
    """A user of an Amazon account who may `ses:SendEmail` and `ses:GetAccount`."""

    access_key_id: str
    """The access key's id (`AKIA…`)."""
    secret_access_key: Secret
    """The access key's secret."""
    region: Region
    """Where the account sends from, such as `eu-west-1`."""
    configuration_set: str = ""
    """The configuration set that messages are sent with; the account's default if empty."""
    topic: str = ""
    """The ARN of the SNS topic that tells what becomes of messages: with it, what it tells is believed."""


class Sent(msgspec.Struct):
    """What it answers."""

    MessageId: str


class AccountInfo(msgspec.Struct):
    """What it answers of the account."""

    SendingEnabled: bool


class Recipient(msgspec.Struct, rename="camel"):
    """A recipient of whom it tells something."""

    email_address: str
    action: str = ""
    """`failed`, in a report that a server wrote (RFC 3464); empty if it wrote none."""
    diagnostic_code: str = ""


class Bounce(msgspec.Struct, rename="camel"):
    """A message came back."""

    bounce_type: str
    bounce_sub_type: str = ""
    bounced_recipients: list[Recipient] = []


class Complaint(msgspec.Struct, rename="camel"):
    """Somebody called it spam. If their provider does not say who, all whom it knows of are meant."""

    complained_recipients: list[Recipient] = []


class Delivery(msgspec.Struct):
    """A server took it."""

    recipients: list[str] = []


class Reject(msgspec.Struct):
    """It was not sent after all."""

    reason: str = ""


class Mail(msgspec.Struct, rename="camel"):
    """The message of which it tells."""

    message_id: str
    destination: list[str] = []
    tags: dict[str, list[str]] = {}


class Event(msgspec.Struct, rename="camel"):
    """What it tells: as a notification of an identity's, or as an event of a configuration set's."""

    mail: Mail
    notification_type: str = ""
    event_type: str = ""
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Delivery | None = None
    reject: Reject | None = None


@dataclass(frozen=True)
class AmazonSes(Sending):
    """Mail to everywhere, from the region that the account is verified in."""

    about = About(
        title="Amazon SES",
        docs="https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html",
        source="Amazon SES",
        licence="the AWS service terms",
        hosts=tuple(
            host
            for region in get_args(Region)
            for host in (f"https://email.{region}.amazonaws.com", sns.origin(region))
        ),
    )

    credentials: AmazonSesCredentials
    clock: Clock
    certificates: Certificates

    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on; see the port."""
        sender = self.author(letter)
        people = {"To": letter.to, "Cc": letter.cc, "Bcc": letter.bcc}
        ask: dict[str, Any] = {
            "Content": {"Raw": {"Data": b64encode(letter.source(sender)).decode()}},
            "Destination": {f"{kind}Addresses": _all(each) for kind, each in people.items() if each},
            "EmailTags": [{"Name": "message", "Value": letter.id}],
        }
        if self.credentials.configuration_set:
            ask["ConfigurationSetName"] = self.credentials.configuration_set
        with self.handing_over(letter):
            received = await self._ask("POST", "outbound-emails", msgspec.json.encode(ask))
        return Receipt(state="sent", id=received.read(Sent).MessageId, sender=sender)

    async def check(self) -> None:
        """Ask whether the account may send."""
        received = await self._ask("GET", "account", b"")
        if not received.read(AccountInfo).SendingEnabled:
            raise Failure("auth", "Sending is paused for the account in this region.")

    async def events(self, heard: Heard) -> Sequence[Told]:
        """Read what SNS posts of the topic, and say that it is wanted if it asks."""
        posted = sns.read(heard.body, self.credentials.topic, self.credentials.region)
        await self._check(posted)
        if posted.type == "SubscriptionConfirmation" and posted.subscribe_url:
            await self.http.get(posted.subscribe_url)
        is_event = posted.type == "Notification" and posted.message.startswith(
            "{"
        )  # else it greets a new topic
        return tuple(_told(msgspec.json.decode(posted.message, type=Event))) if is_event else ()

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its name says more than the status."""
        failure = by_status(received, _words)
        if failure is None:
            return None
        name = _name(received)
        failure.kind = KINDS.get(name, failure.kind)
        if name == "MessageRejected" and "not verified" in failure.detail:
            failure.kind = "auth"  # the account may not send from there, or not yet to everybody
        return failure

    async def _check(self, posted: sns.Posted) -> None:
        url = posted.signing_cert_url
        certificate = self.certificates.find(url)
        if certificate is not None:
            sns.check(posted, certificate)
            return
        certificate = (await self.http.get(url)).body
        sns.check(posted, certificate)
        self.certificates.keep(url, certificate)

    async def _ask(self, method: str, path: str, body: bytes) -> Received:
        region = self.credentials.region
        url = f"https://email.{region}.amazonaws.com/v2/email/{path}"
        key = AccessKey(self.credentials.access_key_id, self.credentials.secret_access_key, region, "ses")
        headers = {"Content-Type": "application/json"} if body else {}
        now_s = self.clock.now_ns() // NANOSECONDS
        headers = signed(Unsigned(method, url, headers, body), key, now_s)
        return await self.http.ask(self.http.request(method, url, headers, body))


def _told(event: Event) -> Iterator[Told]:
    """Read what is told, of each recipient."""
    state = OUTCOMES.get(event.notification_type or event.event_type)
    if state is None:
        return
    permanent = event.bounce is not None and event.bounce.bounce_type == "Permanent"
    message = "".join(event.mail.tags.get("message", ())[:1])
    for address, note in _of(event):
        yield Told(
            message=message,
            provider_id=event.mail.message_id,
            address=address,
            state=state,
            note=note,
            permanent=permanent,
        )


def _of(event: Event) -> Iterator[tuple[str, str]]:
    """Give of whom something is told, and why it came back if it did."""
    if event.bounce is not None:
        kind = (event.bounce.bounce_type, event.bounce.bounce_sub_type)
        for each in event.bounce.bounced_recipients:
            if kind != ("Transient", "General") or each.action == "failed":  # else somebody is out of office
                yield each.email_address, each.diagnostic_code or " ".join(kind)
    elif event.complaint is not None:
        yield from ((each.email_address, "") for each in event.complaint.complained_recipients)
    elif event.delivery is not None:
        yield from ((each, "") for each in event.delivery.recipients)
    elif event.reject is not None:
        yield from ((each, event.reject.reason) for each in event.mail.destination)


def _all(mailboxes: Sequence[Mailbox]) -> list[str]:
    return [each.address for each in mailboxes]


def _name(received: Received) -> str:
    """Give an error's name: `MessageRejected`."""
    name = received.headers.get("x-amzn-errortype", "")
    if not name:
        try:
            name = str(received.read(dict[str, Any]).get("__type", ""))
        except msgspec.MsgspecError:
            return ""
    return name.partition(":")[0].rpartition("#")[2]


def _words(received: Received) -> str:
    told = {name.lower(): value for name, value in received.read(dict[str, Any]).items()}
    return f"{_name(received)}: {told['message']}"

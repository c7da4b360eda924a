"""What the `email` service needs done: a message handed on, once."""

from typing import ClassVar, Literal

from brickyard.contract import Request, Struct
from brickyard.engines.mail import Attachment
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.mail.source import Heading, source
from brickyard.providers import Port, task

Outcome = Literal["delivered", "bounced", "complained"]
"""`delivered`: the recipient's server took it; `bounced`: it did not, or gave it back, and it is not tried
again; `complained`: the recipient calls it spam."""


class Letter(Request):
    """A message, looked through: what is here can be sent."""

    id: str
    """Its id with us."""
    now_ns: int
    """When it was asked for."""
    name: str
    """The name that it is from; empty for none."""
    address: str
    """The address that it is from; empty for the provider's own."""
    proven: bool
    """Whether the project has proven that this address is its own: with the cloud's account it has to be."""
    to: tuple[Mailbox, ...]
    """Whom it is for; one at least."""
    cc: tuple[Mailbox, ...]
    """Who gets a copy."""
    bcc: tuple[Mailbox, ...]
    """Who gets a copy that the others do not see."""
    reply_to: Mailbox | None
    """Where answers go; None to the sender."""
    subject: str
    """The subject; not empty."""
    text: str
    """The text; empty if there is HTML alone."""
    html: str
    """The HTML; empty if there is text alone."""
    attachments: tuple[Attachment, ...]
    """Files."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers of its own, by their names: each one line of ASCII."""

    @property
    def recipients(self) -> tuple[Mailbox, ...]:
        """All whom it is for; nobody is named twice."""
        return (*self.to, *self.cc, *self.bcc)

    def heading(self, sender: Mailbox) -> Heading:
        """Give its headers."""
        return Heading(
            id=self.id,
            now_ns=self.now_ns,
            sender=sender,
            to=self.to,
            cc=self.cc,
            reply_to=self.reply_to,
            subject=self.subject,
            headers=self.headers,
        )

    def source(self, sender: Mailbox) -> bytes:
        """Write it as it travels (RFC 5322)."""
        return source(self.heading(sender), self.text, self.html, self.attachments)


class Told(Struct):
    """What a provider tells, mostly later: what became of a message for one of its recipients."""

    message: str
    """Our id of the message; empty if the provider does not say."""
    provider_id: str
    """Its own id of it; empty likewise."""
    address: str
    """The recipient."""
    state: Outcome
    note: str = ""
    """Why, in the words of whoever refused it; may be empty."""
    permanent: bool = False
    """Whether nothing that is sent to the address arrives: there is no such mailbox, or it was given up."""


class Receipt(Struct):
    """What became of a message."""

    state: Literal["sent", "kept"]
    """`sent`: somebody took it on; `kept`: it stays where it is."""
    id: str
    """What it is called there; may be empty."""
    sender: Mailbox
    """Whom it is from, as it went."""
    refused: tuple[Told, ...] = ()
    """Recipients whom it does not reach, where that is known at once; the others it does."""


class Post(Port):
    """Somebody who takes messages on."""

    service: ClassVar[str] = "email"

    @task(repeat="once", limit_s=30)
    async def send(self, letter: Letter) -> Receipt:
        """Hand a message on to all its recipients, or to none; a receipt names those who were refused."""
        ...

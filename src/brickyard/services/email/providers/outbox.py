"""The outbox that is part of this cloud: it keeps messages, and sends none."""

from dataclasses import dataclass

from brickyard.engines.mail.mailbox import Mailbox
from brickyard.providers import About
from brickyard.services.email.port import Letter, Post, Receipt
from brickyard.services.email.sending import check


@dataclass(frozen=True)
class Outbox(Post):
    """Where messages stay as long as nobody is set up who sends them: `email/Read` shows them."""

    about = About(
        title="Outbox (embedded)",
        docs="",
        source="this cloud",
        licence="Apache-2.0",
        place="alone",
        limits="Messages are kept, and sent nowhere.",
    )

    cloud: Mailbox
    """The cloud's own address."""

    async def send(self, letter: Letter) -> Receipt:
        """Leave a message where it is: the service has kept it already.

        An address has to be proven here, too: what works on a laptop is to work with the cloud's account.
        """
        check(letter)
        sender = Mailbox(letter.name or self.cloud.name, letter.address or self.cloud.address)
        return Receipt(state="kept", id="", sender=sender)

"""The outbox that is part of this cloud: it keeps messages, and sends none."""

from dataclasses import dataclass

from brickyard.providers import About
from brickyard.services.sms.port import Carrier, Receipt, Text


@dataclass(frozen=True)
class Outbox(Carrier):
    """Where messages stay as long as nobody is set up who delivers them: `sms/Read` shows them."""

    about = About(
        title="Outbox (embedded)",
        docs="",
        source="this cloud",
        licence="Apache-2.0",
        place="alone",
        limits="Messages are kept, and sent nowhere.",
    )

    async def send(self, ask: Text) -> Receipt:
        """Leave a message where it is: the service has kept it already."""
        del ask
        return Receipt(state="kept", provider_id="")

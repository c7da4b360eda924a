"""What those who send share: that the cloud's account sends only where what that costs is known."""

from dataclasses import dataclass

from brickyard.providers import Adapter, Failure
from brickyard.services.sms.port import Carrier, Text


@dataclass(frozen=True)
class Sending(Adapter, Carrier):
    """One who sends over HTTP."""

    own: bool
    """Whether the credentials are the project's own, and not the cloud's."""

    def check_sold(self, ask: Text) -> None:
        """Refuse by a `Failure` a message to where the cloud sells none."""
        if not (self.own or ask.sold):
            raise Failure(
                "bad input",
                f"Messages to {ask.country} are not sold here: use credentials of your own (provider/Set).",
                pointer="/to",
            )

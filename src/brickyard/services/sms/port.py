"""What the `sms` service needs done: to have a text message delivered."""

from typing import ClassVar, Literal

from brickyard.contract import Request, Struct
from brickyard.providers import Port, task

State = Literal["kept", "accepted", "sent", "delivered", "failed"]


class Text(Request):
    """A message to one phone."""

    id: str
    """Our name for it."""
    to: str
    """The number, as `+447400123456` (E.164)."""
    sender: str
    """Whom it is from: a number like that, or a name; empty for the provider's default."""
    body: str
    country: str
    """The number's calling region (ISO 3166-1)."""
    sold: bool
    """Whether the cloud has a price for it: else it goes by the project's own credentials alone."""


class Receipt(Struct):
    """What became of it so far."""

    state: State
    provider_id: str
    """The provider's name for it; empty if it has none."""


class Told(Struct):
    """What a provider tells of a message later."""

    provider_id: str
    state: State
    note: str
    """Why it failed; empty if it did not."""


class Carrier(Port):
    """Delivers messages."""

    service: ClassVar[str] = "sms"

    @task(repeat="once", limit_s=15)
    async def send(self, ask: Text) -> Receipt:
        """Take a message to be delivered."""
        ...

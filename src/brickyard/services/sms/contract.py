"""What the `sms` service promises."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    NoProvider,
    NotFound,
    OutcomeUnknown,
    Reply,
    Request,
    Service,
    Size,
    Struct,
    Timestamp,
    endpoint,
    usd,
)
from brickyard.services.sms.alphabet import size_of

MESSAGE_MAX = 1_600
PRICE = usd("0.1")

State = Literal["kept", "accepted", "sent", "delivered", "failed", "unknown"]
Id = Annotated[str, Meta(min_length=1, max_length=64)]


class SendRequest(Request):
    """A message to one phone."""

    from_: Annotated[str, Meta(max_length=32)] = msgspec.field(name="from", default="")
    """Whom it is from: a number of yours, as `+447400123456`, or a name of up to 11 letters and digits, where
    that is allowed; empty for the provider's default."""
    to: Annotated[str, Meta(max_length=32)]
    """The phone it goes to, as `+447400123456` (E.164), or as its country does if `country` is given."""
    message: Annotated[str, Meta(min_length=1, max_length=MESSAGE_MAX)]
    """What it says. Longer ones travel in segments of 153 characters, or 67, and cost as many times more."""
    country: Annotated[str, Meta(pattern="^([A-Za-z]{2})?$")] = ""
    """The two letters of the country whose way of writing numbers `to` follows."""


class SendReply(Reply):
    """The message was taken."""

    status: str
    """`ok`."""
    info: str
    """What there is to know; empty if nothing: that it was kept and not sent, say."""
    id: str
    """The message's name for `Read`."""
    state: State
    """`accepted`, or `kept` where no provider is set up: then it stays here and is sent nowhere."""
    segments: int
    """In how many segments it travels."""
    encoding: Literal["gsm", "ucs2"]
    """How it is written: with a character that the GSM alphabet lacks, segments hold less than half."""


class MessageInfo(Struct):
    """A message."""

    id: str
    """Its name."""
    from_: str = msgspec.field(name="from")
    """Whom it is from; empty for the provider's default."""
    to: str
    """The phone it goes to."""
    message: str
    """What it says."""
    state: State
    """`kept`: it stays here. `accepted`, `sent`, `delivered`, `failed`: as its provider tells. `unknown`: the
    provider did not answer, and it is not sent again of itself."""
    note: str
    """Why it failed; empty if it did not."""
    provider: str
    """Who took it; empty if nobody did."""
    segments: int
    """In how many segments it travels."""
    created_at: Timestamp
    """When it was to be sent."""
    updated_at: Timestamp
    """When its state last changed."""


class ReadRequest(Request):
    """Which message."""

    id: Id
    """Its name, as `Send` gave it."""


class ReadReply(Reply):
    """A message."""

    sms: MessageInfo
    """It."""


class ListRequest(Request):
    """Which messages."""

    recipient: Annotated[str, Meta(max_length=32)] = ""
    """Only those to this phone, as `+447400123456` (E.164); to any if empty."""
    state: State | None = None
    """Only those in this state; in any if null."""
    since: Timestamp | None = None
    """Only those of this moment and later."""
    until: Timestamp | None = None
    """Only those from before this moment."""

    before: Annotated[str, Meta(max_length=64)] = ""
    """Only those older than the message of this name; the newest if empty."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 25
    """How many at most."""


class ListReply(Reply):
    """Messages."""

    messages: list[MessageInfo]
    """The newest first."""


class DeleteRequest(Request):
    """Which message."""

    id: Id
    """Its name, as `Send` gave it."""


class DeleteReply(Reply):
    """It is no longer kept."""


SENT = SendReply(
    status="ok",
    info="It was kept and not sent: no provider is set up.",
    id="sms_01M8A000000000000000000000",
    state="kept",
    segments=1,
    encoding="gsm",
)
HELLO = SendRequest(from_="Alice", to="+447400123456", message="Hi there!")
SHOWN = MessageInfo(
    id=SENT.id,
    from_="Alice",
    to="+447400123456",
    message="Hi there!",
    state="kept",
    note="",
    provider="outbox",
    segments=1,
    created_at="2026-11-20T14:15:00Z",
    updated_at="2026-11-20T14:15:00Z",
)


def _country(request: SendRequest) -> str:
    from brickyard.services.sms import number  # as in `embedded.py`: it takes a moment to load

    return number.country_of(request.to, request.country)


class Sms(Service):
    """Send text messages to phones.

    As long as no provider is set up, messages are kept and not sent, and the reply says so. Numbers are
    checked against the numbering plans of the world; premium-rate numbers and their like are not sent to. A
    message costs the price of its country for each of its segments (see `billing/Prices`); to a country that
    is not listed there, it takes credentials of your own. Messages are kept for 90 days.
    """

    category = "messaging"
    title = "SMS"

    @endpoint(
        price=PRICE,
        metered=True,
        size=Size("segment", lambda request: size_of(request.message).segments, _country),
        errors=(BadRequest, NoProvider, OutcomeUnknown),
        examples=(Example(request=HELLO, reply=SENT, varying=("id",)),),
    )
    async def send(self, context: Context, request: SendRequest) -> SendReply:
        """Send a message, once."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ReadRequest(id=SENT.id),
                reply=ReadReply(sms=SHOWN),
                varying=("sms",),
                given=(("Send", HELLO),),
            ),
        ),
    )
    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read a message, and what became of it, for 90 days."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ListRequest(limit=1),
                reply=ListReply(messages=[SHOWN]),
                varying=("messages",),
                given=(("Send", HELLO),),
            ),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the messages of the last 90 days, the newest first."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(Example(request=DeleteRequest(id=SENT.id), reply=DeleteReply(), given=(("Send", HELLO),)),),
    )
    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Keep a message no longer, sooner than after 90 days. What was sent is sent."""
        ...

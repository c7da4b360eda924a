"""What the `email` service promises."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    JsonObject,
    NoProvider,
    NotFound,
    OutcomeUnknown,
    Reply,
    Request,
    Service,
    Size,
    Struct,
    Timestamp,
    TooManyRequests,
    endpoint,
    usd,
)
from brickyard.services.email.wire import senders, templates
from brickyard.services.email.wire.templates import TemplateName

ADDRESSES_MAX = 10_000
RECIPIENTS_MAX = 50
"""Recipients of one message, at most."""
ATTACHMENTS_MAX = 10
CONTENT_MAX = 14_000_000
"""Characters of a file in base64: 10 MiB."""

State = Literal["kept", "sent", "failed", "unknown"]
Outcome = Literal["delivered", "bounced", "complained"]
Addresses = Annotated[str, Meta(max_length=ADDRESSES_MAX)]
Address = Annotated[str, Meta(max_length=512)]
HEADERS_MAX = 20
HeaderValue = Annotated[str, Meta(min_length=1, max_length=998)]
Body = Annotated[str, Meta(max_length=1_000_000)]


class AttachmentGiven(Request):
    """A file that comes with a message."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    """Its name, such as `bill.pdf`."""
    media_type: Annotated[str, Meta(max_length=127)] = "application/octet-stream"
    """What it is, as `application/pdf`."""
    content: Annotated[str, Meta(max_length=CONTENT_MAX)]
    """Its bytes, in base64: all files together are 10 MiB at most, and the request what the cloud takes."""


class SendRequest(Request):
    """A message."""

    from_: Address = msgspec.field(name="from", default="")
    """Whom it is from: a name (`Awesome Dot Com`), an address, or both (`Shop <hello@example.com>`). An
    address is one that `VerifySender` has proven to be yours, or of an account of your own (`provider/Set`);
    without one it is the cloud's, with your name."""
    to: Addresses = ""
    """Whom it is for: an address, or several with commas between."""
    cc: Addresses = ""
    """Who gets a copy that all see, likewise."""
    bcc: Addresses = ""
    """Who gets a copy that nobody sees, likewise."""
    reply_to: Address = ""
    """Where answers go; to the sender if empty."""
    subject: Annotated[str, Meta(max_length=998)] = ""
    """What it is about; needed unless a template says it."""
    text_body: Body = ""
    """What it says, as plain text."""
    html_body: Body = ""
    """The same as HTML. One of the two is needed, unless a template has them."""
    template: TemplateName | None = None
    """A template (`SaveTemplate`) that gives subject, text and HTML, in place of those three."""
    variables: JsonObject = msgspec.field(default_factory=dict)
    """What stands for the names in the template: text, numbers, objects, and lists of them."""
    attachments: Annotated[list[AttachmentGiven], Meta(max_length=ATTACHMENTS_MAX)] = msgspec.field(
        default_factory=list
    )
    """Files."""
    headers: Annotated[dict[str, HeaderValue], Meta(max_length=HEADERS_MAX)] = msgspec.field(
        default_factory=dict
    )
    """Headers of your own: `List-Unsubscribe`, `List-Unsubscribe-Post`, `References`, `In-Reply-To` and
    `X-…`; each is one line of up to 900 ASCII characters."""


class SendReply(Reply):
    """The message was taken."""

    id: str
    """The message's name for `Read`."""
    state: State
    """`sent`: a provider took it on; `kept`: no provider is set up, so it stays here and goes nowhere."""
    skipped: list[str]
    """Recipients that it does not go to: they are suppressed, or the mail server refused them at once (`Read`
    says why)."""


class ParseRequest(Request):
    """An address to take apart."""

    address: Address
    """An address, with a name or without: `Joe Blogs <joe@example.com>`."""


class ParseReply(Reply):
    """An address, in parts."""

    name: str
    """The name; empty if there is none."""
    address: str
    """The address alone."""


class ValidateRequest(Request):
    """An address to look at."""

    address: Address
    """The address."""


class ValidateReply(Reply):
    """Whether it is one."""

    is_valid: bool
    """Whether it is written as an address is; nobody was asked whether it takes mail."""


class MessageInfo(Struct):
    """A message."""

    id: str
    """Its name."""
    state: State
    """`kept`, `sent`, `failed`; or `unknown`: the provider did not answer, and it is not sent again."""
    provider: str
    """Who took it; empty if nobody did."""
    provider_id: str
    """What it is called there; may be empty."""
    recipients: list[str]
    """Whom it went to: the addresses alone."""
    subject: str
    """What it is about."""
    note: str
    """Why it failed; empty if it did not."""
    created_at: Timestamp
    """When it was to be sent."""


class ReadRequest(Request):
    """Which message."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its name, as `Send` gave it."""


class OutcomeInfo(Struct):
    """What became of a message for one of its recipients."""

    address: str
    """The recipient, in lower case."""
    state: Outcome
    """`delivered`: the recipient's server took it; `bounced`: it did not, or gave it back; `complained`: the
    recipient calls it spam."""
    note: str
    """Why, in the words of whoever refused it; may be empty."""
    told_at: Timestamp
    """When its provider told."""


class ReadReply(Reply):
    """A message, its source, and what became of it."""

    message: MessageInfo
    """It."""
    source: str
    """The message as it travels (RFC 5322)."""
    outcomes: list[OutcomeInfo]
    """What its provider has told so far, of each recipient of whom it told something."""


class ListRequest(Request):
    """Which messages."""

    recipient: Address = ""
    """Only those to this address; to anybody if empty."""
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

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its name, as `Send` gave it."""


class DeleteReply(Reply):
    """It is no longer kept."""


class SuppressRequest(Request):
    """An address that is to get nothing."""

    address: Address
    """The address alone."""
    reason: Annotated[str, Meta(max_length=200)] = ""
    """Why, for your own memory."""


class SuppressReply(Reply):
    """It gets nothing any more."""

    address: str
    """The address, as it is compared: in lower case."""


class SuppressionInfo(Struct):
    """An address that gets nothing."""

    address: str
    """The address."""
    reason: str
    """Why."""
    created_at: Timestamp
    """Since when."""


class ListSuppressionsRequest(Request):
    """Which addresses."""

    after: Address = ""
    """Only those that come after this one in the alphabet."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many at most."""


class ListSuppressionsReply(Reply):
    """Addresses that get nothing."""

    suppressions: list[SuppressionInfo]
    """In alphabetical order."""


class UnsuppressRequest(Request):
    """An address that is to get mail again."""

    address: Address
    """The address alone."""


class UnsuppressReply(Reply):
    """It gets mail again."""


MOMENT = "2026-11-20T14:15:00Z"
WELCOME = SendRequest(
    from_="Awesome Dot Com", to="ada@example.com", subject="Welcome", text_body="Hello Ada,\n\nthere you are."
)
KEPT = SendReply(id="eml_01M8A000000000000000000000", state="kept", skipped=[])
SHOWN = MessageInfo(
    id=KEPT.id,
    state="kept",
    provider="outbox",
    provider_id="",
    recipients=["ada@example.com"],
    subject="Welcome",
    note="",
    created_at=MOMENT,
)
TEMPLATE = templates.SaveTemplateRequest(
    name="receipt",
    subject="Your order {{number}}",
    text_body="Hello {{customer.name}},\n\nyou ordered:\n{{#items}}\n- {{.}}\n{{/items}}",
    html_body="<p>Hello {{customer.name}},</p><ul>{{#items}}<li>{{.}}</li>{{/items}}</ul>",
)
BY_TEMPLATE = SendRequest(
    from_="Awesome Dot Com",
    to="ada@example.com",
    template="receipt",
    variables={"number": 17, "customer": {"name": "Ada"}, "items": ["bricks", "mortar"]},
)
RECEIPT = templates.TemplateInfo(
    name="receipt", subject=TEMPLATE.subject, created_at=MOMENT, updated_at=MOMENT
)
SAVED = (("SaveTemplate", TEMPLATE),)
OURS = senders.AddSenderRequest(address="shop@example.com")
PENDING = senders.SenderInfo(address=OURS.address, state="pending", created_at=MOMENT, verified_at=None)
ADDED = (("AddSender", OURS),)
NO_MORE = SuppressRequest(address="Ada@example.com", reason="she asked for it")


def recipients_max(request: SendRequest) -> int:
    """Say how many a message is for at most: each has an `@`."""
    return min(RECIPIENTS_MAX, max(1, f"{request.to}{request.cc}{request.bcc}".count("@")))


class Email(Service):
    """Send mail.

    As long as no provider is set up, messages are kept and not sent, and the reply says so. A message is sent
    once: if a provider does not answer, it is told that nobody knows, and it is not sent again of itself. An
    address where mail cannot arrive, or whose owner complains, is suppressed once the provider tells. Each
    recipient costs, of those for whom a message was taken.

    Messages, and what became of them, are kept for 90 days. Who is suppressed stays so.
    """

    category = "messaging"

    @endpoint(
        price=usd("0.01"),
        size=Size("recipient", recipients_max),
        errors=(BadRequest, NoProvider, OutcomeUnknown),
        examples=(
            Example(request=WELCOME, reply=KEPT, varying=("id",)),
            Example(request=BY_TEMPLATE, reply=KEPT, varying=("id",), given=SAVED),
        ),
    )
    async def send(self, context: Context, request: SendRequest) -> SendReply:
        """Send a message, once."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest,),
        examples=(
            Example(
                request=ParseRequest(address="Joe Blogs <joe@example.com>"),
                reply=ParseReply(name="Joe Blogs", address="joe@example.com"),
            ),
        ),
    )
    async def parse(self, context: Context, request: ParseRequest) -> ParseReply:
        """Take an address apart."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(request=ValidateRequest(address="joe@example.com"), reply=ValidateReply(is_valid=True)),
        ),
    )
    async def validate(self, context: Context, request: ValidateRequest) -> ValidateReply:
        """Say whether an address is written as one."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ReadRequest(id=KEPT.id),
                reply=ReadReply(message=SHOWN, source="From: …", outcomes=[]),
                varying=("message", "source"),
                given=(("Send", WELCOME),),
            ),
        ),
    )
    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read a message, its source and what became of it, for 90 days."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ListRequest(limit=1),
                reply=ListReply(messages=[SHOWN]),
                varying=("messages",),
                given=(("Send", WELCOME),),
            ),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the messages of the last 90 days, the newest first."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(request=DeleteRequest(id=KEPT.id), reply=DeleteReply(), given=(("Send", WELCOME),)),
        ),
    )
    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Keep a message no longer, sooner than after 90 days. What was sent is sent."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest,),
        examples=(Example(request=NO_MORE, reply=SuppressReply(address="ada@example.com")),),
    )
    async def suppress(self, context: Context, request: SuppressRequest) -> SuppressReply:
        """Send nothing to an address any more."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=ListSuppressionsRequest(),
                reply=ListSuppressionsReply(
                    suppressions=[
                        SuppressionInfo(
                            address="ada@example.com", reason="she asked for it", created_at=MOMENT
                        )
                    ]
                ),
                varying=("suppressions",),
                given=(("Suppress", NO_MORE),),
            ),
        ),
    )
    async def list_suppressions(
        self, context: Context, request: ListSuppressionsRequest
    ) -> ListSuppressionsReply:
        """List the addresses that get nothing."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound),
        examples=(
            Example(
                request=UnsuppressRequest(address="ada@example.com"),
                reply=UnsuppressReply(),
                given=(("Suppress", NO_MORE),),
            ),
        ),
    )
    async def unsuppress(self, context: Context, request: UnsuppressRequest) -> UnsuppressReply:
        """Send to an address again."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest,),
        examples=(
            Example(request=TEMPLATE, reply=templates.SaveTemplateReply(variables=["number", "customer"])),
        ),
    )
    async def save_template(
        self, context: Context, request: templates.SaveTemplateRequest
    ) -> templates.SaveTemplateReply:
        """Keep a message with names in it, for `Send` to put values in their places."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=templates.ReadTemplateRequest(name="receipt"),
                reply=templates.ReadTemplateReply(
                    template=RECEIPT, text_body=TEMPLATE.text_body, html_body=TEMPLATE.html_body
                ),
                varying=("template",),
                given=SAVED,
            ),
        ),
    )
    async def read_template(
        self, context: Context, request: templates.ReadTemplateRequest
    ) -> templates.ReadTemplateReply:
        """Read a template as it was saved."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=templates.ListTemplatesRequest(),
                reply=templates.ListTemplatesReply(templates=[RECEIPT]),
                varying=("templates",),
                given=SAVED,
            ),
        ),
    )
    async def list_templates(
        self, context: Context, request: templates.ListTemplatesRequest
    ) -> templates.ListTemplatesReply:
        """List templates, by name."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound,),
        examples=(
            Example(
                request=templates.DeleteTemplateRequest(name="receipt"),
                reply=templates.DeleteTemplateReply(),
                given=SAVED,
            ),
        ),
    )
    async def delete_template(
        self, context: Context, request: templates.DeleteTemplateRequest
    ) -> templates.DeleteTemplateReply:
        """Keep a template no longer. Messages that were written by it stay as they are."""
        ...

    @endpoint(
        price=usd("0.01"),
        errors=(BadRequest, TooManyRequests),
        examples=(
            Example(request=OURS, reply=senders.AddSenderReply(address=OURS.address, state="pending")),
        ),
    )
    async def add_sender(self, context: Context, request: senders.AddSenderRequest) -> senders.AddSenderReply:
        """Send a code to an address, by which `VerifySender` knows that it is yours.

        The letter is the cloud's, not one of your messages. Without a mail server it stays in the outbox,
        which whoever runs the cloud reads with `outbox/Read`. In an hour a project can send three codes to an
        address and ten in all, an account twenty; an address gets five, whoever sends them.
        """
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound),
        examples=(
            Example(
                request=senders.VerifySenderRequest(address=OURS.address, code="b3c1f09a5d27e84461aa"),
                reply=senders.VerifySenderReply(address=OURS.address, state="verified"),
                given=ADDED,
            ),
        ),
    )
    async def verify_sender(
        self, context: Context, request: senders.VerifySenderRequest
    ) -> senders.VerifySenderReply:
        """Prove that an address is yours: `Send` takes it as `from`, with the cloud's account too."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        examples=(
            Example(
                request=senders.ListSendersRequest(),
                reply=senders.ListSendersReply(senders=[PENDING]),
                varying=("senders",),
                given=ADDED,
            ),
        ),
    )
    async def list_senders(
        self, context: Context, request: senders.ListSendersRequest
    ) -> senders.ListSendersReply:
        """List the addresses that were added, proven or not."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound),
        examples=(
            Example(
                request=senders.DeleteSenderRequest(address=OURS.address),
                reply=senders.DeleteSenderReply(),
                given=ADDED,
            ),
        ),
    )
    async def delete_sender(
        self, context: Context, request: senders.DeleteSenderRequest
    ) -> senders.DeleteSenderReply:
        """Write from an address no more. To do so again it has to be proven again."""
        ...

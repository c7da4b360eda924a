"""What the `payment` service promises."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Conflict,
    Context,
    Example,
    Forbidden,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    TooManyRequests,
    Unavailable,
    endpoint,
)

Dollars = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$")]
Url = Annotated[str, Meta(max_length=2000)]
PaymentId = Annotated[str, Meta(max_length=64)]
Status = Literal[
    "open",
    "processing",
    "paid",
    "failed",
    "expired",
    "mismatched",
    "partly_refunded",
    "refunded",
    "disputed",
    "charged_back",
]


class PaymentInfo(Struct):
    """A payment."""

    id: str
    """The payment's id. The transaction that credits it bears it as its `reference`."""
    status: Status
    """`open`: it can be paid. `processing`: its payer has done their part, and the money is on its way.
    `paid`: it is credited. `failed`: the money did not come. `expired`: nobody paid in time. `mismatched`:
    something else was paid than was asked for, so it is not credited, and whoever runs the cloud looks at it.
    Credit was taken back if it is `partly_refunded`, `refunded`, `disputed` (the payer's bank has yet to
    decide) or `charged_back`."""
    amount: str
    """The credit that it buys, in US dollars."""
    price: str
    """What it costs its payer, in the currency."""
    currency: str
    """The currency that is paid in, by ISO 4217 in small letters."""
    refunded: str
    """What its payer got back, in the currency."""
    url: str
    """The page to pay on; empty unless it is open."""
    receipt_url: str
    """The processor's receipt; empty until there is one."""
    livemode: bool
    """Whether real money is paid; false in the processor's test environment."""
    created_at: Timestamp
    """When it was begun."""
    expires_at: Timestamp
    """Until when it can be paid."""


_OPEN = PaymentInfo(
    id="pay_01kb3c5y8w4e7r9t2y6z1v0nqa",
    status="open",
    amount="20",
    price="20.00",
    currency="usd",
    refunded="0.00",
    url="https://checkout.stripe.com/c/pay/cs_test_a1b2c3",
    receipt_url="",
    livemode=False,
    created_at="2026-11-24T08:00:00Z",
    expires_at="2026-11-24T20:00:00Z",
)


class CreateRequest(Request):
    """What to buy."""

    amount: Dollars
    """How much credit, in US dollars and whole cents."""
    success_url: Url = ""
    """Where the browser goes after paying: of the cloud itself, or of an origin that its operator allows.
    Empty for the cloud's own first page. That somebody comes there proves no payment: `payment/Get` tells."""
    cancel_url: Url = ""
    """Where it goes if its user turns back; as above."""
    reference: Annotated[str, Meta(max_length=200)] = ""
    """Any text, new for each purchase: the same one gives the same payment, and never a second one."""


class CreateReply(Reply):
    """What to do next: send the browser to the payment's `url`."""

    payment: PaymentInfo
    """The payment, open."""


class GetRequest(Request):
    """Which payment."""

    id: PaymentId
    """Its id."""


class GetReply(Reply):
    """A payment."""

    payment: PaymentInfo
    """As it stands."""


class ListRequest(Request):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    """How many at most."""
    cursor: PaymentId = ""
    """The `next_cursor` of the page before; empty for the first."""


class ListReply(Reply):
    """A page of payments."""

    payments: list[PaymentInfo]
    """Newest first."""
    owed: str
    """What the account owes, in US dollars: credit that was spent before its payer took the money back. What
    is paid next goes there first."""
    next_cursor: str
    """What to send as `cursor` for the next page; empty on the last."""
    has_more: bool
    """Whether there is a next page."""


class Payment(Service):
    """Buy credit: begin a payment, pay it in a browser, see what became of it. Called with a session."""

    category = "account"
    control_plane = True

    @endpoint(
        price=0,
        errors=(BadRequest, Conflict, Forbidden, TooManyRequests, Unavailable),
        examples=(
            Example(
                request=CreateRequest(amount="20", reference="order-1"),
                reply=CreateReply(payment=_OPEN),
                varying=("payment",),
            ),
        ),
    )
    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Begin a payment; it is credited once the processor says that it is paid."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(Forbidden, NotFound),
        examples=(
            Example(
                request=GetRequest(id=_OPEN.id),
                reply=GetReply(payment=_OPEN),
                given=(("Create", CreateRequest(amount="20", reference="order-1")),),
                varying=("payment",),
            ),
        ),
    )
    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Say what has become of a payment."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(Forbidden,),
        examples=(
            Example(
                request=ListRequest(limit=20),
                reply=ListReply(payments=[_OPEN], owed="0", next_cursor="", has_more=False),
                given=(("Create", CreateRequest(amount="20", reference="order-1")),),
                varying=("payments",),
            ),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List payments, newest first."""
        ...

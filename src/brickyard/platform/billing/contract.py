"""What the `billing` service promises."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    Forbidden,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)
from brickyard.platform.billing import telling as t
from brickyard.platform.billing.words import Dollars, KeyId, ProjectId

LIMIT_MAX = 100


class TierCap(Struct):
    """How many calls of an endpoint one tier has."""

    tier: str
    """The tier's name."""
    calls: int
    """How many calls a month."""


class EndpointPrice(Struct):
    """What an endpoint costs."""

    endpoint: str
    """Its name, such as `db/Create`."""
    price: str
    """What one call costs, or one `unit`, in US dollars. A call that fails costs nothing."""
    free_calls: int
    """How many calls a month an account has free before that price applies."""
    caps: list[TierCap]
    """How many calls a month the accounts of a tier can make, where that is limited."""
    units: dict[str, str]
    """What a unit of each kind costs, in US dollars, where a call is metered by size; `*` stands for the
    others. The price is then the most that a call costs."""
    unit: str
    """What the price is of, if it is of one unit of a call's size: `segment`, say; empty if it is of a call.
    The price is held for each that a request asks for."""


class TierLimits(Struct):
    """What accounts of a tier may do."""

    name: str
    """The tier's name."""
    monthly_free_calls: int | None
    """How many calls a month of endpoints without a price; null for any number."""
    requests_per_second: int | None
    """How many calls a second; null for any number."""
    large_bytes_per_second: int | None
    """How many bytes a second of requests larger than 64 KiB: faster ones wait. Null for any number."""
    stored_records: int | None
    """How many records, cache entries and events a project keeps; null for any number."""
    stored_bytes: int | None
    """How many bytes these take; null for any number."""


class PricesRequest(Request):
    """Which prices."""

    service: Annotated[str, Meta(max_length=64)] = ""
    """A service's name; empty for all."""


class PricesReply(Reply):
    """The price list."""

    version: str
    """Which list it is: it changes whenever anything in it does."""
    prices: list[EndpointPrice]
    """Every endpoint, in alphabetical order."""
    tiers: list[TierLimits]
    """Every tier."""


class BalanceRequest(Request):
    """Whose balance."""

    project: ProjectId = ""
    """Of the account that pays for this project, in which you may see the bill; empty for your own, or the
    one that pays for the calling key's."""


class BalanceReply(Reply):
    """What there is, in US dollars."""

    available: str
    """What can be spent now: the balance less what is held."""
    tier: str
    """The account's tier. Calls of an `owner` cost nothing."""
    balance: str | None = None
    """What the account has, credit included; null, as all below, unless its owner asks, signed in."""
    held: str | None = None
    """What is set aside for calls under way."""
    credit: str | None = None
    """What of the balance was granted. It is spent first, and may expire."""
    credit_expires_at: Timestamp | None = None
    """When the next of the credit expires; null if none does."""


class TransactionInfo(Struct):
    """Money that came or went."""

    number: int
    """Its number in the account's books, from 1 without a gap; of one project's there are gaps."""
    kind: str
    """One of `top_up`, `grant`, `capture` (calls), `refund`, `expire`, `adjust` and `chargeback`."""
    amount: str
    """By how much it changed the balance, in US dollars; negative if less was left."""
    original: int | None
    """The number of the transaction that it corrects; null if it corrects none."""
    reference: str
    """By what it is known outside: a payment's name; for calls, under what their money was held."""
    project: str
    """Whose calls they were; empty if it is for none."""
    project_name: str
    """What that project is called; empty if it is for none, or for one that is no more."""
    key: str
    """Which key made the calls."""
    endpoint: str
    """What was called."""
    calls: int
    """How many calls it is for: those of a key that end at the same time are paid for together."""
    reason: str
    """Why it was made, in words."""
    created_at: Timestamp
    """When it was made."""


class TransactionsRequest(Request):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """The `next_cursor` of the page before; empty for the first."""
    project: ProjectId = ""
    """Of this project only, in which you may see the bill; empty for all that your account pays for, or the
    calling key's project."""


class TransactionsReply(Reply):
    """A page of transactions."""

    transactions: list[TransactionInfo]
    """Newest first."""
    next_cursor: str
    """What to send as `cursor` for the next page; empty on the last."""
    has_more: bool
    """Whether there is a next page."""


class StatementRequest(Request):
    """Which month."""

    month: Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2})?$")] = ""
    """As `2026-11`, in UTC; empty for this month. It must have begun."""
    project: ProjectId = ""
    """Of this project only, in which you may see the bill; empty for all that your account pays for, or the
    calling key's project."""


class StatementReply(Reply):
    """A month's statement, in US dollars."""

    month: str
    """The month, as `2026-11`."""
    opening: str | None
    """The account's balance when it began; null if it is of one project only."""
    spent: str
    """What calls cost in it."""
    closing: str | None
    """The account's balance when it ended, or now; null as above."""
    html: str
    """The statement as a page of its own."""
    csv: str
    """The statement for a spreadsheet."""


class CapInfo(Struct):
    """A spending cap, and how far this month has come."""

    project: str
    """Which project it is for."""
    key: str
    """Which of the project's keys, by its `lineage` (`key/Get`): keys that took each other's place have one
    cap between them. Empty for the whole project."""
    amount: str
    """What may be spent a month, in US dollars."""
    spent: str
    """What this month's calls cost, those of a project's former owner too."""
    held: str
    """What is set aside for calls under way."""
    resets_at: Timestamp
    """When the next month begins, in UTC."""


class SetCapRequest(Request):
    """A cap to set."""

    amount: Dollars | None
    """What may be spent a calendar month (UTC), in US dollars; null to remove the cap."""
    project: ProjectId = ""
    """Which project; empty for that of the calling key."""
    key: KeyId = ""
    """Which of its keys, by id; empty for the whole project. A key's own `monthly_budget` holds too. The cap
    is handed on when the key is rotated; a key does not change its own."""


class SetCapReply(Reply):
    """The cap as it is now."""

    cap: CapInfo | None
    """Null if it was removed."""


class CapsRequest(Request):
    """Whose caps."""

    project: ProjectId = ""
    """Which project; empty for that of the calling key or, for who is signed in, for all."""


class CapsReply(Reply):
    """Caps."""

    caps: list[CapInfo]
    """By project and key."""


_CAP = CapInfo(
    project="prj_01jd3x7m9q8w5e4r2t6y1v0nza",
    key="",
    amount="25",
    spent="0",
    held="0",
    resets_at="2026-12-01T00:00:00Z",
)

_ALERT = t.AlertInfo(
    id="alr_5d41402abc4b2a76b9719d911017c592",
    kind="test",
    project="",
    key="",
    percent=None,
    month="",
    amount=None,
    created_at="2026-11-24T08:00:00Z",
    told_at="2026-11-24T08:00:00Z",
)


class Billing(Service):
    """See what calls cost and what was spent, and set how much may be."""

    category = "account"
    control_plane = True

    @endpoint(
        price=0,
        public=True,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=PricesRequest(service="helloworld"),
                reply=PricesReply(
                    version="5d41402abc4b",
                    prices=[
                        EndpointPrice(
                            endpoint="helloworld/Call", price="0", free_calls=0, caps=[], units={}, unit=""
                        ),
                        EndpointPrice(
                            endpoint="helloworld/Stream", price="0", free_calls=0, caps=[], units={}, unit=""
                        ),
                    ],
                    tiers=[
                        TierLimits(
                            name="owner",
                            monthly_free_calls=None,
                            requests_per_second=None,
                            large_bytes_per_second=None,
                            stored_records=None,
                            stored_bytes=None,
                        )
                    ],
                ),
                varying=("version", "tiers"),
            ),
        ),
    )
    async def prices(self, context: Context, request: PricesRequest) -> PricesReply:
        """Say what every endpoint costs, and what the tiers are."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound, Forbidden),
        examples=(
            Example(
                request=BalanceRequest(),
                varying=("tier",),
                reply=BalanceReply(
                    available="0",
                    balance="0",
                    held="0",
                    credit="0",
                    credit_expires_at=None,
                    tier="free",
                ),
            ),
        ),
    )
    async def balance(self, context: Context, request: BalanceRequest) -> BalanceReply:
        """Say what the account has."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=TransactionsRequest(limit=20),
                reply=TransactionsReply(transactions=[], next_cursor="", has_more=False),
            ),
        ),
    )
    async def transactions(self, context: Context, request: TransactionsRequest) -> TransactionsReply:
        """List what came and went, newest first."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=StatementRequest(month="2026-08"),
                reply=StatementReply(
                    month="2026-08",
                    opening="0",
                    spent="0",
                    closing="0",
                    html="<!doctype html>…",
                    csv="date,…",
                ),
                varying=("html", "csv"),
            ),
        ),
    )
    async def statement(self, context: Context, request: StatementRequest) -> StatementReply:
        """Draw up a month: what it began with, what came and went, what it ended with."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=SetCapRequest(amount="25"),
                reply=SetCapReply(cap=_CAP),
                varying=("cap",),
            ),
        ),
    )
    async def set_cap(self, context: Context, request: SetCapRequest) -> SetCapReply:
        """Set how much a project, or one of its keys, may spend a month; it is never exceeded."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound, Forbidden),
        examples=(
            Example(
                request=CapsRequest(),
                reply=CapsReply(caps=[_CAP]),
                given=(("SetCap", SetCapRequest(amount="25")),),
                varying=("caps",),
            ),
        ),
    )
    async def caps(self, context: Context, request: CapsRequest) -> CapsReply:
        """List the caps, and how far this month has come."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound, Forbidden),
        examples=(
            Example(
                request=t.SetAlertRequest(low_balance="5", cap_percents=(75, 100)),
                reply=t.SetAlertReply(
                    low_balance="5", cap_percents=[75, 100], mail=True, statements=True, webhook=""
                ),
            ),
        ),
    )
    async def set_alert(self, context: Context, request: t.SetAlertRequest) -> t.SetAlertReply:
        """Choose what to be told of (a low balance, parts of a cap that are spent), and whether by letter."""
        ...

    @endpoint(
        price=0,
        secret=True,
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=t.SetWebhookRequest(url="https://example.com/alerts"),
                reply=t.SetWebhookReply(url="https://example.com/alerts", secret="whsec_…"),  # noqa: S106 - an example
                varying=("secret",),
            ),
        ),
    )
    async def set_webhook(self, context: Context, request: t.SetWebhookRequest) -> t.SetWebhookReply:
        """Have alerts and statements delivered to an address, signed by the Standard Webhooks scheme.

        Messages are `{"type": "billing.cap", "timestamp": …, "data": {"id": …, …}}`; the types are
        `billing.low_balance`, `billing.cap`, `billing.statement` and `billing.test`. One may come twice:
        `data.id` is the same then. What is not answered with 2xx is tried again for three days.
        """
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Forbidden),
        examples=(Example(request=t.TestAlertRequest(), reply=t.TestAlertReply()),),
    )
    async def test_alert(self, context: Context, request: t.TestAlertRequest) -> t.TestAlertReply:
        """Have an alert told as real ones are, that tells of nothing."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=t.AlertsRequest(limit=10),
                reply=t.AlertsReply(alerts=[_ALERT], next_cursor="", has_more=False),
                given=(("TestAlert", t.TestAlertRequest()),),
                varying=("alerts",),
            ),
        ),
    )
    async def alerts(self, context: Context, request: t.AlertsRequest) -> t.AlertsReply:
        """List what there was to tell, newest first."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=t.DeliveriesRequest(limit=10),
                reply=t.DeliveriesReply(deliveries=[], next_cursor="", has_more=False),
            ),
        ),
    )
    async def deliveries(self, context: Context, request: t.DeliveriesRequest) -> t.DeliveriesReply:
        """List the messages to the account's address, and what became of them, newest first."""
        ...

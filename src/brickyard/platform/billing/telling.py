"""What is asked and answered about alerts: where they go, which there were, and what became of messages."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp
from brickyard.platform.billing.words import Dollars, Percent, ProjectId

PAGE_MAX = 100
Cursor = Annotated[str, Meta(max_length=1024)]


class SetAlertRequest(Request):
    """What to be told of, and where. What is left out stays as it is."""

    low_balance: Dollars | None = None
    """Tell when the balance falls below so many US dollars; `0` for never."""
    cap_percents: Annotated[tuple[Percent, ...], Meta(max_length=10)] | None = None
    """Tell when so many percent of a cap are spent; an empty list for never."""
    mail: bool | None = None
    """Whether to tell of that by letter, to the account's e-mail."""
    statements: bool | None = None
    """Whether to send each month's statement by letter, when the month is over."""
    project: ProjectId = ""
    """A project that the account pays for; empty for your own account. Only its owner may ask, signed in."""


class SetAlertReply(Reply):
    """What is told of now, and where."""

    low_balance: str
    """Below how many US dollars; `0` for never."""
    cap_percents: list[int]
    """At which parts of a cap."""
    mail: bool
    """Whether alerts go by letter."""
    statements: bool
    """Whether statements do."""
    webhook: str
    """Where signed messages are delivered to, as `SetWebhook` set it; empty for nowhere."""


class SetWebhookRequest(Request):
    """Where to deliver messages."""

    url: Annotated[str, Meta(max_length=2048)]
    """An address that takes `POST`; empty to deliver no more. The same again gives another secret."""
    project: ProjectId = ""
    """A project that the account pays for; empty for your own account. Only its owner may ask, signed in."""


class SetWebhookReply(Reply):
    """The address as it is now."""

    url: str
    """Where messages are delivered to."""
    secret: str
    """What they are signed with (`whsec_…`); shown this once. A former secret of the same address is used
    beside it for a day."""


class TestAlertRequest(Request):
    """Of whom to test the alerts."""

    project: ProjectId = ""
    """A project that the account pays for; empty for your own account. Only its owner may ask, signed in."""


class TestAlertReply(Reply):
    """Nothing to say: the alert is on its way."""


class AlertInfo(Struct):
    """Something that there was to tell."""

    id: str
    """The alert's name: the same however often it is told. Messages bear it in `data.id`."""
    kind: str
    """One of `low_balance` (it fell below what was named), `cap` (a part of one is spent), `statement` (a
    month is over) and `test`."""
    project: str
    """Whose cap it is; empty if it is about the account."""
    key: str
    """Which key's cap it is; empty if it is the project's."""
    percent: int | None
    """Which part of the cap was reached; null if it is about none."""
    month: str
    """Which month it is about, as `2026-11`; empty if it is about none."""
    amount: str | None
    """What was left of the balance, or spent of the cap, in US dollars; null if it is about neither."""
    created_at: Timestamp
    """When it happened."""
    told_at: Timestamp | None
    """When it was handed to mail and webhook; null if it waits for that."""


class AlertsRequest(Request):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = 50
    """How many at most."""
    cursor: Cursor = ""
    """The `next_cursor` of the page before; empty for the first."""
    project: ProjectId = ""
    """A project that the account pays for; empty for your own account. Only its owner may ask, signed in."""


class AlertsReply(Reply):
    """A page of alerts."""

    alerts: list[AlertInfo]
    """Newest first."""
    next_cursor: str
    """What to send as `cursor` for the next page; empty on the last."""
    has_more: bool
    """Whether there is a next page."""


class DeliveryInfo(Struct):
    """A message to the account's address."""

    id: str
    """Its name, in the header `webhook-id` of every attempt."""
    url: str
    """Where it was to go."""
    state: str
    """`waiting`, `sent` or `failed`."""
    attempts: int
    """How often it was tried."""
    note: str
    """Why the last attempt failed."""
    created_at: Timestamp
    """When it was written."""


class DeliveriesRequest(AlertsRequest):
    """Which page."""


class DeliveriesReply(Reply):
    """A page of messages: those of the last 30 days."""

    deliveries: list[DeliveryInfo]
    """Newest first."""
    next_cursor: str
    """What to send as `cursor` for the next page; empty on the last."""
    has_more: bool
    """Whether there is a next page."""

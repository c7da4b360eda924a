"""What operators ask and tell about money."""

from typing import Annotated, Literal

from msgspec import Meta, field

from brickyard.contract import Reply, Request, Struct, Timestamp
from brickyard.platform.billing.contract import LIMIT_MAX

AccountId = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(max_length=500, pattern=r"\S")]
"""What says something: blanks are none."""
Dollars = Annotated[str, Meta(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})?$")]
SignedDollars = Annotated[str, Meta(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,9})?$")]
Reference = Annotated[str, Meta(max_length=100)]
Day = Annotated[str, Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class GrantCreditRequest(Request):
    """Credit to be given."""

    account: AccountId
    """Whom to give it to."""
    amount: Dollars
    """How much, in US dollars."""
    reason: Reason
    """Why, as the account's owner will read it."""
    expires_at: Annotated[Timestamp, Meta(max_length=64)] | None = None
    """When what is left of it is gone; null for never."""
    reference: Reference = ""
    """A name for it, such as an invoice's: to ask again under the same name gives nothing more."""


class AdjustBalanceRequest(Request):
    """A balance to be put right."""

    account: AccountId
    """Whose it is."""
    amount: SignedDollars
    """How much to add, in US dollars; with a minus, how much to take of what was paid in."""
    reason: Reason
    """Why, as the account's owner will read it."""
    reference: Reference = ""
    """A name for it: to ask again under the same name changes nothing more."""


class RefundCallsRequest(Request):
    """What calls cost, to be given back."""

    account: AccountId
    """Whose calls they were."""
    transaction: Annotated[int, Meta(ge=1)]
    """The number of the transaction that took it (`admin/ListTransactions`)."""
    amount: Dollars
    """How much, in US dollars: at most what is left of it."""
    reason: Reason
    """Why, as the account's owner will read it."""
    reference: Reference = ""
    """A name for it: to ask again under the same name gives nothing more."""


class RefundPaymentRequest(Request):
    """Which payment to give back, and how much of it."""

    account: AccountId
    """Whose payment it is."""
    payment: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its id: what paid-in credit bears as its `reference` (`admin/ListTransactions`)."""
    amount: Annotated[str, Meta(pattern=r"^([0-9]{1,9}(\.[0-9]{1,9})?)?$")] = ""
    """How much, in the currency that was paid, as `12.50`; empty for all that is left."""
    reason: Reason
    """Why, for the audit log, where the account's owner reads it too."""
    reference: Annotated[str, Meta(min_length=1, max_length=100)]
    """A name for it, new for each refund of a payment: to ask again under the same name gives nothing more
    back."""


class RefundPaymentReply(Reply):
    """What was given back."""

    refund: str
    """The processor's name for the refund."""
    amount: str
    """How much it is, in the currency."""
    currency: str
    """The currency that was paid in, by ISO 4217 in small letters."""
    refunded: str
    """What of the payment was given back in all, in the currency."""
    balance: str
    """What the account has now, in US dollars, credit included."""
    owed: str
    """What it owes, in US dollars: credit that was spent before. What is paid next goes there first."""


class ListTransactionsRequest(Request):
    """Whose transactions, and which: those that fit everything given."""

    account: AccountId
    """Whose they are."""
    kind: Literal["", "top_up", "grant", "capture", "refund", "expire", "adjust", "chargeback"] = ""
    """Only those of this kind; calls are `capture`."""
    project: Annotated[str, Meta(max_length=64)] = ""
    """Only those for calls of this project."""
    from_: Annotated[Timestamp, Meta(max_length=64)] | None = field(default=None, name="from")
    """From when on."""
    to: Annotated[Timestamp, Meta(max_length=64)] | None = None
    """Until before when."""
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """The `next_cursor` of the page before; empty for the first."""


class MoneyMovedReply(Reply):
    """What was written into the account's books."""

    transaction: int
    """The transaction's number."""
    balance: str
    """What the account has now, in US dollars, credit included."""


class SetTierRequest(Request):
    """Which tier an account is to be of."""

    account: AccountId
    """The account's id."""
    tier: Annotated[str, Meta(min_length=1, max_length=64)]
    """One of the price list's (`billing/Prices`)."""


class SetTierReply(Reply):
    """Nothing to tell."""


class RevenueRequest(Request):
    """Which days, in UTC; 92 at most."""

    from_: Day = field(default="", name="from")
    """The first, as `2026-11-01`; empty for the first of this month."""
    to: Day = ""
    """The last; empty for today."""


class Earned(Struct):
    """What came and went, in US dollars, and the calls that were paid for."""

    name: str
    """The day, as `2026-11-01`, or the service."""
    calls: int
    """How many calls were paid for."""
    spent: str
    """What they cost their callers, granted credit included."""
    refunded: str
    """What was given back of that."""
    paid_in: str
    """What was paid in, less what was paid back or taken back."""
    granted: str
    """What was granted, less what of it expired."""
    adjusted: str
    """By how much balances were put right."""


class RevenueReply(Reply):
    """What came and went in all accounts."""

    days: list[Earned]
    """By day, without those on which nothing happened."""
    services: list[Earned]
    """By service: those whose calls were paid for."""
    total: Earned
    """All of it."""
    balances: str
    """What all accounts have now: what is owed to them in calls."""

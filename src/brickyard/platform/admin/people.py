"""What operators ask and are told about accounts and projects."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp
from brickyard.platform.billing.contract import CapInfo

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class SearchRequest(Request):
    """What to look for."""

    text: Annotated[str, Meta(max_length=100)] = ""
    """An id, a whole e-mail address, or a part of a name; empty for all."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """A `next_cursor`, to go on from there."""


class AccountInfo(Struct):
    """An account."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    email: str
    """Its confirmed address; empty if it has none."""
    created_at: Timestamp
    """When it was made."""
    projects: int
    """How many projects it owns."""
    operator: bool
    """Whether it is one of the operators'."""
    blocked: str
    """Why it is blocked; empty if it is not."""
    tier: str
    """Its tier."""
    balance: str
    """What it has, in US dollars, credit included."""


class SearchAccountsRequest(SearchRequest):
    """Which accounts to look for."""


class SearchAccountsReply(Reply):
    """Accounts."""

    accounts: list[AccountInfo]
    """Oldest first."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class ProjectInfo(Struct):
    """A project."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    account: str
    """The account that owns it."""
    created_at: Timestamp
    """When it was made."""
    deleted_at: Timestamp | None
    """When it was deleted; null if it was not."""
    blocked: str
    """Why it is blocked; empty if it is not."""


class SearchProjectsRequest(SearchRequest):
    """Which projects to look for; the id of an account finds those that it owns."""


class SearchProjectsReply(Reply):
    """Projects."""

    projects: list[ProjectInfo]
    """Oldest first."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class GetAccountRequest(Request):
    """Which account."""

    account: Id
    """Its id: `admin/SearchAccounts` finds it by an e-mail address or a name."""


class OwnedProject(Struct):
    """A project of an account, and what is in it."""

    id: str
    """Its id."""
    name: str
    """Its name for people."""
    created_at: Timestamp
    """When it was made."""
    deleted_at: Timestamp | None
    """When it was deleted; null if it was not."""
    blocked: str
    """Why it is blocked; empty if it is not."""
    keys: int
    """How many keys it has that are neither revoked nor expired."""
    members: int
    """How many members it has, its owner among them."""
    records: int
    """How many records, entries and events it keeps, those of test keys among them."""
    bytes: int
    """What these take."""


class GetAccountReply(Reply):
    """All that there is to say of an account. Amounts are in US dollars."""

    account: AccountInfo
    """Who it is."""
    available: str
    """What it can spend now: its balance less what is held."""
    held: str
    """What is set aside for calls under way."""
    credit: str
    """What of the balance was granted."""
    credit_expires_at: Timestamp | None
    """When the next of the credit expires; null if none does."""
    caps_reached: list[CapInfo]
    """The caps of its projects and keys of which nothing is left this month."""
    projects: list[OwnedProject]
    """The projects that it owns, oldest first."""
    signed_in_at: Timestamp | None
    """When it was last signed in to, as far as that is still known; null if it is not."""

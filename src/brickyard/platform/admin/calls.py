"""What operators ask and are told about calls."""

from typing import Annotated, Literal

from msgspec import Meta, field

from brickyard.contract import Int32, Reply, Request, Struct, Timestamp
from brickyard.platform.usage.contract import Moment, Step

By = Literal["account", "project", "service", "endpoint", "key", "status", "provider"]
Filter = Annotated[str, Meta(max_length=64)]


class UsageRequest(Request):
    """Whose calls to add up, and which."""

    account: Filter = ""
    """Only those of the projects that this account owns; empty for all."""
    project: Filter = ""
    """Only those of this project; empty for all."""
    service: Filter = ""
    """Only those of this service; empty for all."""
    environment: Literal["live", "test"] = "live"
    """The calls of live keys, or those of test keys."""
    from_: Moment | None = field(default=None, name="from")
    """From when on, as RFC 3339; a day ago if left out."""
    to: Moment | None = None
    """Until before when; now if left out."""
    step: Step = "total"
    """A row for each minute (kept for 7 days), hour (90 days) or day; or for the whole time."""
    by: Annotated[list[By], Meta(max_length=7)] = field(default_factory=list)
    """What else to tell apart."""


class UsageRow(Struct):
    """What some calls add up to."""

    start: Timestamp | None
    """When the minute, hour or day began; null for the whole time."""
    account: str
    """Who owns the project: as all below, empty unless it was asked for."""
    project: str
    """The project's id."""
    service: str
    """The service's name."""
    endpoint: str
    """Such as `db.create`."""
    key: str
    """The key's id."""
    status: Int32
    """The HTTP status; 0 unless it was asked for."""
    provider: str
    """Who did the work, where there is a choice."""
    calls: int
    """How many calls there were, refused ones too."""
    refused: int
    """How many were refused: with a status from 400 to 499."""
    errors: int
    """How many failed by this cloud's or a provider's fault: with a status of 500 or more."""
    bytes_in: int
    """Size of the requests' bodies."""
    bytes_out: int
    """Size of the replies."""
    cost: str
    """What they cost their callers, in US dollars."""
    p50_ms: float
    """Half of the calls took less. These are within 5 %."""
    p95_ms: float
    """19 of 20 calls took less."""
    p99_ms: float
    """99 of 100 calls took less."""


class UsageReply(Reply):
    """Calls added up. Those by sessions, and by nobody, are not among them: they belong to no project."""

    rows: list[UsageRow]
    """In the order of time, then of what was asked for. Nothing is there for times without calls."""


class Activity(Struct):
    """What happened in a time, in all projects."""

    calls: int
    """How many calls live keys made, refused ones too."""
    refused: int
    """How many of them were refused: with a status from 400 to 499."""
    errors: int
    """How many of them failed by this cloud's or a provider's fault: with a status of 500 or more."""
    revenue: str
    """What calls cost their callers, less what was given back, in US dollars; granted credit included."""
    paid_in: str
    """What was paid in, less what was paid back or taken back, in US dollars."""


class OverviewRequest(Request):
    """Nothing to say."""


class OverviewReply(Reply):
    """What there is, counted, and what happened."""

    accounts: int
    """Accounts."""
    projects: int
    """Projects, without deleted ones."""
    projects_deleted: int
    """Projects that were deleted and are not yet erased."""
    keys: int
    """Keys that are neither revoked nor expired."""
    sessions: int
    """Sessions that are open."""
    blocked: int
    """Keys, projects and accounts that are blocked."""
    today: Activity
    """What happened since midnight, in UTC."""
    month: Activity
    """What happened since the first of the month, in UTC."""

"""What the `usage` service promises."""

from typing import Annotated, Literal

from msgspec import Meta, field

from brickyard.contract import (
    Context,
    Example,
    Int32,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)

By = Literal["service", "endpoint", "key", "status", "provider"]
Step = Literal["total", "minute", "hour", "day"]
Moment = Annotated[Timestamp, Meta(max_length=64)]


class UsageRequest(Request):
    """Whose usage is asked for, and of which time."""

    project: Annotated[str, Meta(max_length=64)] = ""
    """Which project's. Only a session has to say so; a key asks about its own."""
    environment: Literal["", "live", "test"] = ""
    """The calls of live keys, or those of test keys, which see no others; empty for those of keys like the
    one that asks, and for those of live keys if a session does."""
    from_: Moment | None = field(default=None, name="from")
    """From when on, as RFC 3339; a day ago if left out."""
    to: Moment | None = None
    """Until before when; now if left out."""


class SummaryRequest(UsageRequest):
    """What to add up."""

    step: Step = "total"
    """A row for each minute (kept for 7 days), hour (90 days) or day; or for the whole time."""
    by: Annotated[list[By], Meta(max_length=5)] = field(default_factory=list)
    """What else to tell apart."""


class UsageRow(Struct):
    """What some calls add up to."""

    start: Timestamp | None
    """When the minute, hour or day began; null for the whole time."""
    service: str
    """As all below: empty unless it was asked for."""
    endpoint: str
    """Such as `db.create`."""
    key: str
    """The key's id."""
    status: Int32
    """The HTTP status; 0 unless it was asked for."""
    provider: str
    """Who did the work, where there is a choice."""
    calls: int
    """How many there were, refused ones too."""
    bytes_in: int
    """Size of the requests' bodies."""
    bytes_out: int
    """Size of the replies."""
    cost: str
    """In US dollars."""
    p50_ms: float
    """Half of the calls took less. These are within 5 %."""
    p95_ms: float
    """19 of 20 calls took less."""
    p99_ms: float
    """99 of 100 calls took less."""


class SummaryReply(Reply):
    """Usage added up."""

    rows: list[UsageRow]
    """In the order of time, then of names. Nothing is there for times without calls."""


class LogRequest(UsageRequest):
    """Which calls to look for: those that fit everything given."""

    endpoint: Annotated[str, Meta(max_length=128)] = ""
    """`db`, or `db/Create`."""
    key: Annotated[str, Meta(max_length=64)] = ""
    """The id of the key that called."""
    status: Annotated[int, Meta(ge=0, le=599)] = 0
    """An HTTP status, or a class of them: 4 for all from 400 to 499."""
    request_id: Annotated[str, Meta(max_length=64)] = ""
    """One call, by its name in reply headers and errors."""
    provider: Annotated[str, Meta(max_length=64)] = ""
    """Who did the work, such as `twilio`."""
    problem: Annotated[str, Meta(max_length=200)] = ""
    """Only calls that failed, and have this in the kind or the detail of their problem, in whichever
    case: `payment-required`, or `phone number`."""
    slower_than_ms: Annotated[float, Meta(ge=0)] = 0
    """Only calls that took longer."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=128)] = ""
    """A `next_cursor`, to go on from there."""


class LoggedCall(Struct):
    """One call."""

    request_id: str
    """Its name in reply headers, errors and the server's log."""
    time: Timestamp
    """When it ended."""
    endpoint: str
    """Such as `db.create`."""
    status: Int32
    """The HTTP status it was answered with."""
    duration_ms: float
    """How long it took, without the network."""
    key: str
    """The id of the key that called."""
    bytes_in: int
    """Size of the request's body."""
    bytes_out: int
    """Size of the reply, or of all replies of a stream; 0 if it was refused."""
    cost: str
    """In US dollars."""
    provider: str
    """Who did the work, where there is a choice."""
    trace_id: str
    """The W3C trace id that its caller sent; empty if none."""
    replay_of: str = ""
    """The request id of the earlier call whose reply it was given again, at no cost; empty if it was done."""
    problem: str = ""
    """Why it failed, as `/docs/errors` has it: `payment-required`; empty if it did not."""
    detail: str = ""
    """What its caller was told, secrets masked; at most 300 characters."""


class LogReply(Reply):
    """Calls."""

    calls: list[LoggedCall]
    """Newest first. Perhaps fewer than `limit`, although there are more: then there is a cursor."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class StorageRequest(Request):
    """Whose storage."""

    project: Annotated[str, Meta(max_length=100)] = ""
    """Which project; empty for that of the calling key."""
    environment: Literal["", "live", "test"] = ""
    """Of which environment; empty for that of the calling key, and for `live` if a session asks."""


class StoredKind(Struct):
    """What one service keeps for the project."""

    service: str
    """The service's name."""
    records: int
    """How many records, entries or events."""
    bytes: int
    """What their contents take: records as JSON, and the keys in their indexes; entries with their keys;
    messages."""


class StorageReply(Reply):
    """What the project keeps, and what it may."""

    records: int
    """How many records, entries and events there are."""
    records_max: int | None
    """How many there may be; null for any number."""
    bytes: int
    """What they take."""
    bytes_max: int | None
    """What they may take; null for any amount."""
    services: list[StoredKind]
    """What that is made of."""


class KeepBodiesRequest(Request):
    """For how long to keep bodies."""

    project: Annotated[str, Meta(min_length=1, max_length=64)]
    """Which project's."""
    hours: Annotated[int, Meta(ge=0, le=168)]
    """How many hours from now, 168 (a week) at most; 0 keeps no more from now on."""


class KeepBodiesReply(Reply):
    """What is kept."""

    until: Timestamp | None
    """Until when bodies are kept; null if they are not."""


class BodiesRequest(Request):
    """Which call."""

    request_id: Annotated[str, Meta(min_length=1, max_length=64)]
    """Its name in reply headers, errors and `Log`."""
    project: Annotated[str, Meta(max_length=64)] = ""
    """Which project's. Only a session has to say so; a key asks about its own."""
    environment: Literal["live", "test"] = "live"
    """Whether a live key called, or a test key."""


class BodiesReply(Reply):
    """What was said, secrets masked."""

    request: str
    """The request as JSON, cut off with `…` after 4 KiB. Empty if it was no JSON, or larger than 64 KiB."""
    reply: str
    """The reply, likewise. Empty for streams, WebSockets, failed calls and replies that hold a new secret."""


class Usage(Service):
    """What was called, how often, how fast and for how much: added up, and call by call.

    A record of each call is on the disk before the call is answered; it can be looked up for 30
    days. It does not hold bodies. Where they are needed to find a fault, `KeepBodies` has them kept beside
    it, for a week at most: secrets are masked always, by the names of fields and by their looks.
    """

    category = "account"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                given=(("Log", LogRequest()),),
                request=SummaryRequest(step="day", by=["endpoint"]),
                reply=SummaryReply(
                    rows=[
                        UsageRow(
                            start="2026-11-24T00:00:00Z",
                            service="",
                            endpoint="usage.log",
                            key="",
                            status=0,
                            provider="",
                            calls=1200,
                            bytes_in=96000,
                            bytes_out=52800,
                            cost="0",
                            p50_ms=0.8,
                            p95_ms=1.9,
                            p99_ms=3.4,
                        )
                    ]
                ),
                varying=("rows",),
            ),
        ),
    )
    async def summary(self, context: Context, request: SummaryRequest) -> SummaryReply:
        """Add usage up, by time and by service, endpoint, key, status or provider."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                given=(("Summary", SummaryRequest()),),
                request=LogRequest(endpoint="usage/Summary", limit=10),
                reply=LogReply(
                    calls=[
                        LoggedCall(
                            request_id="req_01JD3X7M9Q8W5E4R2T6Y1V0NZA",
                            time="2026-11-24T08:00:00.123Z",
                            endpoint="usage.summary",
                            status=200,
                            duration_ms=0.31,
                            key="key_01jd3x7m9q8w5e4r2t6y1v0nza",
                            bytes_in=2,
                            bytes_out=11,
                            cost="0",
                            provider="",
                            trace_id="",
                        )
                    ]
                ),
                varying=("calls",),
            ),
        ),
    )
    async def log(self, context: Context, request: LogRequest) -> LogReply:
        """Look for calls, newest first."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=StorageRequest(),
                reply=StorageReply(records=0, records_max=None, bytes=0, bytes_max=None, services=[]),
            ),
        ),
    )
    async def storage(self, context: Context, request: StorageRequest) -> StorageReply:
        """Say how much the project keeps, and how much it may: to the last record, just now."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(
            Example(
                request=KeepBodiesRequest(project="prj_01jd3x7m9q8w5e4r2t6y1v0nza", hours=2),
                reply=KeepBodiesReply(until="2026-11-24T10:00:00Z"),
                varying=("until",),
            ),
        ),
    )
    async def keep_bodies(self, context: Context, request: KeepBodiesRequest) -> KeepBodiesReply:
        """Keep requests and replies of a project for a while, in both environments.

        Its owner and admins switch it on. It is off otherwise. A gateway keeps those of 50 calls a second,
        and the newest 10000 are there for 30 days.
        """
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=BodiesRequest(
                    request_id="req_01JD3X7M9Q8W5E4R2T6Y1V0NZA", project="prj_01jd3x7m9q8w5e4r2t6y1v0nza"
                ),
                reply=BodiesReply(request='{"name":"John"}', reply='{"message":"Hello John"}'),
            ),
        ),
    )
    async def bodies(self, context: Context, request: BodiesRequest) -> BodiesReply:
        """Read what was said in a call, if it was kept. It takes the right to make keys."""
        ...

"""What the `audit` service promises."""

from typing import Annotated

from msgspec import Meta, field

from brickyard.contract import (
    Context,
    Example,
    JsonObject,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)

Id = Annotated[str, Meta(max_length=64)]
Moment = Annotated[Timestamp, Meta(max_length=64)]


class ListRequest(Request):
    """Which changes to look for: those that fit everything given."""

    project: Id = ""
    """Of which project. A key asks about its own; a session that leaves it out, about its account: what that
    did, in whichever project, and what was done to it."""
    endpoint: Annotated[str, Meta(max_length=128)] = ""
    """By which call: `key`, or `key/Create`; `cloud` for what the cloud did by itself."""
    subject: Id = ""
    """Of what: the id of a key, a project, an account, an invitation."""
    key: Id = ""
    """By which key: its id."""
    from_: Moment | None = field(default=None, name="from")
    """From when on, as RFC 3339."""
    to: Moment | None = None
    """Until before when."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """A `next_cursor`, to go on from there."""


class Entry(Struct):
    """One change."""

    id: str
    """The entry's name."""
    time: Timestamp
    """When it was made."""
    endpoint: str
    """By which call: `key.create`; `cloud` for what the cloud did by itself."""
    project: str
    """Of which project; empty for an account's."""
    subject: str
    """Of what: the id of what was changed."""
    account: str
    """Who was signed in; empty if a key called. Who an operator was is told to nobody else."""
    session: str
    """In which session."""
    key: str
    """With which key; empty if it was a session."""
    operator: bool
    """Whether an operator of the cloud did it."""
    address: str
    """The network address that the call came from."""
    request_id: str
    """The call's name in reply headers and in the usage log."""
    before: JsonObject | None
    """What it was, as far as it was changed; null for what is new. Secrets are masked."""
    after: JsonObject | None
    """What it became; null for what is gone. Null too once the project was erased."""


class ListReply(Reply):
    """Changes."""

    entries: list[Entry]
    """Newest first."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class Audit(Service):
    """Who changed what in the control plane, when and from where.

    An entry is written together with the change that it tells of: there is none without the other. Entries
    are never changed nor deleted.
    """

    category = "account"
    title = "Audit log"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ListRequest(endpoint="key/Create", limit=1),
                reply=ListReply(
                    entries=[
                        Entry(
                            id="aud_18d71f0e9b0a40000000010a1b2c",
                            time="2026-11-24T08:00:00Z",
                            endpoint="key.create",
                            project="prj_01jd3x7m9q8w5e4r2t6y1v0nza",
                            subject="key_01jd3x7m9q8w5e4r2t6y1v0nza",
                            account="acc_01jd3x7m9q8w5e4r2t6y1v0nza",
                            session="ses_01jd3x7m9q8w5e4r2t6y1v0nza",
                            key="",
                            operator=False,
                            address="192.0.2.1",
                            request_id="req_01JD3X7M9Q8W5E4R2T6Y1V0NZA",
                            before=None,
                            after={
                                "kind": "secret",
                                "description": "the web shop",
                                "environment": "live",
                                "scopes": ["db"],
                                "origins": [],
                                "role": "owner",
                                "expires_at": None,
                                "rate_limit_per_s": None,
                                "monthly_budget": None,
                            },
                        )
                    ]
                ),
                varying=("entries", "next_cursor"),
            ),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List changes of a project, newest first; or what an account did, and what was done to it."""
        ...

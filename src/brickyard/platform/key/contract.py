"""What the `key` service promises."""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from brickyard.contract import (
    Context,
    Example,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)

Scope = Annotated[str, Meta(pattern=r"^(\*|[A-Za-z][A-Za-z0-9]*(/[A-Za-z][A-Za-z0-9]*)?)$", max_length=128)]
Origin = Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+$", max_length=200)]
Dollars = Annotated[str, Meta(pattern=r"^([0-9]{1,9}(\.[0-9]{1,9})?)?$")]
Kind = Literal["secret", "publishable"]
Environment = Literal["live", "test"]
ProjectId = Annotated[str, Meta(max_length=64)]
KeyId = Annotated[str, Meta(min_length=1, max_length=100)]
Description = Annotated[str, Meta(max_length=200)]
RateLimit = Annotated[int, Meta(ge=0, le=100_000)]
Moment = Annotated[Timestamp, Meta(max_length=64)]
ScopeList = Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=100)]
LIST_MAX = 1000
"""How many keys are listed at a time: a project may have had any number."""
OriginList = Annotated[tuple[Origin, ...], Meta(max_length=20)]


class KeyInfo(Struct):
    """A key, without its secret."""

    id: str
    """The key's name for `Update`, `Rotate` and `Revoke`; not a secret."""
    lineage: str
    """Under which key's id its budget and its cap (`billing/SetCap`) count what a month has spent: its own;
    or another's, if it took that one's place (`Rotate`), or was made by that one, which is bounded so."""
    kind: Kind
    """`secret` for servers; `publishable` for pages and apps, where anyone can read it."""
    description: str
    """What it is for, in its maker's words."""
    hint: str
    """How the key begins and ends, to tell it from others."""
    environment: Environment
    """Which of the project's data it works on; what is done with `test` keys is kept apart."""
    scopes: list[str]
    """What it may call: `*`, a service (`db`) or an endpoint (`db/Read`)."""
    origins: list[str]
    """From which pages a publishable key may call; empty for a secret one."""
    role: str
    """What it may do in the control plane, where its scopes let it: the role of who gave it those."""
    rate_limit_per_s: int | None
    """How many calls a second it may make, together with those that took each other's place (`Rotate`); null
    for as many as the project."""
    rate_within: str | None
    """Under which key's rate limit its calls count as well: that of the one it was made by, if that was
    bounded so; null for none."""
    monthly_budget: str | None
    """How much it may spend in a calendar month (UTC), in US dollars; null for as much as the project."""
    created_at: Timestamp
    """When it was made."""
    expires_at: Timestamp | None
    """When it stops working; null if never."""
    revoked_at: Timestamp | None
    """When it was revoked; null if it was not."""
    last_used_at: Timestamp | None
    """When it last made a call, to the minute; null if it never did."""


WEB_SHOP = KeyInfo(
    id="key_01jd3x7m9q8w5e4r2t6y1v0nza",
    lineage="key_01jd3x7m9q8w5e4r2t6y1v0nza",
    kind="secret",
    description="the web shop",
    hint="bk_sk_live_…4sGq",
    environment="live",
    scopes=["db", "cache/Get"],
    origins=[],
    role="owner",
    rate_limit_per_s=None,
    rate_within=None,
    monthly_budget=None,
    created_at="2026-11-24T08:00:00Z",
    expires_at=None,
    revoked_at=None,
    last_used_at=None,
)


class CreateRequest(Request):
    """A key to make."""

    project: ProjectId = ""
    """Whose key it will be. Only a session has to say so; a key makes keys of its own project."""
    description: Description = ""
    """What it is for."""
    scopes: ScopeList = ("*",)
    """What it may call: `*` (every building block), a service (`db`) or an endpoint (`db/Read`). The
    control plane (`key`, `usage` …) has to be named, and nothing can be granted that the calling key does
    not hold."""
    environment: Environment = "live"
    """Which of the project's data it will work on: `test` has data of its own."""
    expires_at: Moment | None = None
    """When it stops working, as RFC 3339; null for never."""
    kind: Kind = "secret"
    """`publishable` for a key that pages and apps may hold: of what its scopes cover it calls only the
    endpoints that are safe for end users (`browser` in the catalog)."""
    origins: OriginList = ()
    """From which pages a publishable key may call, such as `https://shop.example`, exactly as browsers send
    it in `Origin`. A publishable key needs at least one."""
    rate_limit_per_s: RateLimit = 0
    """How many calls a second it may make; 0 for as many as the project."""
    monthly_budget: Dollars = ""
    """How much it may spend in a calendar month (UTC), in US dollars: `"2.50"`; empty for as much as the
    project."""


class CreateReply(Reply):
    """The key made."""

    key: str
    """The key itself. It is shown here once and cannot be shown again."""
    info: KeyInfo
    """What can be known of it later."""


class ListRequest(Request):
    """Whose keys to list."""

    project: ProjectId = ""
    """Which project's; as for `Create`."""
    limit: Annotated[int, Meta(ge=1, le=LIST_MAX)] = LIST_MAX
    """How many at most."""
    cursor: Annotated[str, Meta(max_length=64)] = ""
    """A `next_cursor`, to go on from there."""


class ListReply(Reply):
    """The project's keys."""

    keys: list[KeyInfo]
    """Oldest first; revoked and expired ones too."""
    next_cursor: str = ""
    """Where to go on; empty when there is no more."""


class GetRequest(Request):
    """Which key."""

    id: KeyId
    """The key's `id`, not the key."""
    project: ProjectId = ""
    """Which project's; as for `Create`."""


class GetReply(Reply):
    """A key."""

    info: KeyInfo
    """What is known of it."""


class UpdateRequest(Request):
    """What to change; what is left out stays as it is."""

    id: KeyId
    """The key's `id`, not the key."""
    project: ProjectId = ""
    """Which project's; as for `Create`."""
    description: Description | None = None
    """What it is for."""
    scopes: ScopeList | None = None
    """What it may call."""
    origins: OriginList | None = None
    """From which pages a publishable key may call."""
    expires_at: Moment | None = None
    """When it stops working; empty for never."""
    rate_limit_per_s: RateLimit | None = None
    """How many calls a second it may make, together with those that took each other's place (`Rotate`), for
    which this is changed as well; 0 for as many as the project."""
    monthly_budget: Dollars | None = None
    """How much it may spend in a calendar month; empty for as much as the project."""


class UpdateReply(Reply):
    """The key as it is now."""

    info: KeyInfo
    """What is known of it."""


class RotateRequest(Request):
    """A key to replace."""

    id: KeyId
    """The `id` of the key that is to end."""
    project: ProjectId = ""
    """Which project's; as for `Create`."""
    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24
    """How long the old key goes on working beside the new one: up to 7 days; 0 ends it at once."""


class RotateReply(Reply):
    """The new key."""

    key: str
    """The new key itself. It is shown here once and cannot be shown again."""
    info: KeyInfo
    """What can be known of it later; its settings are those of the old one."""
    old: KeyInfo
    """The old one, and when it ends."""


class RevokeRequest(Request):
    """A key to end."""

    id: KeyId
    """The key's `id`, not the key."""
    project: ProjectId = ""
    """Which project's; as for `Create`."""


class RevokeReply(Reply):
    """Nothing to tell."""


class Key(Service):
    """Make, change, rotate and revoke the keys that calls are made with.

    A key with the scope `key` does so for its own project; a session for each project of its account's. No
    key grants another, or itself, more than it has: neither scopes nor calls a second, nor money, nor time.
    """

    category = "account"
    title = "Keys"
    control_plane = True

    @endpoint(
        price=0,
        secret=True,
        errors=(NotFound,),
        examples=(
            Example(
                request=CreateRequest(description="the web shop", scopes=("db", "cache/Get")),
                reply=CreateReply(key="bk_sk_live_…", info=WEB_SHOP),
                varying=("key", "info"),
            ),
            Example(
                request=CreateRequest(
                    description="the shop's pages", kind="publishable", origins=("https://shop.example",)
                ),
                reply=CreateReply(
                    key="bk_pk_live_…",
                    info=replace(
                        WEB_SHOP, kind="publishable", scopes=["*"], origins=["https://shop.example"]
                    ),
                ),
                varying=("key", "info"),
            ),
        ),
    )
    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Make a key. The reply is the only time that it is shown."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(Example(request=ListRequest(), reply=ListReply(keys=[WEB_SHOP]), varying=("keys",)),),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the project's keys, without their secrets."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(request=GetRequest(id=WEB_SHOP.id), reply=GetReply(info=WEB_SHOP), varying=("info",)),
        ),
    )
    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Give what is known of a key."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(
            Example(
                request=UpdateRequest(id=WEB_SHOP.id, description="the old web shop", rate_limit_per_s=10),
                reply=UpdateReply(
                    info=replace(WEB_SHOP, description="the old web shop", rate_limit_per_s=10)
                ),
                varying=("info",),
            ),
        ),
    )
    async def update(self, context: Context, request: UpdateRequest) -> UpdateReply:
        """Change a key's settings, at once and for every call from now on."""
        ...

    @endpoint(
        price=0,
        secret=True,
        errors=(NotFound,),
        examples=(
            Example(
                request=RotateRequest(id=WEB_SHOP.id, overlap_hours=48),
                reply=RotateReply(
                    key="bk_sk_live_…",
                    info=WEB_SHOP,
                    old=replace(WEB_SHOP, expires_at="2026-11-26T08:00:00Z"),
                ),
                varying=("key", "info", "old"),
            ),
        ),
    )
    async def rotate(self, context: Context, request: RotateRequest) -> RotateReply:
        """Replace a key by a new one with the same settings; the old one goes on for a while."""
        ...

    @endpoint(
        price=0,
        repeat="resumable",
        errors=(NotFound,),
        examples=(Example(request=RevokeRequest(id=WEB_SHOP.id), reply=RevokeReply()),),
    )
    async def revoke(self, context: Context, request: RevokeRequest) -> RevokeReply:
        """End a key at once. To revoke it again changes nothing."""
        ...

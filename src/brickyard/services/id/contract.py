"""What the `id` service promises."""

from typing import Literal

from brickyard.contract import Context, Example, Reply, Request, Service, endpoint

Kind = Literal["uuid", "ulid", "ksuid", "xid", "nanoid", "shortid", "snowflake", "bigflake"]


class GenerateRequest(Request):
    """Which kind of id."""

    type: Kind | Literal[""] = "uuid"
    """The kind; `Types` lists them. `uuid` if empty."""


class GenerateReply(Reply):
    """An id."""

    id: str
    """The id, as text."""
    type: str
    """Its kind."""


class TypesRequest(Request):
    """Nothing to say."""


class TypesReply(Reply):
    """The kinds of ids."""

    types: list[str]
    """Their names, as `Generate` takes them."""


def _example(kind: Kind, shown: str) -> Example:
    return Example(
        request=GenerateRequest(type=kind), reply=GenerateReply(id=shown, type=kind), varying=("id",)
    )


class Id(Service):
    """Make unique ids: random ones, short ones, and ones that sort by time."""

    category = "web"
    title = "ID"

    @endpoint(
        price=0,
        browser=True,
        repeat="safe",
        examples=(
            _example("uuid", "e9c427d8-cef1-48bd-ab89-59a6df29673b"),
            _example("ulid", "01G81FHTX562P4HD0SD3SZM1PA"),
            _example("ksuid", "2BzSAIfCKDTb9lY6ZQ8vekYIVHT"),
            _example("xid", "cb8qgv24hjve3rmushhg"),
            _example("nanoid", "yznF-9wXo0URikYX10XMv"),
            _example("shortid", "Yivg2UeGg"),
            _example("snowflake", "1248956308049350656"),
            _example("bigflake", "29941839868462377496067580952577"),
        ),
    )
    async def generate(self, context: Context, request: GenerateRequest) -> GenerateReply:
        """Make an id.

        `uuid` (version 4), `nanoid` and most of `ksuid` are random; `ulid`, `ksuid`, `xid`, `snowflake`
        and `bigflake` sort by the time they were made; `shortid` is nine characters.
        """
        ...

    @endpoint(
        price=0,
        browser=True,
        repeat="safe",
        examples=(
            Example(
                request=TypesRequest(),
                reply=TypesReply(
                    types=["uuid", "ulid", "ksuid", "xid", "nanoid", "shortid", "snowflake", "bigflake"]
                ),
            ),
        ),
    )
    async def types(self, context: Context, request: TypesRequest) -> TypesReply:
        """List the kinds of ids that there are."""
        ...

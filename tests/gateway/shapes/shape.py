"""A service whose request has every type of field that can be validated, each with its bounds."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from brickyard.contract import Context, Int64, Reply, Request, Service, Struct, endpoint


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(Enum):
    LOW = 1
    HIGH = 2


class Inner(Struct):
    table: str
    sort: Literal["asc", "desc"] = "asc"


class Strict(Request):
    table: str = ""


class Circle(msgspec.Struct, tag="circle"):
    radius: float


class Square(msgspec.Struct, tag="square"):
    side: float


class Row(msgspec.Struct, array_like=True):
    first: int
    second: int


class ExactRow(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    first: int
    second: int = 0


class ShapeRequest(Request):
    integer: int | UnsetType = UNSET
    number: float | UnsetType = UNSET
    text: str | UnsetType = UNSET
    flag: bool | UnsetType = UNSET
    big: Int64 | UnsetType = UNSET
    nothing: UnsetType | None = UNSET
    maybe: int | str | UnsetType | None = UNSET
    items: list[int] | UnsetType = UNSET
    either: list[int] | str | UnsetType = UNSET
    counts: dict[str, int] | UnsetType = UNSET
    named: dict[str, list[Inner]] | UnsetType = UNSET
    closed: dict[str, Strict] | UnsetType = UNSET
    numbered: dict[int, int] | UnsetType = UNSET
    inner: Inner | UnsetType = UNSET
    inners: list[Inner] | UnsetType = UNSET
    low: Annotated[int, Meta(ge=2)] | UnsetType = UNSET
    high: Annotated[int, Meta(le=2)] | UnsetType = UNSET
    even: Annotated[int, Meta(multiple_of=2)] | UnsetType = UNSET
    least: Annotated[float, Meta(ge=2)] | UnsetType = UNSET
    above: Annotated[float, Meta(gt=2)] | UnsetType = UNSET
    most: Annotated[float, Meta(le=2.5)] | UnsetType = UNSET
    below: Annotated[float, Meta(lt=2)] | UnsetType = UNSET
    halves: Annotated[float, Meta(multiple_of=0.5)] | UnsetType = UNSET
    short: Annotated[str, Meta(max_length=2)] | UnsetType = UNSET
    filled: Annotated[str, Meta(min_length=1)] | UnsetType = UNSET
    said: Annotated[str, Meta(pattern=r"\S")] | UnsetType = UNSET
    digits: Annotated[str, Meta(pattern=r"^'\d+$")] | UnsetType = UNSET
    some: Annotated[list[int], Meta(min_length=1)] | UnsetType = UNSET
    few: Annotated[list[int], Meta(max_length=2)] | UnsetType = UNSET
    members: Annotated[dict[str, int], Meta(min_length=2)] | UnsetType = UNSET
    member: Annotated[dict[str, int], Meta(max_length=1)] | UnsetType = UNSET
    data: bytes | UnsetType = UNSET
    tiny: Annotated[bytes, Meta(max_length=1)] | UnsetType = UNSET
    pair: tuple[int, int] | UnsetType = UNSET
    row: Row | UnsetType = UNSET
    exact: ExactRow | UnsetType = UNSET
    colour: Colour | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    choice: Literal["a", "b"] | UnsetType = UNSET
    figure: Circle | Square | UnsetType = UNSET
    uuid: UUID | UnsetType = UNSET
    decimal: Decimal | UnsetType = UNSET
    moment: datetime | UnsetType = UNSET
    zoned: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET
    local: Annotated[datetime, Meta(tz=False)] | UnsetType = UNSET
    day: date | UnsetType = UNSET
    hour: time | UnsetType = UNSET
    pause: timedelta | UnsetType = UNSET


class NeedsRequest(Request):
    table: str
    inners: list[Inner] = msgspec.field(default_factory=list)


class Done(Reply):
    done: bool = True


class Shape(Service):
    """Take every type of field."""

    @endpoint(price=0)
    async def take(self, context: Context, request: ShapeRequest) -> Done:
        """Take anything."""
        return Done()

    @endpoint(price=0)
    async def need(self, context: Context, request: NeedsRequest) -> Done:
        """Need a table."""
        return Done()

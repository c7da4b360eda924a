"""The `id` service: no two ids alike, whatever the clock does."""

import secrets
import string
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args

from brickyard.contract import Context
from brickyard.engines.clock import Clock
from brickyard.services.id.contract import (
    GenerateReply,
    GenerateRequest,
    Id,
    Kind,
    TypesReply,
    TypesRequest,
)
from brickyard.services.id.flakes import Flakes

NANOID_ALPHABET = string.ascii_letters + string.digits + "_-"
NANOID_LENGTH = 21

_flakes = Flakes()  # one for the process: its counters keep all projects' ids apart


@dataclass(frozen=True)
class EmbeddedId(Id):
    """Ids made here."""

    clock: Clock

    async def generate(self, context: Context, request: GenerateRequest) -> GenerateReply:
        """Make an id."""
        kind = request.type or "uuid"
        return GenerateReply(id=MAKERS[kind](self.clock.now_ns()), type=kind)

    async def types(self, context: Context, request: TypesRequest) -> TypesReply:
        """List the kinds."""
        return TypesReply(types=list(get_args(Kind)))


def _ulid(now_ns: int) -> str:
    from ulid import ULID

    return str(ULID.from_timestamp(now_ns / 1_000_000_000))


def _ksuid(now_ns: int) -> str:
    from ksuid import Ksuid

    return str(Ksuid(datetime=datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)))


def _nanoid(_now_ns: int) -> str:
    return "".join(secrets.choice(NANOID_ALPHABET) for _ in range(NANOID_LENGTH))


MAKERS: dict[str, Callable[[int], str]] = {
    "uuid": lambda _: str(uuid.uuid4()),
    "ulid": _ulid,
    "ksuid": _ksuid,
    "xid": _flakes.xid,
    "nanoid": _nanoid,
    "shortid": _flakes.shortid,
    "snowflake": _flakes.snowflake,
    "bigflake": _flakes.bigflake,
}

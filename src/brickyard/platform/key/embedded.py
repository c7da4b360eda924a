"""The `key` service, over the keyring."""

from dataclasses import dataclass
from datetime import UTC, datetime

from brickyard.contract import BadRequest, Context, Forbidden
from brickyard.contract.rfc3339 import whole_second_ns
from brickyard.contract.words import INT64_MAX
from brickyard.engines.clock import Clock
from brickyard.platform.access import Access, Right
from brickyard.platform.key.contract import (
    CreateReply,
    CreateRequest,
    Key,
    KeyInfo,
    ListReply,
    ListRequest,
    RevokeReply,
    RevokeRequest,
)
from brickyard.platform.key.keyring import KeyRecord, Keyring
from brickyard.platform.key.schema import MIGRATIONS
from brickyard.platform.key.scope import grants, well_formed
from brickyard.platform.key.scope_names import ScopeNames

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class EmbeddedKey(Key):
    """Keys of the calling project, or of one that the caller is a member of."""

    migrations = MIGRATIONS

    keyring: Keyring
    access: Access
    names: ScopeNames
    clock: Clock

    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Make a key that can do no more than the one that asks for it."""
        project = await self.access.project(context, request.project, Right.DEVELOP)
        for scope in request.scopes:
            if not well_formed(scope):  # the schema's `$` lets a line break through
                raise BadRequest.at("/scopes", f"{scope!r} is no scope, such as * or db or db/Read.")
        self.names.check(request.scopes)
        for scope in request.scopes:
            if context.key_id and not grants(context.scopes, scope, control_plane=self.names.control_plane):
                raise Forbidden(f"The calling key does not hold the scope {scope!r}, so it cannot grant it.")
        expires_ns = self._moment(request.expires_at)
        token, record = await self.keyring.create(
            project, request.description, request.scopes, expires_ns, environment=request.environment
        )
        return CreateReply(key=token, info=_info(record))

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the project's keys."""
        project = await self.access.project(context, request.project, Right.SEE)
        return ListReply(keys=[_info(record) for record in await self.keyring.keys(project)])

    async def revoke(self, context: Context, request: RevokeRequest) -> RevokeReply:
        """End a key."""
        project = await self.access.project(context, request.project, Right.DEVELOP)
        await self.keyring.revoke(project, request.id)
        return RevokeReply()

    def _moment(self, text: str | None) -> int | None:
        if text is None:
            return None
        try:
            expires_ns = whole_second_ns(text)  # rounded up: a key never ends before it was said to
        except ValueError as error:
            raise BadRequest.at(
                "/expires_at", f"{text!r} is no RFC 3339 time like 2027-01-31T12:00:00Z."
            ) from error
        if expires_ns <= self.clock.now_ns():
            raise BadRequest.at("/expires_at", f"{text!r} has passed already.")
        if expires_ns > INT64_MAX:
            raise BadRequest.at(
                "/expires_at", f"{text!r} is too far away: leave it out for a key without end."
            )
        return expires_ns


def _info(record: KeyRecord) -> KeyInfo:
    return KeyInfo(
        id=record.id,
        description=record.description,
        hint=record.hint,
        environment=record.environment,
        scopes=list(record.scopes),
        created_at=_timestamp(record.created_ns),
        expires_at=None if record.expires_ns is None else _timestamp(record.expires_ns),
        revoked_at=None if record.revoked_ns is None else _timestamp(record.revoked_ns),
    )


def _timestamp(moment_ns: int) -> str:
    moment = datetime.fromtimestamp(moment_ns / NANOSECONDS, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")

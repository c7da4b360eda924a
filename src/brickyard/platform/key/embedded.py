"""The `key` service, over the keyring."""

from dataclasses import dataclass

from msgspec.structs import replace

from brickyard.contract import Context, Forbidden
from brickyard.engines.clock import Clock
from brickyard.platform.access import Access, Right
from brickyard.platform.billing.ceilings import Ceilings
from brickyard.platform.key.contract import (
    CreateReply,
    CreateRequest,
    GetReply,
    GetRequest,
    Key,
    KeyInfo,
    ListReply,
    ListRequest,
    RevokeReply,
    RevokeRequest,
    RotateReply,
    RotateRequest,
    UpdateReply,
    UpdateRequest,
)
from brickyard.platform.key.granting import Granting
from brickyard.platform.key.keyring import Keyring
from brickyard.platform.key.record import KeyRecord, KeySettings
from brickyard.platform.key.revision import check_origins, revised
from brickyard.platform.key.schema import MIGRATIONS
from brickyard.platform.key.scope_names import ScopeNames
from brickyard.platform.moment import SECOND_NS, timestamp, timestamp_or_none

HOUR_NS = 3600 * SECOND_NS


@dataclass(frozen=True)
class EmbeddedKey(Key):
    """Keys of the calling project, or of one that the caller is a member of."""

    migrations = MIGRATIONS

    keyring: Keyring
    access: Access
    names: ScopeNames
    ceilings: Ceilings
    clock: Clock

    async def create(self, context: Context, request: CreateRequest) -> CreateReply:
        """Make a key that can do no more than the one that asks for it."""
        project, granting = await self._developer(context, request.project)
        plain = KeySettings(
            kind=request.kind, environment=request.environment, scopes=request.scopes, role=granting.role
        )
        settings = revised(plain, request, self.clock.now_ns())
        granting.check(settings)
        check_origins(settings)
        lineage = await self._lineage(project, granting)

        def answer(token: str, record: KeyRecord) -> CreateReply:
            return CreateReply(key=token, info=_info(record))

        return await self.keyring.make(context, project, settings, answer, lineage)

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the project's keys."""
        project = await self.access.project(context, request.project, Right.SEE)
        return ListReply(keys=[_info(record) for record in await self.keyring.keys(project)])

    async def get(self, context: Context, request: GetRequest) -> GetReply:
        """Give a key."""
        project = await self.access.project(context, request.project, Right.SEE)
        return GetReply(info=_info(await self.keyring.key(project, request.id)))

    async def update(self, context: Context, request: UpdateRequest) -> UpdateReply:
        """Change a key that the caller could have made, into another that it could make."""
        project, granting = await self._developer(context, request.project)
        now_ns = self.clock.now_ns()

        def revise(record: KeyRecord) -> KeySettings:
            granting.check(record.settings)
            settings = revised(record.settings, request, now_ns)
            if request.scopes is not None:
                settings = replace(settings, role=granting.role)
            granting.check(settings)
            check_origins(settings)
            return settings

        return UpdateReply(info=_info(await self.keyring.change(context, project, request.id, revise)))

    async def rotate(self, context: Context, request: RotateRequest) -> RotateReply:
        """Replace a key that the caller could have made."""
        project, granting = await self._developer(context, request.project)
        ends_ns = self.clock.now_ns() + request.overlap_hours * HOUR_NS
        return await self.keyring.rotate(
            context,
            project,
            request.id,
            ends_ns,
            lambda record: granting.check(record.settings),
            lambda token, new, old: RotateReply(key=token, info=_info(new), old=_info(old)),
        )

    async def revoke(self, context: Context, request: RevokeRequest) -> RevokeReply:
        """End a key."""
        project = await self.access.project(context, request.project, Right.DEVELOP)
        if context.environment == "test":
            record = await self.keyring.key(project, request.id)
            if record.settings.environment != "test":
                raise Forbidden("A test key revokes test keys only.")
        await self.keyring.revoke(context, project, request.id)
        return RevokeReply()

    async def _developer(self, context: Context, named: str) -> tuple[str, Granting]:
        project, role = await self.access.standing(context, named, Right.DEVELOP)
        calling = await self.keyring.key(project, context.key_id) if context.key_id else None
        return project, await Granting.of(self.access, self.names, context, role, calling)

    async def _lineage(self, project: str, granting: Granting) -> str:
        """Say under whose spending a new key's is counted: its maker's, if that is a key that is bounded.

        Else a key could make others that spend, each of them, all that it may itself.
        """
        maker = granting.calling
        if maker is None:
            return ""
        bounded = maker.settings.monthly_budget is not None
        return maker.lineage if bounded or await self.ceilings.has(project, maker.lineage) else ""


def _info(record: KeyRecord) -> KeyInfo:
    settings = record.settings
    return KeyInfo(
        id=record.id,
        lineage=record.lineage,
        kind=settings.kind,
        description=settings.description,
        hint=record.hint,
        environment=settings.environment,
        scopes=list(settings.scopes),
        origins=list(settings.origins),
        role=settings.role,
        rate_limit_per_s=settings.rate_limit_per_s,
        monthly_budget=None if settings.monthly_budget is None else str(settings.monthly_budget),
        created_at=timestamp(record.created_ns),
        expires_at=timestamp_or_none(settings.expires_ns),
        revoked_at=timestamp_or_none(record.revoked_ns),
        last_used_at=timestamp_or_none(record.last_used_ns),
    )

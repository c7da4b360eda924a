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
from brickyard.platform.key.record import Descent, KeyRecord, KeySettings
from brickyard.platform.key.revision import check_origins, revised
from brickyard.platform.key.schema import MIGRATIONS
from brickyard.platform.key.scope_names import ScopeNames
from brickyard.platform.moment import SECOND_NS, timestamp, timestamp_or_none

HOUR_NS = 3600 * SECOND_NS
MAKERS_MAX = 4
"""How many keys a key is made by, one by the other, whose rate limits bind it: a call looks at each."""


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
        descent = await self._descent(project, granting)
        if descent.rate_within:
            await self._check_depth(project, granting)

        def answer(token: str, record: KeyRecord) -> CreateReply:
            return CreateReply(key=token, info=_info(record))

        return await self.keyring.make(context, project, settings, answer, descent)

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List the project's keys, a page of them."""
        project = await self.access.project(context, request.project, Right.SEE)
        found = await self.keyring.page(project, request.cursor, request.limit + 1)
        shown = found[: request.limit]
        return ListReply(
            keys=[_info(record) for record in shown],
            next_cursor=shown[-1].id if len(found) > len(shown) else "",
        )

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
        """Replace a key that the caller could have made, and what it may spend and call with it."""
        project, granting = await self._developer(context, request.project)
        ends_ns = self.clock.now_ns() + request.overlap_hours * HOUR_NS
        own = await self._descent(project, granting)

        def check(record: KeyRecord) -> None:
            granting.check(record.settings)
            _check_shared(own, record.descent)

        return await self.keyring.rotate(
            context,
            project,
            request.id,
            ends_ns,
            check,
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

    async def _descent(self, project: str, granting: Granting) -> Descent:
        """Say with whom a new key is counted: with its maker, in what that is bounded in.

        Else a key could make others, each of which spends, or calls, all that it may itself.
        """
        maker = granting.calling
        if maker is None:
            return Descent()
        return Descent(
            lineage=maker.descent.lineage if await self._spending_is_bounded(project, maker) else "",
            rate_within=maker.descent.rate_bucket if await self._rate_is_bounded(project, maker) else "",
        )

    async def _spending_is_bounded(self, project: str, maker: KeyRecord) -> bool:
        bounded = maker.settings.monthly_budget is not None
        return bounded or await self.ceilings.has(project, maker.descent.lineage)

    async def _rate_is_bounded(self, project: str, maker: KeyRecord) -> bool:
        """Say whether a maker's calls a second are bounded, if only by its own maker's."""
        bounded = maker.settings.rate_limit_per_s is not None
        return bounded or bool(await self.keyring.makers(project, maker.descent))

    async def _check_depth(self, project: str, granting: Granting) -> None:
        """Raise `Forbidden` if a maker is within the rate limits of as many others as may be."""
        maker = granting.calling
        if maker is not None and len(await self.keyring.makers(project, maker.descent)) >= MAKERS_MAX:
            raise Forbidden(
                f"The calling key is within the rate limits of {MAKERS_MAX} others, one made by the other,"
                " and makes no more: let one of those make the key, or ask signed in."
            )


def _check_shared(own: Descent, theirs: Descent) -> None:
    """Raise `Forbidden` if a bounded key would get what another may spend or call, beside what it may itself.

    `own` says with whom a key that it makes is counted.
    """
    same_spending = not own.lineage or own.lineage == theirs.lineage
    same_calls = not own.rate_within or own.rate_within in {theirs.rate_bucket, theirs.rate_within}
    if not (same_spending and same_calls):
        raise Forbidden(
            "The calling key is bounded in what it spends or calls, so it rotates itself and the keys that it"
            " made: another's has bounds of its own. Rotate it signed in."
        )


def _info(record: KeyRecord) -> KeyInfo:
    settings = record.settings
    return KeyInfo(
        id=record.id,
        lineage=record.descent.lineage,
        kind=settings.kind,
        description=settings.description,
        hint=record.hint,
        environment=settings.environment,
        scopes=list(settings.scopes),
        origins=list(settings.origins),
        role=settings.role,
        rate_limit_per_s=settings.rate_limit_per_s,
        rate_within=record.descent.rate_within or None,
        monthly_budget=None if settings.monthly_budget is None else str(settings.monthly_budget),
        created_at=timestamp(record.created_ns),
        expires_at=timestamp_or_none(settings.expires_ns),
        revoked_at=timestamp_or_none(record.revoked_ns),
        last_used_at=timestamp_or_none(record.last_used_ns),
    )

"""The `provider` service, over the store of settings and the broker where providers are asked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from brickyard.contract import BadRequest, Context, Forbidden, NotFound
from brickyard.engines.egress.allowed import Allowed, AllowedToTenants
from brickyard.platform.access import Access, Right
from brickyard.platform.caller import TEST, tenant_of
from brickyard.platform.key.scope import covers
from brickyard.platform.provider import contract as c
from brickyard.platform.provider.schema import EXPORTS, MIGRATIONS
from brickyard.platform.provider.showing import info
from brickyard.platform.provider.store import CLOUD, Place, ProviderStore
from brickyard.providers.budget import within
from brickyard.providers.choice import Candidate, Circumstances, candidate_of, choose
from brickyard.providers.credentials import Unfit, explain, read
from brickyard.providers.failure import Failure
from brickyard.providers.folder import Aggregation, Aggregations, Provider
from brickyard.providers.market import Broker

CHECK_LIMIT_S = 10.0
CREDENTIALS_MAX_BYTES = 16 * 1024


@dataclass(frozen=True)
class EmbeddedProvider(c.Provider):
    """Settings of the calling project, or of the whole cloud for its operators."""

    migrations = MIGRATIONS
    exports = EXPORTS

    store: ProviderStore
    access: Access
    broker: Broker
    found: Aggregations
    allowed: Allowed
    allowed_to_tenants: AllowedToTenants

    async def list(self, context: Context, request: c.ListRequest) -> c.ListReply:
        """List providers."""
        project = await self.access.project(context, request.project, Right.SEE)
        tenant = tenant_of(context, project, request.environment)
        services = (
            [self._service(request.service)] if request.service else list(self.found.by_service.values())
        )
        shown: list[c.ProviderInfo] = []
        for each in services:
            shown += await self._shown(each, tenant)
        return c.ListReply(providers=shown)

    async def set(self, context: Context, request: c.SetRequest) -> c.SetReply:
        """Keep credentials."""
        provider = self._provider(request.service, request.provider)
        place = await self._place(context, request)
        if provider.is_keyless:
            raise BadRequest.at("/provider", f"{provider.name} takes no credentials.")
        if len(msgspec.json.encode(request.credentials)) > CREDENTIALS_MAX_BYTES:
            raise BadRequest.at("/credentials", f"Credentials are at most {CREDENTIALS_MAX_BYTES} bytes.")
        try:
            read(provider.credentials, request.credentials).check(
                self.allowed if request.cloud else self.allowed_to_tenants
            )
        except msgspec.ValidationError as error:
            field, sentence = explain(error)
            detail = f"{sentence} `provider/List` says which credentials {provider.name} takes."
            raise BadRequest.at(f"/credentials/{field}" if field else "/credentials", detail) from error
        except Unfit as error:
            raise BadRequest.at(f"/credentials/{error.field}", str(error)) from error
        await self.store.set(context, place, provider.name, request.credentials)
        return c.SetReply()

    async def remove(self, context: Context, request: c.RemoveRequest) -> c.RemoveReply:
        """Forget credentials."""
        provider = self._provider(request.service, request.provider)
        if not await self.store.remove(context, await self._place(context, request), provider.name):
            raise NotFound(f"No credentials are set for {provider.service}/{provider.name} there.")
        return c.RemoveReply()

    async def choose(self, context: Context, request: c.ChooseRequest) -> c.ChooseReply:
        """Keep whom to ask."""
        for name in request.order:
            self._provider(request.service, name)
        self._service(request.service)
        if len({*request.order}) < len(request.order):
            raise BadRequest.at("/order", "Name each provider once.")
        place = await self._place(context, request)
        await self.store.choose(context, place, tuple(request.order), hedge=request.hedge)
        return c.ChooseReply()

    async def check(self, context: Context, request: c.CheckRequest) -> c.CheckReply:
        """Try a provider."""
        project = await self.access.project(context, request.project, Right.DEVELOP)
        tenant = tenant_of(context, project, request.environment)
        provider = self._provider(request.service, request.provider)
        if not provider.is_remote and not hasattr(provider.kind, "check"):
            return c.CheckReply(ok=True, detail="It is part of this cloud, and needs nothing.", took_ms=0.0)
        candidate = candidate_of(provider, await self.store.read(tenant, provider.service))
        if candidate is None:
            return c.CheckReply(ok=False, detail="It needs credentials, and none are set.", took_ms=0.0)
        started = time.perf_counter()
        detail, ok = await self._tried(candidate, tenant)
        return c.CheckReply(ok=ok, detail=detail, took_ms=round((time.perf_counter() - started) * 1000, 1))

    async def _tried(self, candidate: Candidate, tenant: str) -> tuple[str, bool]:
        line = self.broker.line(candidate, tenant)
        try:
            with within(CHECK_LIMIT_S):
                await line.provider.check()
        except Failure as failure:
            return str(failure), False
        except (msgspec.MsgspecError, LookupError, ValueError, TypeError, ArithmeticError):
            return "garbage: It answered what cannot be read.", False
        if candidate.own:  # whether the cloud's account is well is not for each project to say
            line.health.recovered()
        whose = "the project's own" if candidate.own else "the cloud's"
        return f"It answered, and took {whose} credentials." if candidate.credential else "It answered.", True

    async def _shown(self, aggregation: Aggregation, tenant: str) -> Sequence[c.ProviderInfo]:
        """Show a service's providers, those first that are asked first."""
        holdings = await self.store.read(tenant, aggregation.service)
        environment = "test" if tenant.endswith(TEST) else "live"
        circumstances = Circumstances(environment, self.broker.offline)
        order = {name: number for number, name in enumerate(holdings.order, start=1)}
        for task in aggregation.tasks:
            for candidate in choose(aggregation.providers, task, holdings, circumstances).candidates:
                order.setdefault(candidate.provider.name, len(order) + 1)
        shown = [
            info(each, candidate_of(each, holdings), order.get(each.name, 0), self.broker)
            for each in aggregation.providers
        ]
        return sorted(shown, key=lambda each: (each.asked == 0, each.asked, each.name))

    async def _place(
        self, context: Context, request: c.SetRequest | c.RemoveRequest | c.ChooseRequest
    ) -> Place:
        """Say whose settings are changed, if the caller may."""
        if request.cloud:
            await self._operator(context)
            return Place(CLOUD, request.service)
        project = await self.access.project(context, request.project, Right.DEVELOP)
        return Place(tenant_of(context, project, request.environment), request.service, project)

    async def _operator(self, context: Context) -> None:
        await self.access.operator(context)
        if context.key_id and not covers(context.scopes, "admin", "SetProvider", control_plane=True):
            raise Forbidden("What holds for the whole cloud is set with a key whose scopes name `admin`.")

    def _service(self, name: str) -> Aggregation:
        by_service: Mapping[str, Aggregation] = self.found.by_service
        if name not in by_service:
            raise NotFound(f"No service {name!r} has providers. Those that have: {', '.join(by_service)}.")
        return by_service[name]

    def _provider(self, service: str, name: str) -> Provider:
        providers = {each.name: each for each in self._service(service).providers}
        if name not in providers:
            raise NotFound(f"{service} has no provider {name!r}. It has {', '.join(providers)}.")
        return providers[name]

"""All markets of a cloud, put together: the providers found, and what makes one for a project."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, get_type_hints

import msgspec

from brickyard.contract import BadRequest, Forbidden, NotFound, Unavailable
from brickyard.providers.choice import Candidate, candidate_of
from brickyard.providers.credentials import Credentials, read, secrets_of
from brickyard.providers.failure import Failure
from brickyard.providers.folder import Aggregation, Aggregations, Provider
from brickyard.providers.heard import Heard, HookPlace
from brickyard.providers.http import Bearings, Http
from brickyard.providers.market import LATER, Broker, Market
from brickyard.providers.mirrors import Mirrors
from brickyard.providers.transport import Transport
from brickyard.providers.vault import Vault

Sockets = Mapping[type, Callable[[str], Any]]
"""For each type of field, what makes one for a project."""


class Surroundings(msgspec.Struct, frozen=True):
    """What an operator says of the world outside."""

    mirrors: Mirrors = Mirrors()
    offline: bool = False
    """Whether nobody outside is asked."""
    public_url: str = ""
    """Where this cloud is reached from outside; empty if it is not."""


class Marketplace:
    """Makes markets, and the providers that do their work."""

    def __init__(
        self,
        found: Aggregations,
        vault: Vault,
        transport: Transport,
        circumstances: Surroundings,
        sockets: Callable[[], Sockets],
    ) -> None:
        """Ask by `transport` with what `vault` keeps; what providers need besides is made by `sockets`."""
        self.found, self.transport = found, transport
        self._circumstances, self._sockets = circumstances, sockets
        self.broker = Broker(vault, self._made, offline=circumstances.offline)

    def sockets(self) -> dict[Any, Callable[[str], Any]]:
        """Give what makes the market of each port for a project."""
        return {Market[each.port]: self._market_of(each) for each in self.found}  # type: ignore[name-defined]  # by value

    def can_be_told(self, place: HookPlace) -> bool:
        """Say whether there is such a provider, and whether it tells anything."""
        provider = self._provider(place)
        return provider is not None and hasattr(provider.kind, "events")

    async def hear(self, place: HookPlace, heard: Heard) -> Sequence[Any]:
        """Give what a provider tells; `Forbidden` if it is not its word, `BadRequest` if it is not read.

        `Unavailable` if that cannot be known now: who tells it will do so again.
        """
        provider = self._provider(place)
        holdings = await self.broker.vault.holdings(place.tenant, place.service)
        candidate = None if provider is None else candidate_of(provider, holdings)
        if candidate is None:
            raise NotFound(f"{place.service}/{place.provider} is not set up there.")
        try:
            # It is not kept ready: anybody may name any project here.
            return await self._made(candidate, place.tenant).events(heard)
        except Failure as failure:
            if failure.kind == "auth":
                raise Forbidden("It does not bear the signature of who it is said to be from.") from failure
            if failure.kind in LATER:  # it had to ask its provider, who did not answer
                raise Unavailable(failure.detail) from failure
            raise BadRequest(failure.detail) from failure
        except (msgspec.MsgspecError, LookupError, ValueError) as error:
            raise BadRequest("It cannot be read.") from error

    def _provider(self, place: HookPlace) -> Provider | None:
        aggregation = self.found.by_service.get(place.service)
        named = () if aggregation is None else aggregation.providers
        return next((each for each in named if each.name == place.provider), None)

    def _market_of(self, aggregation: Aggregation) -> Callable[[str], Market[Any]]:
        return lambda tenant: Market(aggregation, self.broker, tenant)

    def _made(self, candidate: Candidate, tenant: str) -> Any:
        """Make a provider for a project, under the credentials it is asked with."""
        provider, sockets = candidate.provider, self._sockets()
        credentials = read(provider.credentials, candidate.credential.values if candidate.credential else {})
        hints = get_type_hints(provider.kind)
        made: dict[str, Any] = {}
        for field in fields(provider.kind):
            if not field.init:
                continue
            if field.name == "credentials":
                made["credentials"] = credentials
            elif field.name == "own":
                made["own"] = candidate.own
            elif field.name == "http":
                made["http"] = self._http(candidate, credentials, tenant)
            else:
                made[field.name] = sockets[hints[field.name]](tenant)
        return provider.kind(**made)

    def _http(self, candidate: Candidate, credentials: Credentials, tenant: str) -> Http:
        provider = candidate.provider
        place = HookPlace(provider.service, provider.name, tenant)
        public_url = self._circumstances.public_url.rstrip("/")
        hook_url = f"{public_url}{place.path}" if public_url and self.can_be_told(place) else ""
        bearings = Bearings(
            mirrors=self._circumstances.mirrors,
            own_url=getattr(credentials, "url", ""),
            of_project=candidate.own,
            hook_url=hook_url,
        )
        return Http(self.transport, provider.about, provider.kind.refusal, bearings, secrets_of(credentials))

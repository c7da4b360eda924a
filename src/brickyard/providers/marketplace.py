"""All markets of a cloud, put together: providers found, their transport, and what makes one for a project."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from brickyard.providers.choice import Candidate
from brickyard.providers.credentials import Credentials, read, secrets_of
from brickyard.providers.folder import Aggregation, Aggregations
from brickyard.providers.http import Http
from brickyard.providers.market import Broker, Market
from brickyard.providers.mirrors import Mirrors
from brickyard.providers.transport import Transport
from brickyard.providers.vault import Vault

Sockets = Mapping[type, Callable[[str], Any]]
"""For each type of field, what makes one for a project."""


class Marketplace:
    """Makes markets, and the providers that do their work."""

    def __init__(
        self,
        found: Aggregations,
        vault: Vault,
        transport: Transport,
        mirrors: Mirrors,
        sockets: Callable[[], Sockets],
    ) -> None:
        """Ask by `transport` with what `vault` keeps; what providers need besides is made by `sockets`."""
        self.found, self.transport = found, transport
        self._mirrors, self._sockets = mirrors, sockets
        self.broker = Broker(vault, self._made)

    def sockets(self) -> dict[Any, Callable[[str], Any]]:
        """Give what makes the market of each port for a project."""
        return {Market[each.port]: self._market_of(each) for each in self.found}  # type: ignore[name-defined]  # by value

    def _market_of(self, aggregation: Aggregation) -> Callable[[str], Market[Any]]:
        return lambda tenant: Market(aggregation, self.broker, tenant)

    def _made(self, candidate: Candidate, tenant: str) -> Any:
        """Make a provider for a project, under the credentials it is asked with."""
        provider, sockets = candidate.provider, self._sockets()
        values = candidate.credential.values if candidate.credential else {}
        credentials = read(provider.credentials, values)
        hints = get_type_hints(provider.kind)
        made: dict[str, Any] = {}
        for field in fields(provider.kind):
            if field.name == "credentials":
                made["credentials"] = credentials
            elif field.name == "http":
                made["http"] = self._http(candidate, credentials)
            else:
                made[field.name] = sockets[hints[field.name]](tenant)
        return provider.kind(**made)

    def _http(self, candidate: Candidate, credentials: Credentials) -> Http:
        provider = candidate.provider
        own_url = getattr(credentials, "url", "")
        return Http(
            self.transport,
            provider.about,
            provider.kind.refusal,
            secrets_of(credentials),
            self._mirrors,
            own_url,
        )

"""What all gateways know of providers: which a project wants asked, by whose credentials, and when."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Credential(msgspec.Struct, frozen=True):
    """Credentials for one provider, opened."""

    id: str
    """Another one each time they are set."""
    values: Mapping[str, Any]
    """By the names of the provider's fields."""

    def __repr__(self) -> str:
        return f"Credential({self.id!r})"


class Holdings(msgspec.Struct, frozen=True):
    """What a project has set for one service, and what the cloud has."""

    order: tuple[str, ...] = ()
    """Which providers are asked, in this order; empty to have it decided."""
    hedge: bool = False
    """Whether a second provider is asked when the first is slower than it usually is."""
    own: Mapping[str, Credential] = {}
    """The project's own credentials, by provider."""
    platform: Mapping[str, Credential] = {}
    """Those of the cloud, for everyone."""


class Vault(Protocol):
    """Keeps credentials and choices, and turns with providers that take so many requests a second."""

    async def holdings(self, tenant: str, service: str) -> Holdings:
        """Give what holds for a project in an environment; it may be some seconds old."""
        ...

    async def turn(self, line: str, apart_s: float, patience_s: float) -> float | None:
        """Take a turn with a provider that takes a request each `apart_s`; gives how many seconds to wait.

        `line` names it, and by whose credentials it is asked. It gives None, and takes no turn, if the next
        one is further off than `patience_s`.
        """
        ...

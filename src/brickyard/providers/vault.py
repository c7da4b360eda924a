"""What is known of a project's providers: which it wants asked, and by whose credentials."""

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
    """Keeps credentials and choices."""

    async def holdings(self, tenant: str, service: str) -> Holdings:
        """Give what holds for a project in an environment; it may be some seconds old."""
        ...

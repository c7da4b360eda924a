"""What a provider tells of its own accord: a request to `/hooks/{service}/{provider}/{project}`.

An adapter that can be told of something has a method `events(heard)`: it checks that the request is its
provider's (a `Failure` of the kind `auth` if it is not) and gives what happened, as structs of its port's
module. The service's class has a method `heard(events)` that takes them; the same may be told more than once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

HOOKS = "/hooks/"


class Heard(msgspec.Struct, frozen=True):
    """A request that came."""

    url: str
    """The whole URL that it was sent to, with its query, as its sender knows it."""
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


class HookPlace(msgspec.Struct, frozen=True):
    """Whose provider tells something."""

    service: str
    provider: str
    tenant: str
    """The project in an environment, as its data is kept."""

    @property
    def path(self) -> str:
        """Where it tells it."""
        return f"{HOOKS}{self.service}/{self.provider}/{self.tenant}"

    @classmethod
    def of(cls, path: str) -> "HookPlace | None":
        """Read `/hooks/{service}/{provider}/{project}`; None if it is no such path."""
        parts = path.removeprefix(HOOKS).split("/") if path.startswith(HOOKS) else []
        return cls(*parts) if len(parts) == len(cls.__struct_fields__) and all(parts) else None


class Listener(Protocol):
    """A service that is told what its providers tell."""

    async def heard(self, provider: str, events: Sequence[Any]) -> None:
        """Take in what happened; each may come more than once, and in any order."""
        ...

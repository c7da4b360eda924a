"""Features that the operator switches on, for all projects or for some first."""

from collections.abc import Sequence
from typing import Protocol


class Features(Protocol):
    """What is switched on for one project. It takes next to no time to ask, and is never long out of date."""

    async def is_on(self, name: str) -> bool:
        """Say whether a feature is on; one that was never set is off."""
        ...

    async def on(self) -> Sequence[str]:
        """Give the names of the features that are on, in alphabetical order."""
        ...

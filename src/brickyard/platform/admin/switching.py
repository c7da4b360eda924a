"""What operators ask and tell about features, services and endpoints that they switch on and off."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp
from brickyard.platform.admin.people import Id

FlagName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
What = Annotated[str, Meta(min_length=1, max_length=130)]
Projects = Annotated[tuple[Id, ...], Meta(max_length=1000)]


class FlagInfo(Struct):
    """Something that can be switched on."""

    name: str
    """Its name in code."""
    description: str
    """What it switches on."""
    everywhere: bool
    """Whether it is on for all projects."""
    projects: list[str]
    """The ids of the projects for which it is on otherwise."""


class SetFeatureFlagRequest(Request):
    """A flag to switch."""

    name: FlagName
    """Its name in code."""
    everywhere: bool = False
    """Whether it is to be on for all projects."""
    projects: Projects = ()
    """The ids of the projects for which it is to be on otherwise."""
    description: Annotated[str, Meta(max_length=200)] = ""
    """What it switches on."""


class SetFeatureFlagReply(Reply):
    """Nothing to tell."""


class ListFeatureFlagsRequest(Request):
    """Nothing to say."""


class ListFeatureFlagsReply(Reply):
    """All flags that were ever set."""

    flags: list[FlagInfo]
    """By name."""


class SwitchOffRequest(Request):
    """What to switch off, and for whom."""

    what: What
    """A service (`email`), or an endpoint (`email/Send`)."""
    reason: Annotated[str, Meta(max_length=500)] = ""
    """Why. Whoever is refused for it is told."""
    projects: Projects = ()
    """The ids of the projects whose keys it is to be off for; empty for all callers. For all others it is on
    then, though it was off before."""


class SwitchOffReply(Reply):
    """Nothing to tell."""


class SwitchOnRequest(Request):
    """What to switch on again."""

    what: What
    """A service or an endpoint, as it was switched off: a service does not switch on its endpoints that are
    off by themselves."""


class SwitchOnReply(Reply):
    """Nothing to tell."""


class SwitchInfo(Struct):
    """Something that is switched off."""

    what: str
    """A service or an endpoint."""
    reason: str
    """What whoever is refused for it is told."""
    everywhere: bool
    """Whether it is off for all."""
    projects: list[str]
    """The ids of the projects for which it is off otherwise."""
    changed_at: Timestamp
    """When it was switched off, or was last switched off otherwise."""


class ListSwitchedOffRequest(Request):
    """Nothing to say."""


class ListSwitchedOffReply(Reply):
    """All that is switched off."""

    switches: list[SwitchInfo]
    """By name."""

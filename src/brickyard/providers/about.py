"""What is to be known of a provider before it is asked, as data: the catalog and the docs are made of it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

Place = Literal["equal", "last", "alone"]
"""Where a provider stands among those that could be asked, if nobody has chosen: among `equal`s; `last`, for
what it gives is less; or `alone`, when there is no other, for what it does is another thing (to keep a letter
is not to deliver it)."""


class Freshness(msgspec.Struct, frozen=True):
    """How long what a provider gave may be given again."""

    fresh_s: float
    """For so long it is given without asking again."""
    stale_s: float = 0.0
    """For so long after that it is given if nobody answers."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """A provider, as its adapter declares it."""

    title: str
    """Its name as people write it."""
    docs: str
    """Where its API is described: a URL. Empty for what is no API."""
    source: str
    """Where what it gives comes from."""
    licence: str
    """On which terms: of its data, or of its use."""
    vintage: str = "live"
    """How old its data is: `live`, or how that can be known."""
    hosts: tuple[str, ...] = ()
    """Where requests may go (`https://api.example.com`): nowhere else."""
    place: Place = "equal"
    freshness: Mapping[str, Freshness] = {}
    """By task; without one nothing is kept."""
    per_s: float | None = None
    """Requests a second that it wants at most; None if it does not say."""
    limits: str = ""
    """What it cannot do of what its tasks ask, in a sentence or two."""

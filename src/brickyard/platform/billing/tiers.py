"""Tiers: what an account may do a month and a second, whatever it has paid."""

from typing import Annotated

import msgspec
from msgspec import Meta

from brickyard.contract.words import INT64_MAX

OWNER = "owner"
"""Who runs the cloud: nothing costs, nothing is limited, nothing is written down."""
DEFAULT_TIER = "free"

Count = Annotated[int, Meta(ge=0, le=INT64_MAX)]
Rate = Annotated[int, Meta(ge=1, le=999_999_999_999_999)]
"""As large as headers can tell (RFC 9651). None at all is no rate: to let nobody in, block or switch off."""


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What accounts of one tier may do."""

    monthly_free_calls: Count | None = None
    """How many calls of free endpoints a month; None for any number."""
    requests_per_second: Rate | None = None
    """How many calls a second; None for any number."""
    large_bytes_per_second: Rate | None = None
    """How many bytes a second of requests that are larger than 64 KiB; None for any number."""
    stored_records: Count | None = None
    """How many records, entries and events a project keeps; None for any number."""
    stored_bytes: Count | None = None
    """How many bytes these take; None for any number."""

    def over(self, below: "Tier") -> "Tier":
        """Give it with what `below` has where this says nothing."""
        own = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        return msgspec.structs.replace(below, **own)

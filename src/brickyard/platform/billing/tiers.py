"""Tiers: what an account may do a month and a second, whatever it has paid."""

import msgspec

OWNER = "owner"
"""Who runs the cloud: nothing costs, nothing is limited, nothing is written down."""
DEFAULT_TIER = "free"


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What accounts of one tier may do."""

    monthly_free_calls: int | None = None
    """How many calls of free endpoints a month; None for any number."""
    requests_per_second: int | None = None
    """How many calls a second; None for any number."""
    large_bytes_per_second: int | None = None
    """How many bytes a second of requests that are larger than 64 KiB; None for any number."""
    stored_records: int | None = None
    """How many records, entries and events a project keeps; None for any number."""
    stored_bytes: int | None = None
    """How many bytes these take; None for any number."""

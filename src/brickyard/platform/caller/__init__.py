"""Who makes a call: the bearer of a key or of a session, or nobody in particular."""

import msgspec

from brickyard.contract import Context, Forbidden, Money

TEST = "~test"
"""What the name of a project's test data ends in: it is kept apart like another project's."""

EPOCH = "callers"
"""Another one begins whenever a key or a session is ended, blocked or given other settings."""


Rate = tuple[str, int]
"""Whose bucket it is that a call is taken from, and how many a second."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a caller by what was shown."""

    project: str = ""
    """Whose data the call works on; empty for all but keys."""
    environment: str = "live"
    """`live` or `test`: each has data of its own."""
    key_id: str = ""
    lineage: str = ""
    """Under which key's id its spending is counted: see `key/record.py`."""
    account: str = ""
    """Who is signed in; empty for all but sessions."""
    session: str = ""
    scopes: tuple[str, ...] = ()
    role: str = "viewer"
    """What a key may do in the control plane, where its scopes let it. A session has a role by project."""
    origins: frozenset[bytes] | None = None
    """From which pages a publishable key may call; None for all others, who may from anywhere."""
    expires_ns: int | None = None
    """When it ends, in nanoseconds since 1970; None for never."""
    rate_limit_per_s: int | None = None
    """How many calls a second a key may make; None for as many as its project."""
    rate_bucket: str = ""
    """Under which key's id these are counted: its own, or that of the first whose place it took."""
    rates_within: tuple[Rate, ...] = ()
    """What binds it besides: the rates of the keys that it was made by, one by the other, the next first."""
    monthly_budget: Money | None = None
    """How much a key may spend in a calendar month (UTC); None for as much as its project."""

    tenant: str = ""
    """What the data of the call's project is kept under, in its environment: set from these."""

    def __post_init__(self) -> None:
        """Put the tenant's name together once: each call asks for it."""
        tenant = self.project + TEST if self.environment == "test" else self.project
        msgspec.structs.force_setattr(self, "tenant", tenant)

    def may_call_from(self, origin: bytes | None) -> bool:
        """Say whether a page of `origin` may make the call; None for a call that names none."""
        return self.origins is None or origin in self.origins


NOBODY = Caller()
"""Who calls what is open to all."""


def tenant_of(context: Context, project: str, environment: str) -> str:
    """Say what a project's data is kept under in an environment; in that of the calling key if it is empty.

    `Forbidden` to a test key that asks for what is live.
    """
    environment = environment or context.environment
    if context.environment == "test" and environment != "test":
        raise Forbidden("A test key sees and changes what belongs to test keys only.")
    return project + TEST if environment == "test" else project


__all__ = ["EPOCH", "NOBODY", "TEST", "Caller", "tenant_of"]

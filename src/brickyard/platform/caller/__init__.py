"""Who makes a call: the bearer of a key or of a session, or nobody in particular."""

import msgspec

TEST = "~test"
"""What the name of a project's test data ends in: it is kept apart like another project's."""

EPOCH = "callers"
"""Another one begins whenever a key or a session is ended."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a caller by what was shown."""

    project: str = ""
    """Whose data the call works on; empty for all but keys."""
    environment: str = "live"
    """`live` or `test`: each has data of its own."""
    key_id: str = ""
    account: str = ""
    """Who is signed in; empty for all but sessions."""
    session: str = ""
    scopes: tuple[str, ...] = ()
    expires_ns: int | None = None
    """When it ends, in nanoseconds since 1970; None for never."""

    @property
    def tenant(self) -> str:
        """What the data of the call's project is kept under, in its environment."""
        return self.project + TEST if self.environment == "test" else self.project


NOBODY = Caller()
"""Who calls what is open to all."""

__all__ = ["EPOCH", "NOBODY", "TEST", "Caller"]

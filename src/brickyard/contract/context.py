"""What an endpoint may know of the call that it answers, apart from the request."""

import msgspec


class Served:
    """How a call was served, as far as somebody else did the work: who answers it notes it here."""

    __slots__ = ("age_s", "cost", "own", "provider", "units")

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.provider = ""
        """Who did the work."""
        self.age_s: float | None = None
        """How old the answer is, in seconds, if it was had before this call; None if for this call."""
        self.own = False
        """Whether the project's own credentials were used: then the call costs less."""
        self.cost: int | None = None
        """What the call costs, in nano-dollars, if it is metered by size: at most the endpoint's price."""
        self.units: int | None = None
        """How many units of its size were done, if the price is that of one; None for all that were asked."""


class Context(msgspec.Struct, frozen=True, gc=False):
    """One call: who makes it, and under which names it is logged and traced."""

    request_id: str
    """Unique to this call: `req_` and a ULID."""
    project: str
    """Whose data the call works on; empty for a call by a session, or by nobody."""
    key_id: str
    """Which of the project's keys made it; empty as above."""
    scopes: tuple[str, ...]
    """What that key may call."""
    trace_id: str
    """The W3C trace id (32 hex digits) the caller sent; empty if none."""
    account: str = ""
    """Who is signed in, for a call by a session; empty otherwise."""
    session: str = ""
    """Which of the account's sessions it is; empty otherwise."""
    address: str = ""
    """The network address that the call came from."""
    agent: str = ""
    """What the client calls itself (User-Agent), for calls of the control plane; empty otherwise."""
    role: str = "viewer"
    """What the key may do in the control plane: a role that its maker had."""
    environment: str = "live"
    """`live` or `test`: which of the project's data the key works on."""
    endpoint: str = ""
    """What was called: `db.create`."""
    once: str = ""
    """The same for a call and all its repeats under one `Idempotency-Key`; empty for a call without one. What
    acts outside notes it first: then a repeat, after a crash, does not act again."""
    served: Served | None = None
    """Where to note who did the work; None where nobody asks."""

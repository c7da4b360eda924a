"""What is kept of every call. The line is written to the log too, without the detail: never a body there."""

import msgspec


class CallRecord(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One call that has ended."""

    time: float
    """When it ended, in seconds since 1970-01-01 UTC."""
    level: str
    """`info`, or `error` where it was our fault."""
    event: str
    """`call`."""
    call: str
    """The endpoint's id: `db.create`."""
    status: int
    duration_ms: float
    request_id: str
    bytes_in: int = 0
    """Size of the request's body."""
    bytes_out: int = 0
    """Size of what was answered, before it was packed."""
    project: str = ""
    """Whose call it was, and in which environment; empty for those by sessions and by nobody."""
    key: str = ""
    """The id of the key that made it."""
    cost: int = 0
    """What it cost, in nano-dollars."""
    provider: str = ""
    """Who did the work, where there is a choice."""
    trace_id: str = ""
    replay_of: str = ""
    """The request id of the earlier call whose reply it was given again, at no cost; empty if it was done."""
    problem: str = ""
    """Of a call that failed, the kind of its problem: `payment-required`."""
    detail: str = ""
    """What its caller was told, secrets masked."""

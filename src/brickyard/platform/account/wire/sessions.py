"""The places where one is signed in."""

from typing import Annotated

from msgspec import Meta

from brickyard.contract import Reply, Request, Struct, Timestamp


class SessionInfo(Struct):
    """A session, without its token."""

    id: str
    """Its name for `EndSession`; not a secret."""
    address: str
    """The network address it was begun from."""
    agent: str
    """What the client called itself then."""
    created_at: Timestamp
    """When it was begun."""
    expires_at: Timestamp
    """When it ends by itself."""
    used_at: Timestamp | None
    """When it last made a call, to the minute; null if that is less than a minute ago and its first."""
    current: bool
    """Whether it is the one that asks."""


class ListSessionsRequest(Request):
    """Nothing to say: it is about the account that asks."""


class ListSessionsReply(Reply):
    """The account's open sessions."""

    sessions: list[SessionInfo]
    """Oldest first."""


class EndSessionRequest(Request):
    """A session to end."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    """The session's `id`."""


class EndOtherSessionsRequest(Request):
    """Nothing to say: all sessions end but the one that asks."""


class LogoutRequest(Request):
    """Nothing to say: the session that asks ends."""


THIS_ONE = SessionInfo(
    id="ses_01jd3x7m9q8w5e4r2t6y1v0nza",
    address="192.0.2.7",
    agent="brickyard-python",
    created_at="2026-11-24T08:00:00Z",
    expires_at="2026-12-24T08:00:00Z",
    used_at="2026-11-24T08:00:00Z",
    current=True,
)

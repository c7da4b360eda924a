"""What the `outbox` service promises."""

from typing import Annotated, Literal

from msgspec import Meta

from brickyard.contract import (
    Context,
    Example,
    NotFound,
    Reply,
    Request,
    Service,
    Struct,
    Timestamp,
    endpoint,
)

LetterId = Annotated[str, Meta(max_length=64)]


class LetterInfo(Struct):
    """A letter, without its text."""

    id: str
    """The letter's name for `Read`; it stands in the letter's Message-ID too."""
    to: str
    """The address that it goes to."""
    sender: str
    """The address that it comes from."""
    subject: str
    """What it is about."""
    state: Literal["kept", "waiting", "sent", "failed"]
    """`kept`: no mail server was set, so it stays here. `waiting`: it will be tried (again). `sent`: the mail
    server has it. `failed`: it was given up."""
    attempts: int
    """How often it was tried."""
    note: str
    """Why the last attempt failed; empty if none did."""
    created_at: Timestamp
    """When it was written."""


WELCOME = LetterInfo(
    id="ltr_18d8f5a9c2b4e0007f3a9c21",
    to="ada@example.com",
    sender="brickyard@localhost",
    subject="Welcome",
    state="kept",
    attempts=0,
    note="",
    created_at="2026-11-24T08:00:00Z",
)
SOURCE = "From: Brickyard <brickyard@localhost>\r\nTo: ada@example.com\r\nSubject: Welcome\r\n…"


class ListRequest(Request):
    """Which letters."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    """How many at most."""
    before: LetterId = ""
    """The id of a letter: give only older ones. Empty for the newest."""


class ListReply(Reply):
    """Letters."""

    letters: list[LetterInfo]
    """Newest first."""


class ReadRequest(Request):
    """A letter to read."""

    id: Annotated[LetterId, Meta(min_length=1)]
    """Its `id` in the list."""


class ReadReply(Reply):
    """A letter."""

    letter: LetterInfo
    """What is known of it."""
    source: str
    """All of it, as it travels (RFC 5322). Once it was sent or given up, nothing but its headers: its text
    could hold a code, and is not kept any longer."""


class Outbox(Service):
    """See the letters that the cloud wrote, and what became of them.

    They are everyone's: only keys of the project that the cloud was started with can call this.
    """

    category = "operation"
    control_plane = True

    @endpoint(
        price=0,
        repeat="safe",
        examples=(Example(request=ListRequest(), reply=ListReply(letters=[WELCOME]), varying=("letters",)),),
    )
    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List letters, the newest first. The newest 10 000 are kept."""
        ...

    @endpoint(
        price=0,
        repeat="safe",
        errors=(NotFound,),
        examples=(
            Example(
                request=ReadRequest(id=WELCOME.id),
                reply=ReadReply(letter=WELCOME, source=SOURCE),
                varying=("letter", "source"),
            ),
        ),
    )
    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read a letter as it will be sent, or as it stays here; of one that is gone, the headers."""
        ...

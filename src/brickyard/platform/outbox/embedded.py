"""The `outbox` service, over the mail engine's outbox."""

from dataclasses import dataclass
from typing import Literal, cast

from brickyard.contract import Context, NotFound
from brickyard.engines.mail.outbox import Kept, MailOutbox
from brickyard.platform.moment import timestamp
from brickyard.platform.outbox.contract import (
    LetterInfo,
    ListReply,
    ListRequest,
    Outbox,
    ReadReply,
    ReadRequest,
)
from brickyard.platform.outbox.operator import Operator

State = Literal["kept", "waiting", "sent", "failed"]


@dataclass(frozen=True)
class EmbeddedOutbox(Outbox):
    """Everyone's letters, for the operator alone."""

    outbox: MailOutbox
    operator: Operator

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List letters."""
        await self.operator.check(context)
        found = await self.outbox.letters(request.before, request.limit)
        return ListReply(letters=[_info(each) for each in found])

    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read a letter."""
        await self.operator.check(context)
        found = await self.outbox.letter(request.id)
        if found is None:
            raise NotFound(f"There is no letter {request.id!r}. `outbox/List` shows those there are.")
        kept, source = found
        return ReadReply(letter=_info(kept), source=source.decode("ascii"))


def _info(kept: Kept) -> LetterInfo:
    return LetterInfo(
        id=kept.id,
        to=kept.recipient,
        sender=kept.sender,
        subject=kept.subject,
        state=cast("State", kept.state),
        attempts=kept.attempts,
        note=kept.note,
        created_at=timestamp(kept.created_ns),
    )

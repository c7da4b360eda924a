"""The `email` service: messages that are looked through, kept, and handed on once."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from brickyard.contract import Attempt, BadRequest, Context, NotFound, OutcomeUnknown, Problem
from brickyard.contract.rfc3339 import timestamp
from brickyard.engines.clock import NANOSECONDS, Clock
from brickyard.engines.mail import Attachment
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.sql import Row, Sql
from brickyard.providers import Market
from brickyard.services.email import addresses
from brickyard.services.email import contract as c
from brickyard.services.email.messages import MIGRATIONS, Message, Messages
from brickyard.services.email.outcomes import Outcomes
from brickyard.services.email.port import Letter, Post, Told

CUT_SHORT = Attempt(
    "email", "cut short", "an earlier attempt at this call ended before its outcome was known"
)


@dataclass(frozen=True)
class EmbeddedEmail(c.Email):
    """Mail, by whoever takes it on."""

    migrations = MIGRATIONS

    market: Market[Post]
    cloud: Mailbox
    sql: Sql
    clock: Clock

    async def send(self, context: Context, request: c.SendRequest) -> c.SendReply:
        """Send a message."""
        messages = self._messages()
        letter = self._letter(request)
        skipped = await messages.suppressed([addresses.folded(each.address) for each in letter.recipients])
        letter = _without(letter, skipped)
        message = Message(
            letter.id,
            context.once or letter.id,
            " ".join(each.address for each in letter.recipients),
            request.subject,
            _source(letter, self.cloud),
        )
        if not await messages.keep(message):
            raise OutcomeUnknown(CUT_SHORT)
        try:
            receipt = await self.market.by(context).send(letter)
        except OutcomeUnknown:
            raise  # so it is kept: `unknown`
        except Problem as problem:
            await messages.failed(letter.id, problem.detail)
            raise
        provider = "" if context.served is None else context.served.provider
        if context.served is not None and receipt.state == "kept":
            context.served.cost = 0
        reply = c.SendReply(id=letter.id, state=receipt.state, skipped=sorted(skipped))
        await messages.taken(letter.id, provider, receipt, _source(letter, receipt.sender), reply)
        return reply

    async def parse(self, context: Context, request: c.ParseRequest) -> c.ParseReply:
        """Take an address apart."""
        found = addresses.mailbox(request.address, "/address")
        return c.ParseReply(name=found.name, address=found.address)

    async def validate(self, context: Context, request: c.ValidateRequest) -> c.ValidateReply:
        """Say whether an address is one."""
        try:
            addresses.bare(request.address, "/address")
        except BadRequest:
            return c.ValidateReply(is_valid=False)
        return c.ValidateReply(is_valid=True)

    async def read(self, context: Context, request: c.ReadRequest) -> c.ReadReply:
        """Read a message."""
        found = await self._messages().read(request.id)
        if found is None:
            raise NotFound(f"There is no message {request.id!r}.")
        row, source = found
        outcomes = [
            c.OutcomeInfo(address=address, state=state, note=note, told_at=timestamp(told_ns))
            for address, state, note, told_ns in await self._outcomes().of(request.id)
        ]
        return c.ReadReply(message=_info(row), source=source.decode("utf-8", "replace"), outcomes=outcomes)

    async def list(self, context: Context, request: c.ListRequest) -> c.ListReply:
        """List messages."""
        rows = await self._messages().list(request.before, request.limit)
        return c.ListReply(messages=[_info(row) for row in rows])

    async def delete(self, context: Context, request: c.DeleteRequest) -> c.DeleteReply:
        """Keep a message no longer."""
        reply = c.DeleteReply()
        if not await self._messages().delete(request.id, reply):
            raise NotFound(f"There is no message {request.id!r}.")
        return reply

    async def suppress(self, context: Context, request: c.SuppressRequest) -> c.SuppressReply:
        """Send nothing to an address any more."""
        reply = c.SuppressReply(address=addresses.bare(request.address, "/address"))
        await self._messages().suppress(reply.address, request.reason, reply)
        return reply

    async def list_suppressions(
        self, context: Context, request: c.ListSuppressionsRequest
    ) -> c.ListSuppressionsReply:
        """List who gets nothing."""
        rows = await self._messages().suppressions(request.after.lower(), request.limit)
        return c.ListSuppressionsReply(
            suppressions=[
                c.SuppressionInfo(address=address, reason=reason, created_at=timestamp(created_ns))
                for address, reason, created_ns in rows
            ]
        )

    async def unsuppress(self, context: Context, request: c.UnsuppressRequest) -> c.UnsuppressReply:
        """Send to an address again."""
        reply, address = c.UnsuppressReply(), addresses.bare(request.address, "/address")
        if not await self._messages().unsuppress(address, reply):
            raise NotFound(f"{address} is not suppressed.")
        return reply

    async def heard(self, provider: str, events: Sequence[Told]) -> None:
        """Note what a provider tells of messages."""
        await self._outcomes().told(provider, events)

    def _messages(self) -> Messages:
        return Messages(self.sql, self.clock)

    def _outcomes(self) -> Outcomes:
        return Outcomes(self.sql, self.clock)

    def _letter(self, request: c.SendRequest) -> Letter:
        """Look a message through; `BadRequest` says what is wrong with it, and where."""
        if not (request.text_body.strip() or request.html_body.strip()):
            raise BadRequest.at("/text_body", "The message says nothing: give `text_body` or `html_body`.")
        to = addresses.mailboxes(request.to, "/to")
        if not to:
            raise BadRequest.at("/to", "Say whom it is for: an address, such as ada@example.com.")
        cc, bcc = addresses.mailboxes(request.cc, "/cc"), addresses.mailboxes(request.bcc, "/bcc")
        if len({addresses.folded(each.address) for each in (*to, *cc, *bcc)}) < len((*to, *cc, *bcc)):
            raise BadRequest.at("/to", "Somebody is named twice among its recipients.")
        if len((*to, *cc, *bcc)) > addresses.RECIPIENTS_MAX:
            raise BadRequest.at("/to", f"A message has {addresses.RECIPIENTS_MAX} recipients at most.")
        name, address = addresses.author(request.from_)
        return Letter(
            id=f"eml_{_new_id(self.clock)}",
            now_ns=self.clock.now_ns(),
            name=name,
            address=address,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=addresses.mailbox(request.reply_to, "/reply_to") if request.reply_to else None,
            subject=request.subject,
            text=request.text_body,
            html=request.html_body,
            attachments=tuple(_attachment(each, number) for number, each in enumerate(request.attachments)),
        )


def _attachment(given: c.AttachmentGiven, number: int) -> Attachment:
    try:
        content = b64decode(given.content, validate=True)
    except ValueError as error:
        raise BadRequest.at(f"/attachments/{number}/content", "The file is not written in base64.") from error
    return Attachment(given.name, given.media_type, content)


def _without(letter: Letter, skipped: set[str]) -> Letter:
    """Leave out those who are to get nothing; `BadRequest` if nobody is left."""
    from msgspec.structs import replace

    def left(mailboxes: Sequence[Mailbox]) -> tuple[Mailbox, ...]:
        return tuple(each for each in mailboxes if addresses.folded(each.address) not in skipped)

    found = replace(letter, to=left(letter.to), cc=left(letter.cc), bcc=left(letter.bcc))
    if not found.to:
        raise BadRequest.at(
            "/to", f"{', '.join(sorted(skipped))}: suppressed, so nothing is sent there (email/Unsuppress)."
        )
    return found


def _source(letter: Letter, sender: Mailbox) -> bytes:
    try:
        return letter.source(Mailbox(letter.name or sender.name, sender.address))
    except ValueError as error:
        raise BadRequest(f"The message cannot be written: {error}") from error


def _new_id(clock: Clock) -> str:
    from ulid import ULID

    return str(ULID.from_timestamp(clock.now_ns() / NANOSECONDS))


def _info(row: Row) -> c.MessageInfo:
    name, state, provider, provider_id, recipients, subject, note, created_ns = row
    return c.MessageInfo(
        id=name,
        state=state,
        provider=provider,
        provider_id=provider_id,
        recipients=recipients.split(),
        subject=subject,
        note=note,
        created_at=timestamp(created_ns),
    )

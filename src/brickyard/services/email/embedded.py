"""The `email` service: messages that are looked through, kept, and handed on once."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import asdict, replace

from brickyard.contract import Attempt, BadRequest, Context, NotFound, OutcomeUnknown, Problem
from brickyard.contract.rfc3339 import span_ns, timestamp
from brickyard.engines.clock import Clock
from brickyard.engines.mail import Attachment, Mail
from brickyard.engines.mail.limits import LetterLimits
from brickyard.engines.mail.mailbox import Mailbox
from brickyard.engines.sql import Row, Sql
from brickyard.engines.sql.timed_ids import new_id
from brickyard.providers import Market
from brickyard.services.email import addresses, headers, messages, recipients, senders, templates
from brickyard.services.email import contract as c
from brickyard.services.email.messages import Message, Messages, Wanted
from brickyard.services.email.outcomes import Outcomes
from brickyard.services.email.port import Letter, Post, Told
from brickyard.services.email.senders import Senders
from brickyard.services.email.templates import Templates, Texts
from brickyard.services.email.wire import senders as s
from brickyard.services.email.wire import templates as t

CUT_SHORT = Attempt(
    "email", "cut short", "an earlier attempt at this call ended before its outcome was known"
)


@dataclass(frozen=True)
class EmbeddedEmail(c.Email):
    """Mail, by whoever takes it on."""

    migrations = (
        *messages.MIGRATIONS,
        *templates.MIGRATIONS,
        *senders.MIGRATIONS,
        *recipients.MIGRATIONS,
    )
    kept = Messages
    exports = (*messages.EXPORTS, *templates.EXPORTS, *senders.EXPORTS)

    market: Market[Post]
    cloud: Mailbox
    mail: Mail
    limits: LetterLimits
    sql: Sql
    clock: Clock

    async def send(self, context: Context, request: c.SendRequest) -> c.SendReply:
        """Send a message."""
        kept = self._messages()
        letter = await self._proven(self._letter(request, await self._texts(request)))
        skipped = await kept.suppressed([addresses.folded(each.address) for each in letter.recipients])
        letter = _without(letter, skipped)
        message = Message(
            letter.id,
            context.once or letter.id,
            " ".join(each.address for each in letter.recipients),
            letter.subject,
            _source(letter, self.cloud),
        )
        if not await kept.keep(message):
            raise OutcomeUnknown(CUT_SHORT)
        try:
            receipt = await self.market.by(context).send(letter)
        except OutcomeUnknown:
            raise  # so it is kept: `unknown`
        except Problem as problem:
            await kept.failed(letter.id, problem.detail)
            raise
        provider = "" if context.served is None else context.served.provider
        if context.served is not None:
            taken = len(letter.recipients) - len(receipt.refused)
            context.served.units = 0 if receipt.state == "kept" else taken
        if receipt.refused:
            await self._outcomes().told(provider, receipt.refused)
        skipped |= {addresses.folded(each.address) for each in receipt.refused}
        reply = c.SendReply(id=letter.id, state=receipt.state, skipped=sorted(skipped))
        await kept.taken(letter.id, provider, receipt, _source(letter, receipt.sender), reply)
        return reply

    async def parse(self, context: Context, request: c.ParseRequest) -> c.ParseReply:
        """Take an address apart."""
        found = addresses.mailbox(request.address, "/address")
        return c.ParseReply(name=addresses.decoded(found.name, "/address"), address=found.address)

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
        rows = await self._messages().list(_wanted(request), request.before, request.limit)
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

    async def save_template(self, context: Context, request: t.SaveTemplateRequest) -> t.SaveTemplateReply:
        """Keep a template."""
        texts = Texts(request.subject, request.text_body, request.html_body)
        reply = t.SaveTemplateReply(variables=templates.check(texts))
        await self._templates().save(request.name, texts, reply)
        return reply

    async def read_template(self, context: Context, request: t.ReadTemplateRequest) -> t.ReadTemplateReply:
        """Read a template."""
        found = await self._templates().read(request.name)
        if found is None:
            raise _no_template(request.name)
        row, texts = found
        return t.ReadTemplateReply(
            template=_template(row), text_body=texts.text_body, html_body=texts.html_body
        )

    async def list_templates(self, context: Context, request: t.ListTemplatesRequest) -> t.ListTemplatesReply:
        """List templates."""
        rows = await self._templates().list(request.after, request.limit)
        return t.ListTemplatesReply(templates=[_template(row) for row in rows])

    async def delete_template(
        self, context: Context, request: t.DeleteTemplateRequest
    ) -> t.DeleteTemplateReply:
        """Keep a template no longer."""
        reply = t.DeleteTemplateReply()
        if not await self._templates().delete(request.name, reply):
            raise _no_template(request.name)
        return reply

    async def add_sender(self, context: Context, request: s.AddSenderRequest) -> s.AddSenderReply:
        """Send a code to an address."""
        address = addresses.bare(request.address, "/address")
        if await self._senders().is_verified(address):
            if context.served is not None:
                context.served.cost = 0
            return s.AddSenderReply(address=address, state="verified")
        reply = s.AddSenderReply(address=address, state="pending")
        await self._senders().add(new_id("code", self.clock), address, context.project, reply)
        return reply

    async def verify_sender(self, context: Context, request: s.VerifySenderRequest) -> s.VerifySenderReply:
        """Take the code that proves an address."""
        address = addresses.bare(request.address, "/address")
        row = await self._senders().read(address)
        if row is None:
            raise senders.unknown(address)
        reply = s.VerifySenderReply(address=address, state="verified")
        if _sender(row).state != "verified":
            await self._senders().verify(address, request.code.strip().lower(), reply)
        return reply

    async def list_senders(self, context: Context, request: s.ListSendersRequest) -> s.ListSendersReply:
        """List addresses."""
        rows = await self._senders().list(addresses.folded(request.after), request.limit)
        return s.ListSendersReply(senders=[_sender(row) for row in rows])

    async def delete_sender(self, context: Context, request: s.DeleteSenderRequest) -> s.DeleteSenderReply:
        """Forget an address."""
        reply = s.DeleteSenderReply()
        await self._senders().delete(addresses.bare(request.address, "/address"), reply)
        return reply

    async def heard(self, provider: str, events: Sequence[Told]) -> None:
        """Note what a provider tells of messages."""
        await self._outcomes().told(provider, events)

    def _messages(self) -> Messages:
        return Messages(self.sql, self.clock)

    def _templates(self) -> Templates:
        return Templates(self.sql, self.clock)

    def _senders(self) -> Senders:
        return Senders(self.sql, self.clock, self.mail, self.limits)

    async def _proven(self, letter: Letter) -> Letter:
        """Note whether the address that a message is from was proven to be the project's."""
        if not letter.address:
            return letter
        return replace(letter, proven=await self._senders().is_verified(addresses.folded(letter.address)))

    async def _texts(self, request: c.SendRequest) -> Texts:
        """Give what a message says, by its template if it names one."""
        given = Texts(request.subject, request.text_body, request.html_body)
        if request.template is None:
            return _said(given, request)
        for name, text in asdict(given).items():
            if text:
                raise BadRequest.at(f"/{name}", f"The template has its own `{name}`: leave one of them out.")
        return await self._templates().rendered(request.template, request.variables)

    def _outcomes(self) -> Outcomes:
        return Outcomes(self.sql, self.clock)

    def _letter(self, request: c.SendRequest, texts: Texts) -> Letter:
        """Look a message through; `BadRequest` says what is wrong with it, and where."""
        to = addresses.mailboxes(request.to, "/to")
        if not to:
            raise BadRequest.at("/to", "Say whom it is for: an address, such as ada@example.com.")
        cc, bcc = addresses.mailboxes(request.cc, "/cc"), addresses.mailboxes(request.bcc, "/bcc")
        if len({addresses.folded(each.address) for each in (*to, *cc, *bcc)}) < len((*to, *cc, *bcc)):
            raise BadRequest.at("/to", "Somebody is named twice among its recipients.")
        if len((*to, *cc, *bcc)) > c.RECIPIENTS_MAX:
            raise BadRequest.at("/to", f"A message has {c.RECIPIENTS_MAX} recipients at most.")
        name, address = addresses.author(request.from_)
        return Letter(
            id=new_id(messages.PREFIX, self.clock),
            now_ns=self.clock.now_ns(),
            name=name,
            address=address,
            proven=False,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=addresses.mailbox(request.reply_to, "/reply_to") if request.reply_to else None,
            subject=texts.subject,
            text=texts.text_body,
            html=texts.html_body,
            attachments=tuple(_attachment(each, number) for number, each in enumerate(request.attachments)),
            headers=headers.checked(request.headers),
        )


def _said(texts: Texts, request: c.SendRequest) -> Texts:
    """Give what a message says without a template, if it says enough."""
    if request.variables:
        raise BadRequest.at("/variables", "Variables stand in a template: name one in `template`.")
    if not texts.subject:
        raise BadRequest.at("/subject", "Say what it is about: give `subject`, or a `template`.")
    if not (texts.text_body.strip() or texts.html_body.strip()):
        raise BadRequest.at("/text_body", "The message says nothing: give `text_body` or `html_body`.")
    return texts


def _attachment(given: c.AttachmentGiven, number: int) -> Attachment:
    try:
        content = b64decode(given.content, validate=True)
    except ValueError as error:
        raise BadRequest.at(f"/attachments/{number}/content", "The file is not written in base64.") from error
    return Attachment(given.name, given.media_type, content)


def _without(letter: Letter, skipped: set[str]) -> Letter:
    """Leave out those who are to get nothing; `BadRequest` if nobody is left."""

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


def _wanted(request: c.ListRequest) -> Wanted:
    since_ns, until_ns = span_ns(request.since, request.until)
    return Wanted(request.recipient.strip().lower(), request.state or "", since_ns, until_ns)


def _no_template(name: str) -> NotFound:
    return NotFound(templates.no_template(name))


def _template(row: Row) -> t.TemplateInfo:
    name, subject, created_ns, updated_ns = row
    return t.TemplateInfo(
        name=name, subject=subject, created_at=timestamp(created_ns), updated_at=timestamp(updated_ns)
    )


def _sender(row: Row) -> s.SenderInfo:
    address, created_ns, verified_ns = row
    return s.SenderInfo(
        address=address,
        state="pending" if verified_ns is None else "verified",
        created_at=timestamp(created_ns),
        verified_at=None if verified_ns is None else timestamp(verified_ns),
    )


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

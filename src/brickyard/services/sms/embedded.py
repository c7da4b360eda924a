"""The `sms` service: messages that are checked, priced, kept, and handed to a carrier once."""

from collections.abc import Sequence
from dataclasses import dataclass

from brickyard.contract import Attempt, BadRequest, Context, NotFound, OutcomeUnknown, Problem, Tariff
from brickyard.contract.rfc3339 import span_ns, timestamp
from brickyard.engines.clock import Clock
from brickyard.engines.sql import Row, Sql
from brickyard.engines.sql.timed_ids import new_id
from brickyard.providers import Market
from brickyard.services.sms.alphabet import size_of
from brickyard.services.sms.contract import (
    DeleteReply,
    DeleteRequest,
    ListReply,
    ListRequest,
    MessageInfo,
    ReadReply,
    ReadRequest,
    SendReply,
    SendRequest,
    Sms,
)
from brickyard.services.sms.messages import EXPORTS, MIGRATIONS, PREFIX, Message, Messages, Wanted
from brickyard.services.sms.port import Carrier, Text, Told

KEPT = "It was kept and not sent: no provider is set up."
SEND = "sms.send"
CUT_SHORT = Attempt("sms", "cut short", "an earlier attempt at this call ended before its outcome was known")


@dataclass(frozen=True)
class EmbeddedSms(Sms):
    """Messages, by whoever delivers them."""

    migrations = MIGRATIONS
    kept = Messages
    exports = EXPORTS

    market: Market[Carrier]
    tariff: Tariff
    sql: Sql
    clock: Clock

    async def send(self, context: Context, request: SendRequest) -> SendReply:
        """Send a message."""
        if not request.message.strip():
            raise BadRequest.at("/message", "The message says nothing.")
        if not request.message.isascii() and any("\ud800" <= each <= "\udfff" for each in request.message):
            raise BadRequest.at("/message", "There is half a character in it (a lone surrogate).")
        if any(
            (each < " " and each not in "\t\n\f\r") or "\x7f" <= each <= "\x9f" for each in request.message
        ):
            raise BadRequest.at(
                "/message", "There is a control character in it that is no line break or tab."
            )
        from brickyard.services.sms import number  # the numbering plans of the world take a moment to load

        to, country = number.recipient(request.to, request.country)
        sender = number.sender(request.from_, country)
        size = size_of(request.message)
        price = self.tariff.find(SEND, country)
        name = new_id(PREFIX, self.clock)
        message = Message(name, sender, to, request.message, size.segments, context.once or name)
        messages = self._messages()
        if not await messages.keep(message):
            raise OutcomeUnknown(CUT_SHORT)
        carrier = self.market.by(context)
        ask = Text(
            id=message.id, to=to, sender=sender, body=request.message, country=country, sold=price is not None
        )
        try:
            receipt = await carrier.send(ask)
        except OutcomeUnknown:
            raise  # so it is kept: `unknown`
        except Problem as problem:
            await messages.failed(message.id, problem.detail)
            raise
        provider = "" if context.served is None else context.served.provider
        if context.served is not None:
            each = self.tariff.of(SEND) if price is None else price
            context.served.cost = 0 if receipt.state == "kept" else size.segments * each
        reply = SendReply(
            status="ok",
            info=KEPT if receipt.state == "kept" else "",
            id=message.id,
            state=receipt.state,
            segments=size.segments,
            encoding=size.encoding,
        )
        await messages.taken(message.id, provider, receipt, reply)
        return reply

    async def read(self, context: Context, request: ReadRequest) -> ReadReply:
        """Read a message."""
        row = await self._messages().read(request.id)
        if row is None:
            raise NotFound(f"There is no message {request.id!r}.")
        return ReadReply(sms=_info(row))

    async def list(self, context: Context, request: ListRequest) -> ListReply:
        """List messages."""
        wanted = Wanted(
            request.recipient.strip(), request.state or "", *span_ns(request.since, request.until)
        )
        rows = await self._messages().list(wanted, request.before, request.limit)
        return ListReply(messages=[_info(row) for row in rows])

    async def delete(self, context: Context, request: DeleteRequest) -> DeleteReply:
        """Keep a message no longer."""
        reply = DeleteReply()
        if not await self._messages().delete(request.id, reply):
            raise NotFound(f"There is no message {request.id!r}.")
        return reply

    async def heard(self, provider: str, events: Sequence[Told]) -> None:
        """Note what a provider tells of messages."""
        await self._messages().told(provider, events)

    def _messages(self) -> Messages:
        return Messages(self.sql, self.clock)


def _info(row: Row) -> MessageInfo:
    id_, sender, recipient, body, segments, state, note, provider, created_ns, updated_ns = row
    return MessageInfo(
        id=id_,
        from_=sender,
        to=recipient,
        message=body,
        state=state,
        note=note,
        provider=provider,
        segments=segments,
        created_at=timestamp(created_ns),
        updated_at=timestamp(updated_ns),
    )

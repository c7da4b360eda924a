"""Anthropic: Claude."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Received, Secret, by_status
from brickyard.providers.events import data_of
from brickyard.providers.failure import Kind
from brickyard.services.ai.allowance import counted, size_of, stream_max_bytes
from brickyard.services.ai.contract import Usage
from brickyard.services.ai.port import ChatAsk, Ended, Models, Piece, Said

URL = "https://api.anthropic.com/v1"
VERSION = "2026-10-21"
KINDS: dict[str, Kind] = {
    "billing_error": "quota",
    "overloaded_error": "down",
    "not_found_error": "unsupported",
}
ENDED: dict[str | None, Ended] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refused",
}


class AnthropicCredentials(Credentials):
    """An account at Anthropic."""

    api_key: Secret
    """A key (`sk-ant-…`), from the console's page of API keys."""
    default_model: str = "claude-haiku-5-5"
    """Which model answers if a call names none."""


class Block(msgspec.Struct):
    """A part of an answer: text, or something else."""

    type: str = ""
    text: str = ""
    stop_reason: str | None = None


class Counts(msgspec.Struct):
    """How large a call was, so far."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Message(msgspec.Struct):
    """An answer."""

    content: list[Block] = []
    model: str = ""
    stop_reason: str | None = None
    usage: Counts = msgspec.field(default_factory=Counts)


class Event(msgspec.Struct):
    """Something that happened to an answer."""

    type: str
    message: Message = msgspec.field(default_factory=Message)
    delta: Block = msgspec.field(default_factory=Block)
    usage: Counts = msgspec.field(default_factory=Counts)
    error: dict[str, Any] = {}


@dataclass(frozen=True)
class Anthropic(Adapter, Models):
    """Models of Anthropic's."""

    about = About(
        title="Anthropic",
        docs="https://platform.claude.com/docs/en/api/messages",
        source="Anthropic's models",
        licence="Anthropic's terms of service",
        hosts=("https://api.anthropic.com",),
        limits="It neither draws nor moderates nor makes embeddings; it takes no temperature, and does not go"
        " on from the beginning of an answer.",
    )

    credentials: AnthropicCredentials
    own: bool

    async def chat(self, ask: ChatAsk) -> Said:
        """Go on with a conversation; see the port."""
        body = self._asked(ask)
        message = (await self.http.post(f"{URL}/messages", json=body, headers=self._headers)).read(Message)
        return _said(ask, body["model"], message, "".join(each.text for each in message.content))

    async def stream(self, ask: ChatAsk) -> AsyncIterator[Piece]:  # type: ignore[override]  # a generator is one
        """Do so piece by piece (https://platform.claude.com/docs/en/build-with-claude/streaming)."""
        body = self._asked(ask)
        request = msgspec.structs.replace(
            self.http.posting(f"{URL}/messages", json={**body, "stream": True}, headers=self._headers),
            reply_max_bytes=stream_max_bytes(body["max_tokens"]),
        )
        text, whole, ended = "", Message(), False
        async with self.http.stream(request) as stream:
            ask.opened(body["model"], self.own)
            async for data in data_of(stream.lines()):
                event = msgspec.json.decode(data, type=Event)
                match event.type:
                    case "message_start":
                        whole = event.message
                    case "content_block_delta" if event.delta.text:
                        text += event.delta.text
                        yield Piece(text=event.delta.text, asked=body["model"])
                    case "message_delta":
                        whole.stop_reason = event.delta.stop_reason
                        whole.usage.output_tokens = event.usage.output_tokens
                    case "message_stop":
                        ended = True
                    case "error":
                        raise Failure(
                            "down", f"It broke off: {event.error.get('message', 'it says not why')}"
                        )
                    case _:
                        pass
        if not ended:
            raise Failure("garbage", "The answer ended in the middle.")
        yield Piece(text="", asked=body["model"], said=_said(ask, body["model"], whole, text))

    async def check(self) -> None:
        """Ask which models there are."""
        await self.http.get(f"{URL}/models", headers=self._headers)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its type says more than the status."""
        failure = by_status(received, lambda received: received.read(dict[str, Any])["error"]["message"])
        if failure is not None:
            failure.kind = KINDS.get(_type(received), failure.kind)
        return failure

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-api-key": self.credentials.api_key, "anthropic-version": VERSION}

    def _asked(self, ask: ChatAsk) -> dict[str, Any]:
        model = ask.model or self.credentials.default_model
        if not model.startswith("claude"):
            raise Failure("unsupported", f"It has no model {model}.")
        if ask.temperature is not None:
            raise Failure("unsupported", "It takes no temperature.")
        if ask.turns[-1].role == "assistant":
            raise Failure("unsupported", "It does not go on from the beginning of an answer.")
        body: dict[str, Any] = {
            "model": model,
            "max_tokens": ask.allowance.output_tokens(model, ask.max_tokens, own=self.own),
            "messages": [{"role": each.role, "content": each.text} for each in ask.turns],
        }
        if ask.system:
            body["system"] = ask.system
        return body


def _said(ask: ChatAsk, asked: str, message: Message, text: str) -> Said:
    used = Usage(
        input_tokens=counted(message.usage.input_tokens, ask.size),
        output_tokens=counted(message.usage.output_tokens, size_of(text)),
    )
    ended = ENDED.get(message.stop_reason, "stop")
    return Said(text=text, model=message.model or asked, asked=asked, ended=ended, used=used)


def _type(received: Received) -> str:
    try:
        return str(received.read(dict[str, Any])["error"]["type"])
    except (msgspec.MsgspecError, LookupError, TypeError):
        return ""

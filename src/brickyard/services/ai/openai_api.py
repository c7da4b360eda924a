"""OpenAI's API, which many servers speak: what those who ask OpenAI and those who ask others share."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import msgspec

from brickyard.providers import Adapter, Failure, Received, by_status
from brickyard.providers.events import data_of
from brickyard.providers.failure import Kind
from brickyard.services.ai.allowance import counted, size_of, stream_max_bytes
from brickyard.services.ai.contract import Usage
from brickyard.services.ai.port import (
    PICTURES_MAX_BYTES,
    ChatAsk,
    DrawAsk,
    Drawn,
    EmbedAsk,
    Embedded,
    Ended,
    Models,
    ModerateAsk,
    Picture,
    Piece,
    Said,
    Verdict,
)
from brickyard.services.ai.vectors import directions

DONE = b"[DONE]"
KINDS: dict[str, Kind] = {
    "insufficient_quota": "quota",
    "billing_hard_limit_reached": "quota",
    "model_not_found": "unsupported",
    "invalid_api_key": "auth",
}
ENDED: dict[str | None, Ended] = {"stop": "stop", "length": "length", "content_filter": "refused"}


class Message(msgspec.Struct):
    """What a model says, whole or the next of it."""

    content: str | None = None
    refusal: str | None = None

    @property
    def text(self) -> str:
        """The words, be they an answer or why there is none."""
        return self.content or self.refusal or ""


class Choice(msgspec.Struct):
    """One answer."""

    message: Message = msgspec.field(default_factory=Message)
    delta: Message = msgspec.field(default_factory=Message)
    finish_reason: str | None = None


class Counts(msgspec.Struct):
    """How large a call was; servers that do not count leave it out."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Completion(msgspec.Struct):
    """An answer, or a part of one."""

    choices: list[Choice] = []
    model: str = ""
    usage: Counts | None = None
    error: dict[str, Any] | str | None = None
    """Why there is no more of it."""


class Embedding(msgspec.Struct):
    """Where a text is."""

    index: int
    embedding: list[float]


class Embeddings(msgspec.Struct):
    """Where texts are."""

    data: list[Embedding]
    usage: Counts | None = None


class Moderation(msgspec.Struct):
    """What there is against a text."""

    flagged: bool
    categories: dict[str, bool | None]
    category_scores: dict[str, float | None]


class Moderations(msgspec.Struct):
    """What there is against texts."""

    results: list[Moderation]


class Image(msgspec.Struct):
    """A picture."""

    url: str | None = None
    b64_json: str | None = None


class Images(msgspec.Struct):
    """Pictures."""

    data: list[Image]


@dataclass(frozen=True)
class OpenAiApi(Adapter, Models):
    """Models that are asked as OpenAI's are."""

    own: bool

    length_name: ClassVar[Literal["max_tokens", "max_completion_tokens"]] = "max_tokens"
    """How the greatest length of an answer is called."""
    thinking: ClassVar[tuple[str, ...]] = ()
    """How the names of models begin that think first, and take a temperature only if they do not."""

    @property
    def url(self) -> str:
        """Where the API is: `https://api.example.com/v1`."""
        raise NotImplementedError

    @property
    def headers(self) -> Mapping[str, str]:
        """What says who asks."""
        raise NotImplementedError

    def model_of(self, asked: str, task: Literal["chat", "embed", "draw"]) -> str:
        """Give the model to be asked for, if `asked` is empty a default; a `Failure` if it is not had."""
        raise NotImplementedError

    async def chat(self, ask: ChatAsk) -> Said:
        """Go on with a conversation; see the port."""
        model = self.model_of(ask.model, "chat")
        received = await self.http.post(
            f"{self.url}/chat/completions", json=self._asked(ask, model), headers=self.headers
        )
        found = received.read(Completion)
        choice = found.choices[0]
        return _said(ask, model, found, choice.message.text, choice.finish_reason)

    async def stream(self, ask: ChatAsk) -> AsyncIterator[Piece]:  # type: ignore[override]  # a generator is one
        """Do so piece by piece."""
        model = self.model_of(ask.model, "chat")
        body = self._asked(ask, model)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        request = msgspec.structs.replace(
            self.http.posting(f"{self.url}/chat/completions", json=body, headers=self.headers),
            reply_max_bytes=stream_max_bytes(body[self.length_name]),
        )
        text, reason = "", None
        whole = Completion(choices=[])
        async with self.http.stream(request) as stream, aclosing(_events(stream.lines())) as events:
            ask.opened(model, self.own)
            async for event in events:
                whole.model, whole.usage = event.model or whole.model, event.usage or whole.usage
                for choice in event.choices[:1]:
                    reason = choice.finish_reason or reason
                    if choice.delta.text:
                        text += choice.delta.text
                        yield Piece(text=choice.delta.text, asked=model)
        if reason is None:
            raise Failure("garbage", "The answer ended in the middle.")
        yield Piece(text="", asked=model, said=_said(ask, model, whole, text, reason))

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """Give the embeddings of texts."""
        model = self.model_of(ask.model, "embed")
        ask.allowance.check_input(model, own=self.own)
        body = {"model": model, "input": ask.texts, "encoding_format": "float"}
        received = await self.http.post(f"{self.url}/embeddings", json=body, headers=self.headers)
        found = received.read(Embeddings)
        vectors = {each.index: each.embedding for each in found.data}
        placed = [vectors[index] for index in range(len(vectors))]
        told = found.usage or Counts()
        tokens = counted(told.prompt_tokens, sum(map(size_of, ask.texts)))
        return Embedded(vectors=directions(placed, len(ask.texts)), model=model, input_tokens=tokens)

    async def moderate(self, ask: ModerateAsk) -> Verdict:
        """Judge a text."""
        received = await self.http.post(
            f"{self.url}/moderations", json={"input": ask.text}, headers=self.headers
        )
        (found,) = received.read(Moderations).results
        return Verdict(
            flagged=found.flagged,
            categories={name: bool(value) for name, value in found.categories.items()},
            scores={name: value or 0.0 for name, value in found.category_scores.items()},
        )

    async def draw(self, ask: DrawAsk) -> Drawn:
        """Draw pictures."""
        model = self.model_of(ask.model, "draw")
        ask.allowance.check_images(model, ask.count, own=self.own)
        how = {"quality": "low"} if model.startswith("gpt-image") else {"response_format": "b64_json"}
        size = f"{ask.width}x{ask.height}"
        body = {"model": model, "prompt": ask.text, "n": ask.count, "size": size, **how}
        request = self.http.posting(f"{self.url}/images/generations", json=body, headers=self.headers)
        received = await self.http.ask(msgspec.structs.replace(request, reply_max_bytes=PICTURES_MAX_BYTES))
        pictures = [
            Picture(url=each.url or "", base64=each.b64_json or "") for each in received.read(Images).data
        ]
        if not 1 <= len(pictures) <= ask.count or not all(map(_is_whole, pictures)):
            raise Failure("garbage", "It answered no pictures, or more than it was asked for.")
        return Drawn(pictures=pictures, model=model)

    async def check(self) -> None:
        """Ask which models there are."""
        await self.http.get(f"{self.url}/models", headers=self.headers)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: its code says more than the status."""
        failure = by_status(received, lambda received: str(_error(received)["message"]))
        if failure is not None:
            failure.kind = KINDS.get(_code(received), failure.kind)
            if failure.kind == "not found":  # a model or a way to ask that it does not have
                failure.kind = "unsupported"
        return failure

    def _asked(self, ask: ChatAsk, model: str) -> dict[str, Any]:
        allowed = ask.allowance.output_tokens(model, ask.max_tokens, own=self.own)
        messages = [{"role": each.role, "content": each.text} for each in ask.turns]
        if ask.system:
            messages.insert(0, {"role": "system", "content": ask.system})
        body: dict[str, Any] = {"model": model, "messages": messages, self.length_name: allowed}
        if ask.temperature is not None:
            body["temperature"] = ask.temperature
            if model.startswith(self.thinking):
                body["reasoning_effort"] = "none"
        return body


async def _events(lines: AsyncIterator[bytes]) -> AsyncGenerator[Completion]:
    async for data in data_of(lines):
        if data == DONE:
            return
        event = msgspec.json.decode(data, type=Completion)
        if event.error is not None:
            why = event.error.get("message") if isinstance(event.error, dict) else event.error
            raise Failure("down", f"It broke off: {why}")
        yield event


def _said(ask: ChatAsk, model: str, found: Completion, text: str, reason: str | None) -> Said:
    told = found.usage or Counts()
    used = Usage(
        input_tokens=counted(told.prompt_tokens, ask.size),
        output_tokens=counted(told.completion_tokens, size_of(text)),
    )
    return Said(
        text=text, model=found.model or model, asked=model, ended=ENDED.get(reason, "stop"), used=used
    )


def _is_whole(picture: Picture) -> bool:
    return bool(picture.base64) or picture.url.startswith(("https://", "http://"))


def _error(received: Received) -> dict[str, Any]:
    found = received.read(dict[str, Any])["error"]
    return msgspec.convert({"message": found} if isinstance(found, str) else found, dict[str, Any])


def _code(received: Received) -> str:
    try:
        return str(_error(received).get("code"))
    except (msgspec.MsgspecError, LookupError, TypeError):
        return ""

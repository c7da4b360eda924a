"""Google: Gemini, its embeddings and its pictures."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec

from brickyard.providers import About, Adapter, Credentials, Failure, Received, Secret, by_status
from brickyard.providers.events import data_of
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
    Picture,
    Piece,
    Said,
)
from brickyard.services.ai.vectors import directions

URL = "https://generativelanguage.googleapis.com/v1"
OURS = ("gemini", "gemma")
PICTURES_MAX = 4
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
PURPOSES = {"document": "RETRIEVAL_DOCUMENT", "query": "RETRIEVAL_QUERY"}
ENDED: dict[str | None, Ended] = {"STOP": "stop", "MAX_TOKENS": "length"}


class GoogleCredentials(Credentials):
    """An account at Google AI."""

    api_key: Secret
    """A key, from Google AI Studio."""
    default_model: str = "gemini-3.5-flash-lite"
    """Which model answers if a call names none."""


class Blob(msgspec.Struct, rename="camel"):
    """A picture, in base64."""

    data: str = ""


class Part(msgspec.Struct, rename="camel"):
    """A piece of what is said, or of what was thought before it."""

    text: str = ""
    thought: bool = False
    inline_data: Blob | None = None


class Content(msgspec.Struct):
    """What is said."""

    parts: list[Part] = []


class Candidate(msgspec.Struct, rename="camel"):
    """One answer."""

    content: Content = msgspec.field(default_factory=Content)
    finish_reason: str | None = None


class Feedback(msgspec.Struct, rename="camel"):
    """Why there is no answer."""

    block_reason: str | None = None


class Counts(msgspec.Struct, rename="camel"):
    """How large a call was, so far."""

    prompt_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0


class Generated(msgspec.Struct, rename="camel"):
    """An answer, or a part of one."""

    candidates: list[Candidate] = []
    prompt_feedback: Feedback | None = None
    usage_metadata: Counts | None = None
    model_version: str = ""

    @property
    def text(self) -> str:
        """The words of the first answer."""
        return "".join(
            part.text for each in self.candidates[:1] for part in each.content.parts if not part.thought
        )

    @property
    def ended(self) -> Ended | None:
        """Why it ended; None if it goes on."""
        if self.prompt_feedback is not None and self.prompt_feedback.block_reason:
            return "refused"
        reasons = [each.finish_reason for each in self.candidates[:1] if each.finish_reason]
        return ENDED.get(reasons[0], "refused") if reasons else None


class Vector(msgspec.Struct):
    """Where a text is."""

    values: list[float]


class Vectors(msgspec.Struct):
    """Where texts are."""

    embeddings: list[Vector]


@dataclass(frozen=True)
class Google(Adapter, Models):
    """Models of Google's."""

    about = About(
        title="Google Gemini",
        docs="https://ai.google.dev/api",
        source="Google's models",
        licence="the Gemini API's additional terms of service",
        hosts=("https://generativelanguage.googleapis.com",),
        limits="It does not moderate; its pictures have one of eight proportions.",
    )

    credentials: GoogleCredentials
    own: bool

    async def chat(self, ask: ChatAsk) -> Said:
        """Go on with a conversation; see the port."""
        model, body = self._asked(ask)
        received = await self._post(f"{model}:generateContent", body)
        found = received.read(Generated)
        if found.ended is None:
            raise Failure("garbage", "It answered nothing, and does not say why.")
        return _said(ask, model, found, found.text, found.ended)

    async def stream(self, ask: ChatAsk) -> AsyncIterator[Piece]:  # type: ignore[override]  # a generator is one
        """Do so piece by piece."""
        model, body = self._asked(ask)
        url = f"{URL}/models/{model}:streamGenerateContent?alt=sse"
        longest = stream_max_bytes(body["generationConfig"]["maxOutputTokens"])
        request = self.http.posting(url, json=body, headers=self._headers)
        request = msgspec.structs.replace(request, reply_max_bytes=longest)
        text, size, whole, ended = "", 0, Generated(), None
        async with self.http.stream(request) as stream:
            ask.opened(model, self.own)
            async for data in data_of(stream.lines()):
                found = msgspec.json.decode(data, type=Generated)
                whole.usage_metadata = found.usage_metadata or whole.usage_metadata
                whole.model_version = found.model_version or whole.model_version
                ended = found.ended or ended
                if found.text:
                    text += found.text
                    size += size_of(found.text)
                    used = _used(whole.usage_metadata, ask.size, size)
                    yield Piece(text=found.text, asked=model, used=used)
        if ended is None:
            raise Failure("garbage", "The answer ended in the middle.")
        yield Piece(text="", asked=model, said=_said(ask, model, whole, text, ended))

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """Give the embeddings of texts."""
        model = _ours(ask.model or "gemini-embedding-001")
        ask.allowance.check_input(model, own=self.own)
        requests = [
            {
                "model": f"models/{model}",
                "content": {"parts": [{"text": each}]},
                "taskType": PURPOSES[ask.purpose],
            }
            for each in ask.texts
        ]
        received = await self._post(f"{model}:batchEmbedContents", {"requests": requests})
        vectors = [each.values for each in received.read(Vectors).embeddings]
        vectors = directions(vectors, len(ask.texts))
        return Embedded(vectors=vectors, model=model, input_tokens=sum(map(size_of, ask.texts)))

    async def draw(self, ask: DrawAsk) -> Drawn:
        """Draw pictures."""
        model = _ours(ask.model or "gemini-3.1-flash-image")
        ask.allowance.check_images(model, ask.count, own=self.own)
        ratio = next((each for each in RATIOS if _is(each, ask)), None)
        if ratio is None or ask.count > PICTURES_MAX:
            raise Failure("unsupported", f"It draws {PICTURES_MAX} at once, of {', '.join(RATIOS)}.")
        body = {
            "contents": [{"role": "user", "parts": [{"text": ask.text}]}],
            "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio}},
        }
        drawn = await asyncio.gather(*[self._picture(model, body) for _ in range(ask.count)])
        return Drawn(pictures=drawn, model=model)

    async def check(self) -> None:
        """Ask which models there are."""
        await self.http.get(f"{URL}/models", headers=self._headers)

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Read a failure: a bad key is told as bad input."""
        failure = by_status(received, lambda received: received.read(dict[str, Any])["error"]["message"])
        if failure is not None and b"API_KEY_INVALID" in received.body:
            failure.kind = "auth"
        if failure is not None and failure.kind == "not found":  # a model that it does not have
            failure.kind = "unsupported"
        return failure

    @property
    def _headers(self) -> dict[str, str]:
        return {"x-goog-api-key": self.credentials.api_key}

    async def _post(self, where: str, body: dict[str, Any]) -> Received:
        return await self.http.post(f"{URL}/models/{where}", json=body, headers=self._headers)

    async def _picture(self, model: str, body: dict[str, Any]) -> Picture:
        url = f"{URL}/models/{model}:generateContent"
        request = self.http.posting(url, json=body, headers=self._headers)
        received = await self.http.ask(msgspec.structs.replace(request, reply_max_bytes=PICTURES_MAX_BYTES))
        for candidate in received.read(Generated).candidates[:1]:
            for part in candidate.content.parts:
                if part.inline_data is not None and not part.thought:
                    return Picture(url="", base64=part.inline_data.data)
        raise Failure("bad input", "It will not draw this.")

    def _asked(self, ask: ChatAsk) -> tuple[str, dict[str, Any]]:
        model = _ours(ask.model or self.credentials.default_model)
        settings: dict[str, Any] = {
            "maxOutputTokens": ask.allowance.output_tokens(model, ask.max_tokens, own=self.own)
        }
        if ask.temperature is not None:
            settings["temperature"] = ask.temperature
        body: dict[str, Any] = {
            "contents": [
                {"role": "user" if each.role == "user" else "model", "parts": [{"text": each.text}]}
                for each in ask.turns
            ],
            "generationConfig": settings,
        }
        if ask.system:
            body["systemInstruction"] = {"parts": [{"text": ask.system}]}
        return model, body


def _is(ratio: str, ask: DrawAsk) -> bool:
    x, y = map(int, ratio.split(":"))
    return ask.width * y == ask.height * x


def _ours(model: str) -> str:
    if not model.startswith(OURS) or "/" in model or ":" in model:
        raise Failure("unsupported", f"It has no model {model}.")
    return model


def _said(ask: ChatAsk, asked: str, found: Generated, text: str, ended: Ended) -> Said:
    used = _used(found.usage_metadata, ask.size, size_of(text))
    return Said(text=text, model=found.model_version or asked, asked=asked, ended=ended, used=used)


def _used(told: Counts | None, read: int, said: int) -> Usage:
    """Give how large a call is, as it is told, else as estimated: with what was thought before it spoke."""
    told = told or Counts()
    return Usage(
        input_tokens=counted(told.prompt_token_count, read),
        output_tokens=counted(told.candidates_token_count + told.thoughts_token_count, said),
    )

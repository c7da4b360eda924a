"""The `ai` service: prompts made of what is asked, costs of what is answered, by whoever runs models."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from brickyard.contract import BadRequest, Context, Tariff
from brickyard.providers import Market
from brickyard.services.ai.allowance import BYTES_A_TOKEN, Allowance, size_of
from brickyard.services.ai.contract import (
    Ai,
    ChatReply,
    ChatRequest,
    CompleteReply,
    CompleteRequest,
    EditReply,
    EditRequest,
    EmbedReply,
    EmbedRequest,
    GenerateReply,
    GenerateRequest,
    Image,
    ModerateReply,
    ModerateRequest,
    Spoken,
    StreamReply,
    StreamRequest,
    Usage,
)
from brickyard.services.ai.port import ChatAsk, DrawAsk, EmbedAsk, Models, ModerateAsk, Said, Turn

COMPLETE = "Go on from the text, or answer it if it is a question. Say nothing else."
EDIT = "Do to the text what the instruction says. Answer with the whole text as it is then, and nothing else."
CORRECT = "Correct its spelling and grammar."
M3O_MODEL = "gpt-3.5-turbo"
"""The model that M3O had, which is no more: whoever answers does it by their default."""
ANSWER_MAX_BYTES = 4 * 1024 * 1024
"""How long an answer in a stream may be, whoever says it: what is longer is cut off."""
IMAGES_MAX = 10
SIZE = (1024, 1024)
PIXELS_MAX = 2560 * 1440


@dataclass(frozen=True)
class EmbeddedAi(Ai):
    """Models, by whoever runs them."""

    market: Market[Models]
    tariff: Tariff

    async def chat(self, context: Context, request: ChatRequest) -> ChatReply:
        """Answer a prompt."""
        said = await self._said(context, self._conversation(context, request))
        return ChatReply(reply=said.text, model=said.model, ended=said.ended, usage=said.used)

    async def stream(self, context: Context, request: StreamRequest) -> AsyncIterator[StreamReply]:  # type: ignore[override]  # a generator is one
        """Answer a prompt word by word."""
        ask = self._conversation(context, request)
        read, words, written = ask.size, list[str](), 0

        def opened(model: str, own: bool) -> None:  # noqa: FBT001 - as the port has it
            if context.served is not None:
                context.served.own = own
                _pay(context, ask.allowance, model, Usage(input_tokens=read, output_tokens=0))

        ask = replace(ask, opened=opened)
        said, model, used = None, "", Usage(input_tokens=read, output_tokens=0)
        pieces: Any = self.market.by(context).stream(ask)
        async with aclosing(pieces):
            async for piece in pieces:
                words.append(piece.text)
                written += len(piece.text.encode())
                used = piece.used or Usage(input_tokens=read, output_tokens=-(-written // BYTES_A_TOKEN))
                said, model = piece.said, piece.asked
                _pay(context, ask.allowance, model, used if said is None else said.used)  # it may be the last
                if written > ANSWER_MAX_BYTES:
                    break
                if said is None:
                    yield StreamReply(words=[piece.text], partial=True, model=model, ended="", usage=None)
        yield _last(said or Said(text="".join(words), model=model, asked=model, ended="length", used=used))

    async def complete(self, context: Context, request: CompleteRequest) -> CompleteReply:
        """Go on from a text."""
        turns = [Turn(role="user", text=request.text)]
        said = await self._said(context, self._ask(context, turns, COMPLETE, request.model))
        return CompleteReply(text=said.text, model=said.model, usage=said.used)

    async def edit(self, context: Context, request: EditRequest) -> EditReply:
        """Edit a text."""
        instruction = request.instruction.strip() or CORRECT
        turns = [Turn(role="user", text=f"Instruction: {instruction}\n\nText:\n{request.text}")]
        said = await self._said(context, self._ask(context, turns, EDIT, request.model))
        return EditReply(text=said.text, model=said.model, usage=said.used)

    async def moderate(self, context: Context, request: ModerateRequest) -> ModerateReply:
        """Judge a text."""
        verdict = await self.market.by(context).moderate(ModerateAsk(text=request.text))
        if context.served is not None:
            context.served.cost = size_of(request.text) * self.tariff.of(context.endpoint, "input")
        return ModerateReply(flagged=verdict.flagged, categories=verdict.categories, scores=verdict.scores)

    async def generate(self, context: Context, request: GenerateRequest) -> GenerateReply:
        """Draw pictures."""
        width, height = map(int, request.size.split("x")) if request.size else SIZE
        if not 0 < width * height <= PIXELS_MAX:
            raise BadRequest.at("/size", "A picture has a width and a height, as `1024x1024`, to 2560x1440.")
        allowance = Allowance(self.tariff, context.endpoint)
        count = request.limit if 1 <= request.limit <= IMAGES_MAX else 1
        drawn = await self.market.by(context).draw(
            DrawAsk(
                text=request.text,
                count=count,
                width=width,
                height=height,
                model=request.model,
                allowance=allowance,
            )
        )
        if context.served is not None:
            own = context.served.own
            context.served.cost = allowance.cost_of_images(drawn.model, len(drawn.pictures), own=own)
        images = [Image(url=each.url, base64=each.base64) for each in drawn.pictures]
        return GenerateReply(images=images, model=drawn.model)

    async def embed(self, context: Context, request: EmbedRequest) -> EmbedReply:
        """Turn texts into embeddings."""
        texts = [request.text] if request.text else request.texts
        if not texts or (request.text and request.texts):
            raise BadRequest.at("/text", "Give one `text`, or several as `texts`.")
        allowance = self._allowance(context, texts)
        embedded = await self.market.by(context).embed(
            EmbedAsk(texts=texts, purpose=request.purpose, model=request.model, allowance=allowance)
        )
        used = Usage(input_tokens=embedded.input_tokens, output_tokens=0)
        _pay(context, allowance, embedded.model, used)
        return EmbedReply(
            embeddings=embedded.vectors,
            model=embedded.model,
            usage=used,
        )

    def _conversation(self, context: Context, request: Spoken) -> ChatAsk:
        """Read what is said as turns: instructions are none, and what is empty was not said."""
        system, turns = request.system, list[Turn]()
        for each in request.context:
            turns += [Turn(role="user", text=each.prompt)] if each.prompt else []
            turns += [Turn(role="assistant", text=each.reply)] if each.reply else []
        if request.role == "system" and turns:
            system = "\n\n".join(filter(None, (system, request.prompt)))
        else:
            role = "assistant" if request.role == "assistant" else "user"
            turns.append(Turn(role=role, text=request.prompt))
        ask = self._ask(context, turns, system, request.model)
        return replace(ask, max_tokens=request.max_tokens, temperature=request.temperature)

    def _ask(self, context: Context, turns: list[Turn], system: str, model: str) -> ChatAsk:
        return ChatAsk(
            turns=turns,
            system=system,
            model="" if model == M3O_MODEL else model,
            max_tokens=0,
            temperature=None,
            allowance=self._allowance(context, [system, *(each.text for each in turns)]),
        )

    def _allowance(self, context: Context, texts: Sequence[str]) -> Allowance:
        size = sum(len(each.encode()) for each in texts)
        return Allowance(self.tariff, context.endpoint, size, len(texts))

    async def _said(self, context: Context, ask: ChatAsk) -> Said:
        said = await self.market.by(context).chat(ask)
        _pay(context, ask.allowance, said.asked, said.used)
        return said


def _pay(context: Context, allowance: Allowance, model: str, used: Usage) -> None:
    if context.served is not None:
        context.served.cost = allowance.cost(model, used, own=context.served.own)


def _last(said: Said) -> StreamReply:
    return StreamReply(words=[said.text], partial=False, model=said.model, ended=said.ended, usage=said.used)

"""What the `ai` service promises."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from brickyard.contract import (
    BadRequest,
    Context,
    Example,
    NoProvider,
    Reply,
    Request,
    Service,
    SlowReader,
    Struct,
    endpoint,
    usd,
)

TEXT_MAX = 1_000_000
TURNS_MAX = 500
TEXTS_MAX = 64
EMBEDDED_MAX = 32_000
PRICE = usd("0.05")

Text = Annotated[str, Meta(min_length=1, max_length=TEXT_MAX)]
Model = Annotated[str, Meta(max_length=128, pattern=r"^[\w.:/@+-]*$")]
Ended = Literal["stop", "length", "refused"]


class ContextTurn(Request):
    """What was asked before, and what was answered."""

    prompt: Annotated[str, Meta(max_length=TEXT_MAX)] = ""
    """What was asked."""
    reply: Annotated[str, Meta(max_length=TEXT_MAX)] = ""
    """What was answered."""


class Usage(Struct):
    """How large a call was: by this it is paid for."""

    input_tokens: int
    """Tokens of what was asked: pieces of words, as the model reads them."""
    output_tokens: int
    """Tokens of what was answered, and of what the model thought before."""


class Spoken(Request):
    """What is said to a model."""

    prompt: Text
    """What to answer."""
    model: Model = ""
    """Which model, by its maker's name: `gpt-6-luna`, `claude-haiku-5-5`, `gemini-3.5-flash-lite`; the
    default of whoever answers if empty, or if it is `gpt-3.5-turbo`, which is no more."""
    role: Literal["", "user", "system", "assistant"] = ""
    """Who says the prompt: `user` if empty. A `system` prompt is an instruction; with `assistant`, it is the
    beginning of the answer."""
    context: Annotated[list[ContextTurn], Meta(max_length=TURNS_MAX)] = msgspec.field(default_factory=list)
    """What was said before, the oldest first."""
    system: Annotated[str, Meta(max_length=TEXT_MAX)] = ""
    """Instructions for the whole conversation."""
    max_tokens: Annotated[int, Meta(ge=0, le=100_000)] = 0
    """How long the answer may be, in tokens; 0 for as many as the call's price pays for, 4096 at most."""
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    """How freely words are chosen, from 0 (the likeliest) to 2; the model's default if it is not given."""


class ChatRequest(Spoken):
    """A prompt, and what was said before."""


class ChatReply(Reply):
    """An answer."""

    reply: str
    """What the model says."""
    model: str
    """Which model said it."""
    ended: Ended
    """Why it ended: of itself (`stop`), for it was long enough (`length`), or because the model or its
    provider would not say it (`refused`)."""
    usage: Usage
    """How large the call was."""


class StreamRequest(Spoken):
    """A prompt, and what was said before."""


class StreamReply(Reply):
    """The next words of an answer."""

    words: list[str]
    """What was said since the last message; in the last one, the whole answer in one piece."""
    partial: bool
    """Whether more comes."""
    model: str
    """Which model says it."""
    ended: Literal["", "stop", "length", "refused"]
    """Why the answer ended; empty before its last message. It is `length` too if its time was over, which
    is five minutes."""
    usage: Usage | None
    """How large the call was; null before the last message."""


class CompleteRequest(Request):
    """The beginning of a text, or a question."""

    text: Text
    """What to go on from."""
    model: Model = ""
    """Which model; the default of whoever answers if empty."""


class CompleteReply(Reply):
    """A text."""

    text: str
    """What the model says."""
    model: str
    """Which model said it."""
    usage: Usage
    """How large the call was."""


class EditRequest(Request):
    """A text, and what is to be done to it."""

    text: Text
    """The text."""
    instruction: Annotated[str, Meta(max_length=10_000)] = ""
    """What to do to it; spelling and grammar are corrected if empty."""
    model: Model = ""
    """Which model; the default of whoever answers if empty."""


class EditReply(Reply):
    """A text."""

    text: str
    """The text as it is now."""
    model: str
    """Which model edited it."""
    usage: Usage
    """How large the call was."""


class ModerateRequest(Request):
    """A text that somebody wrote."""

    text: Annotated[str, Meta(min_length=1, max_length=100_000)]
    """The text."""


class ModerateReply(Reply):
    """What there is against it."""

    flagged: bool
    """Whether there is anything."""
    categories: dict[str, bool]
    """For each thing that there may be (`hate`, `violence` …), whether it is there."""
    scores: dict[str, float]
    """For each, how sure that is, from 0 to 1."""


class GenerateRequest(Request):
    """What a picture shows."""

    text: Annotated[str, Meta(min_length=1, max_length=4_000)]
    """What it shows."""
    limit: int = 1
    """How many pictures, 10 at most; fewer or more are 1. Each has its price, and all cost no more than a
    call."""
    size: Annotated[str, Meta(pattern="^([0-9]{2,4}x[0-9]{2,4})?$")] = ""
    """Its width and height: `1024x1024` if empty."""
    model: Model = ""
    """Which model; the default of whoever answers if empty."""


class Image(Struct):
    """A picture."""

    url: str
    """Where it is, for an hour or so; empty if `base64` is given."""
    base64: str
    """The picture itself (PNG, JPEG or WebP), in base64; empty if `url` is given."""


class GenerateReply(Reply):
    """Pictures."""

    images: list[Image]
    """The pictures."""
    model: str
    """Which model made them."""


class EmbedRequest(Request):
    """Texts that are to be compared by what they mean."""

    text: Annotated[str, Meta(max_length=EMBEDDED_MAX)] = ""
    """A text."""
    texts: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=EMBEDDED_MAX)]], Meta(max_length=TEXTS_MAX)
    ] = msgspec.field(default_factory=list)
    """Or several."""
    purpose: Literal["document", "query"] = "document"
    """Whether they are to be found, or are what one looks for: some models tell these apart."""
    model: Model = ""
    """Which model; the default of whoever answers if empty. Embeddings of different models cannot be
    compared: name the one that you have kept embeddings of."""


class EmbedReply(Reply):
    """Directions in space: texts that mean the same have the same."""

    embeddings: list[list[float]]
    """One for each text, in their order, of length 1: the dot product of two says how near they are."""
    model: str
    """Which model made them."""
    usage: Usage
    """How large the call was."""


DIED = ChatRequest(
    prompt="when did he die?",
    model="gpt-3.5-turbo",
    context=[
        ContextTurn(prompt="who is leonardo davinci", reply="An Italian polymath of the Renaissance."),
        ContextTurn(prompt="where is he from?", reply="He was from Vinci, a town in Tuscany, Italy."),
    ],
)
USED = Usage(input_tokens=58, output_tokens=14)
THE_MODEL = "gpt-6-luna"


class Ai(Service):
    """Ask language models: chat, edit, stream, moderate, draw, and compare texts by what they mean.

    A call is paid by its tokens (see `billing/Prices`), and never costs more than the price of a call; the
    reply says how many there were. Who answers is the project's choice (`provider/Set`, `provider/Choose`):
    OpenAI, Anthropic, Google, or any server that speaks OpenAI's API, such as Ollama or vLLM. What is asked
    is not kept; what is answered is, for a day, if the call has an `Idempotency-Key`.
    """

    category = "AI"
    title = "AI"

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=DIED,
                reply=ChatReply(
                    reply="Leonardo da Vinci died on May 2, 1519.", model=THE_MODEL, ended="stop", usage=USED
                ),
                varying=("reply", "model", "usage"),
            ),
        ),
    )
    async def chat(self, context: Context, request: ChatRequest) -> ChatReply:
        """Answer a prompt, knowing what was said before."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider, SlowReader),
        examples=(
            Example(
                request=StreamRequest(prompt="write helloworld in node.js", model="gpt-3.5-turbo"),
                reply=StreamReply(words=["console"], partial=True, model=THE_MODEL, ended="", usage=None),
                varying=("words", "model"),
            ),
        ),
    )
    def stream(self, context: Context, request: StreamRequest) -> AsyncIterator[StreamReply]:
        """Answer a prompt word by word. Who leaves before the end pays for what was said by then."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=CompleteRequest(text="who is leonardo davinci"),
                reply=CompleteReply(
                    text="Leonardo da Vinci was an Italian painter, engineer and inventor.",
                    model=THE_MODEL,
                    usage=USED,
                ),
                varying=("text", "model", "usage"),
            ),
        ),
    )
    async def complete(self, context: Context, request: CompleteRequest) -> CompleteReply:
        """Go on from a text, or answer it."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=EditRequest(text="What day of the wek is it?"),
                reply=EditReply(text="What day of the week is it?", model=THE_MODEL, usage=USED),
                varying=("text", "model", "usage"),
            ),
        ),
    )
    async def edit(self, context: Context, request: EditRequest) -> EditReply:
        """Do to a text what an instruction says."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=ModerateRequest(text="I want to kill him"),
                reply=ModerateReply(
                    flagged=True,
                    categories={"hate": False, "illicit": False, "self-harm": False, "violence": True},
                    scores={"hate": 0.0132, "self-harm": 0.0002, "violence": 0.9707},
                ),
                varying=("flagged", "categories", "scores"),
            ),
        ),
    )
    async def moderate(self, context: Context, request: ModerateRequest) -> ModerateReply:
        """Say whether a text is fit to be shown."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=GenerateRequest(text="a cat on a ball"),
                reply=GenerateReply(
                    images=[Image(url="", base64="iVBORw0KGgoAAAANSUhEUgAABAAAAAQACAIAAADwf7zU")],
                    model="gpt-image-2.6-flare",
                ),
                varying=("images", "model"),
            ),
        ),
    )
    async def generate(self, context: Context, request: GenerateRequest) -> GenerateReply:
        """Draw pictures."""
        ...

    @endpoint(
        price=PRICE,
        metered=True,
        repeat="safe",
        errors=(BadRequest, NoProvider),
        examples=(
            Example(
                request=EmbedRequest(texts=["A cat sat on the mat.", "Le chat est sur le tapis."]),
                reply=EmbedReply(
                    embeddings=[[0.6, 0.8], [0.8, 0.6]],
                    model="text-embedding-3-small",
                    usage=Usage(input_tokens=16, output_tokens=0),
                ),
                varying=("embeddings", "model", "usage"),
            ),
        ),
    )
    async def embed(self, context: Context, request: EmbedRequest) -> EmbedReply:
        """Turn texts into embeddings, by which they can be compared, searched and sorted."""
        ...

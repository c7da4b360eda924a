"""What the `ai` service needs done: to have models answer, draw, judge, and place texts in space."""

from collections.abc import AsyncIterator, Callable
from typing import ClassVar, Literal

from brickyard.contract import Request, Struct
from brickyard.providers import Port, task
from brickyard.services.ai.allowance import Allowance, size_of
from brickyard.services.ai.contract import Ended, Usage

PICTURES_MAX_BYTES = 16 * 1024 * 1024
"""How large a reply with pictures may be."""


class Turn(Request):
    """What one side said."""

    role: Literal["user", "assistant"]
    text: str


class ChatAsk(Request):
    """A conversation, to be gone on with."""

    turns: list[Turn]
    """The last is to be answered; if it is the model's own, to be gone on from."""
    system: str
    """Instructions; none if empty."""
    model: str
    """Which model; the provider's default if empty."""
    max_tokens: int
    """How long the answer may be; as the allowance has it if 0."""
    temperature: float | None
    allowance: Allowance
    opened: Callable[[str, bool], None] = lambda _model, _own: None
    """To be told that a stream has begun, of which model, and whether by the project's own credentials: from
    then on what is asked is paid for."""

    @property
    def size(self) -> int:
        """Estimate how many tokens all of it has."""
        return size_of(self.system) + sum(size_of(each.text) for each in self.turns)


class Said(Struct):
    """An answer."""

    text: str
    model: str
    """Which model the provider says that it was."""
    asked: str
    """Which one it was asked for: by that it is paid."""
    ended: Ended
    used: Usage


class Piece(Struct):
    """A part of an answer."""

    text: str
    """What comes next; empty in the last piece."""
    asked: str
    """Which model was asked."""
    used: Usage | None = None
    """How large the call is by now, if the provider tells."""
    said: Said | None = None
    """In the last piece, the whole."""


class EmbedAsk(Request):
    """Texts to be placed."""

    texts: list[str]
    purpose: Literal["document", "query"]
    model: str
    """Which model; the provider's default if empty."""
    allowance: Allowance


class Embedded(Struct):
    """Where texts are."""

    vectors: list[list[float]]
    """Of length 1 each."""
    model: str
    input_tokens: int


class ModerateAsk(Request):
    """A text to be judged."""

    text: str


class Verdict(Struct):
    """What there is against it."""

    flagged: bool
    categories: dict[str, bool]
    scores: dict[str, float]


class DrawAsk(Request):
    """What pictures are to show."""

    text: str
    count: int
    width: int
    height: int
    model: str
    """Which model; the provider's default if empty."""
    allowance: Allowance


class Picture(Struct):
    """A picture: where it is, or itself."""

    url: str
    base64: str


class Drawn(Struct):
    """Pictures."""

    pictures: list[Picture]
    model: str


class Models(Port):
    """Runs models."""

    service: ClassVar[str] = "ai"

    @task(repeat="safe", limit_s=240)
    async def chat(self, ask: ChatAsk) -> Said:
        """Go on with a conversation."""
        ...

    @task(repeat="safe", limit_s=300)
    def stream(self, ask: ChatAsk) -> AsyncIterator[Piece]:
        """Do so piece by piece."""
        ...

    @task(repeat="safe", limit_s=30)
    async def embed(self, ask: EmbedAsk) -> Embedded:
        """Give the embeddings of texts."""
        ...

    @task(repeat="safe", limit_s=15)
    async def moderate(self, ask: ModerateAsk) -> Verdict:
        """Judge a text."""
        ...

    @task(repeat="safe", limit_s=100)
    async def draw(self, ask: DrawAsk) -> Drawn:
        """Draw pictures."""
        ...

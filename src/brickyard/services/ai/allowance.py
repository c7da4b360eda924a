"""What a call may cost, and so how long an answer may be: each token has its price, and the call one too.

The price is held before the model is asked, and is all that there is: so it is worked out first how many
tokens the answer may have. A token is at least a byte, and what is asked is counted as if each byte were one.
"""

import re
from dataclasses import dataclass

from brickyard.contract import Money, Tariff
from brickyard.contract.tariff import OWN_CREDENTIALS_DIVISOR
from brickyard.providers import Failure
from brickyard.providers.transport import REPLY_MAX_BYTES
from brickyard.services.ai.contract import Usage

OUTPUT_TOKENS = 4096
"""How long an answer may be if nobody says."""
BYTES_A_TOKEN = 4
"""How many bytes of text a token has on average: for counts where a provider tells none."""
INPUT_MAX_BYTES = 100_000
"""How long what is asked may be with the cloud's credentials: for more, makers ask other prices."""
TURN_TOKENS = 8
"""What stands around a turn, at most."""
EVENT_MAX_BYTES = 1024
"""How much of a stream a token takes: it comes in an event of its own, which says much besides."""
TOKENS_MAX = 10_000_000
"""No call has more: who says so is not believed."""
RELEASE = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{3}|latest)$")
"""What is behind a model's name for one state of it: `-2024-07-18`."""


def size_of(text: str) -> int:
    """Estimate how many tokens a text has."""
    return -(-len(text.encode()) // BYTES_A_TOKEN)


def stream_max_bytes(tokens: int) -> int:
    """Give how large a stream may be that says so many tokens."""
    return max(REPLY_MAX_BYTES, tokens * EVENT_MAX_BYTES)


def counted(told: int | None, estimate: int) -> int:
    """Give how many tokens a provider has counted; the estimate if it told no number that can be."""
    return told if told is not None and 0 < told <= TOKENS_MAX else estimate


@dataclass(frozen=True)
class Allowance:
    """What one call may cost."""

    tariff: Tariff
    endpoint: str
    """`ai.chat`."""
    input_bytes: int = 0
    turns: int = 1

    def output_tokens(self, model: str, wanted: int, *, own: bool) -> int:
        """Say how many tokens an answer may have; a `Failure` if that is fewer than are `wanted`.

        `own` says whether the project's own credentials are used.
        """
        self.check_input(model, own=own)
        most = self._most(own=own) - self._input_max(model, own=own)
        allowed = max(0, most // max(1, self._price("output", model, own=own)))
        if allowed < max(1, wanted):
            raise Failure("bad input", self._too_large(model, allowed))
        return wanted or min(allowed, OUTPUT_TOKENS)

    def check_input(self, model: str, *, own: bool) -> None:
        """Refuse by a `Failure` what would cost more than a call may, whatever is answered."""
        if not own and self.input_bytes > INPUT_MAX_BYTES:
            raise Failure(
                "bad input",
                f"It has more than {INPUT_MAX_BYTES} bytes: for so much, set credentials of your own.",
            )
        if self._input_max(model, own=own) > self._most(own=own):
            raise Failure("bad input", self._too_large(model, 0))

    def check_images(self, model: str, count: int, *, own: bool) -> None:
        """Refuse by a `Failure` more images than a call may cost."""
        allowed = self._most(own=own) // max(1, self._price("image", model, own=own))
        if count > allowed:
            raise Failure(
                "bad input", f"A call may cost as much as {allowed} images of {model}: ask for fewer."
            )

    def cost(self, model: str, used: Usage, *, own: bool) -> Money:
        """Say what a call costs, before what own credentials make it cheaper: never more than it may."""
        cost = used.input_tokens * self._price("input", model, own=own)
        if used.output_tokens:
            cost += used.output_tokens * self._price("output", model, own=own)
        return Money(min(cost, self._most(own=own)))

    def cost_of_images(self, model: str, count: int, *, own: bool) -> Money:
        """Say what images cost, likewise."""
        return Money(min(count * self._price("image", model, own=own), self._most(own=own)))

    def _most(self, *, own: bool) -> int:
        return self.tariff.most(self.endpoint) * (OWN_CREDENTIALS_DIVISOR if own else 1)

    def _input_max(self, model: str, *, own: bool) -> int:
        tokens = self.input_bytes + self.turns * TURN_TOKENS
        return tokens * self._price("input", model, own=own)

    def _price(self, kind: str, model: str, *, own: bool) -> Money:
        """Give the price of a unit; a `Failure` for a model that is not sold with the cloud's credentials."""
        price = self.tariff.find(self.endpoint, f"{kind} {model}", f"{kind} {RELEASE.sub('', model)}")
        if price is None and own:
            price = self.tariff.find(self.endpoint, kind)
        if price is None:
            raise Failure(
                "unsupported", f"The model {model} has no price here: it takes credentials of your own."
            )
        return price

    def _too_large(self, model: str, allowed: int) -> str:
        price = self.tariff.most(self.endpoint)
        if not allowed:
            return f"It is so long that {model} would cost more than the {price} dollars that a call may."
        return f"A call may cost {price} dollars, which are {allowed} tokens of {model}: ask for no more."

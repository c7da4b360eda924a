"""Why a call failed, as its record has it."""

import re

import msgspec

from brickyard.contract import Problem
from brickyard.faces.problems import PAGE, kind
from brickyard.platform.audit.masking import MASK, masked_text
from brickyard.platform.usage.record import CallRecord

DETAIL_MAX = 300
"""Characters of a detail that are kept."""
_RANDOM = re.compile(r"\b(?=[A-Za-z_]*[0-9])(?=[0-9_]*[A-Za-z])\w{32,}\b")
"""What may be a key that was put in the wrong place, and is quoted for that."""


class Told(msgspec.Struct, frozen=True):
    """What was told of a problem, read back from the answer that told it."""

    type: str = ""
    detail: str = ""


_decode = msgspec.json.Decoder(Told).decode


def told_of(body: bytes) -> Told:
    """Read a refusal, in either of its forms."""
    return _decode(body)


def with_problem(record: CallRecord, problem: Problem | Told) -> CallRecord:
    """Give a record that says why its call failed, with secrets masked."""
    name = problem.type.removeprefix(f"{PAGE}#") if isinstance(problem, Told) else kind(type(problem))
    text = _RANDOM.sub(MASK, masked_text(problem.detail))
    detail = text if len(text) <= DETAIL_MAX else text[: DETAIL_MAX - 1] + "…"
    return msgspec.structs.replace(record, problem=name, detail=detail)

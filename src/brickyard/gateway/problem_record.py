"""Why a call failed, as its record has it."""

import msgspec

from brickyard.contract import Problem
from brickyard.faces.problems import PAGE, kind
from brickyard.platform.audit.masking import masked_text
from brickyard.platform.usage.record import CallRecord

DETAIL_MAX = 300
"""Characters of a detail that are kept."""


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
    text = masked_text(problem.detail)
    detail = text if len(text) <= DETAIL_MAX else text[: DETAIL_MAX - 1] + "…"
    return msgspec.structs.replace(record, problem=name, detail=detail)

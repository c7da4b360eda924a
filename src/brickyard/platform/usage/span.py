"""Which time is asked about, and by which counts it is answered."""

from brickyard.contract import BadRequest
from brickyard.contract.rfc3339 import SECOND_NS, moment_ns
from brickyard.engines.clock import Clock
from brickyard.platform.usage.counts import STEPS_S

DAY_S = 86_400


def span_s(clock: Clock, from_: str | None, to: str | None) -> tuple[float, float]:
    """Give a span in seconds since 1970: the day until now, as far as nothing is said."""
    to_s = clock.now_ns() / SECOND_NS if to is None else _moment_s(to, "/to")
    from_s = to_s - DAY_S if from_ is None else _moment_s(from_, "/from")
    if from_s > to_s:
        raise BadRequest.at("/from", "It lies after `to`.")
    return from_s, to_s


def counted_by(step: str, span: tuple[float, float]) -> tuple[str, tuple[int, int]]:
    """Say by which counts a span is added up, and where they begin and end.

    A `total` is made of the finest counts that are not too many.
    """
    from_s, to_s = span
    if step == "total":
        length_s = to_s - from_s
        step = "minute" if length_s <= 2 * DAY_S else "hour" if length_s <= 60 * DAY_S else "day"
    return step, (int(from_s) // STEPS_S[step] * STEPS_S[step], int(to_s) + 1)


def _moment_s(text: str, pointer: str) -> float:
    try:
        return moment_ns(text) / SECOND_NS
    except ValueError as error:
        raise BadRequest.at(pointer, f"{text!r} is no RFC 3339 time like 2027-01-31T12:00:00Z.") from error

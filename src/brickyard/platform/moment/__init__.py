"""Moments as the control plane keeps them (nanoseconds since 1970) and as it shows them (RFC 3339)."""

from brickyard.contract import BadRequest
from brickyard.contract.rfc3339 import timestamp, whole_second_ns
from brickyard.contract.words import INT64_MAX, INT64_MIN

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS


def timestamp_or_none(moment_ns: int | None) -> str | None:
    """Write a moment that may not have come."""
    return None if moment_ns is None else timestamp(moment_ns)


def moment_ns(text: str, pointer: str) -> int:
    """Read a moment, rounded up to a whole second; `BadRequest` at `pointer` if it cannot be."""
    try:
        found_ns = whole_second_ns(text)
    except ValueError as error:
        raise BadRequest.at(pointer, f"{text!r} is no RFC 3339 time like 2027-01-31T12:00:00Z.") from error
    if not INT64_MIN <= found_ns <= INT64_MAX:
        raise BadRequest.at(pointer, f"{text!r} is too far away.")
    return found_ns


def future_ns(text: str, pointer: str, now_ns: int) -> int:
    """Read a moment that has to lie ahead."""
    found_ns = moment_ns(text, pointer)
    if found_ns <= now_ns:
        raise BadRequest.at(pointer, f"{text!r} has passed already.")
    return found_ns

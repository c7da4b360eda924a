"""Moments as RFC 3339 writes them (section 5.6), and nothing else that Python would read as one."""

import re
from datetime import UTC, datetime

from brickyard.contract.errors import BadRequest

SECOND_NS = 1_000_000_000
FIRST_NS, LAST_NS = -(2**63), 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


def moment_ns(text: str) -> int:
    """Read a moment as nanoseconds since 1970; what is finer is left out.

    A ValueError if it is none, or no moment that there is; leap seconds are none here.
    """
    seconds, fraction = _read(text)
    return seconds * SECOND_NS + int(f"{fraction:0<9}"[:9])


def whole_second_ns(text: str) -> int:
    """Read a moment as `moment_ns` does, rounded up to a whole second."""
    seconds, fraction = _read(text)
    return (seconds + bool(fraction.strip("0"))) * SECOND_NS


def span_ns(since: str | None, until: str | None) -> tuple[int, int]:
    """Read a request's `since` and `until` as nanoseconds since 1970: without one, all that there is.

    `BadRequest` says which is no moment.
    """
    return _bound_ns(since, "/since", FIRST_NS), _bound_ns(until, "/until", LAST_NS)


def _bound_ns(text: str | None, pointer: str, otherwise: int) -> int:
    if text is None:
        return otherwise
    try:
        return min(LAST_NS, max(FIRST_NS, moment_ns(text)))
    except ValueError as error:
        raise BadRequest.at(pointer, str(error)) from error


def timestamp(moment_ns: int) -> str:
    """Write a moment, to the second."""
    moment = datetime.fromtimestamp(moment_ns // SECOND_NS, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _read(text: str) -> tuple[int, str]:
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no RFC 3339 time like 2027-01-31T12:00:00Z.")
    date, time, fraction, sign, hours, minutes = match.groups(default="0")
    local = datetime.fromisoformat(f"{date}T{time}+00:00") - _EPOCH
    offset_s = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1)
    return local.days * 86_400 + local.seconds - offset_s, fraction

"""What both clients make of HTTP: time limits, replies into values, failures into exceptions."""

from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.connection import Connection
from brickyard.sdk.errors import BrickyardError, ConnectionFailedError, error_of, unreadable
from brickyard.sdk.retry import Attempts, NotSentError

NO_HEADERS: Mapping[str, str] = {}
STREAM_HEADERS = {"Accept": "text/event-stream"}
SILENCE_MAX_S = 60.0
"""A stream that shows no sign of life for so long is broken: the server sends one every 15 seconds."""
FINE = 200
NO_TIME_S = 0.001
"""What a part of a call gets when no time is left; httpx takes 0 for a socket that does not wait."""

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


class TimeLeft(dict[str, float | None]):
    """The time limits of a request's parts (`connect`, `write` …): each has what is left of the call's.

    httpx takes a limit for each part, so that all of them together could take several times as long. It
    asks for each when the part begins.
    """

    def __init__(self, attempts: Attempts) -> None:
        """Give each part what `attempts` has left by then."""
        super().__init__()
        self._attempts = attempts

    def get(self, _part: str, _default: Any = None, /) -> float:
        """Give the seconds that a part may take that begins now."""
        return max(NO_TIME_S, self._attempts.left_s())


def in_time(attempts: Attempts) -> dict[str, Any]:
    """Give a request's extensions that bound its parts by what is left of the call's time."""
    return {"timeout": TimeLeft(attempts)}


def check_time(attempts: Attempts) -> None:
    """Raise a `ReadTimeout` if a reply is still not whole when the call's time is over."""
    if attempts.left_s() <= 0:
        raise httpx2.ReadTimeout(f"the reply was not whole within {attempts.timeout_s:g} s")


def value_of(response: httpx2.Response, body: bytes) -> JsonObject:
    """Give the JSON of a reply; a `BrickyardError` if it is an error, or is not JSON."""
    if response.status_code != FINE:
        error = error_of(response.status_code, body)
        retry_after = response.headers.get("retry-after", "")
        error.retry_after_s = float(retry_after) if retry_after.isdecimal() else None
        raise error
    try:
        return msgspec.json.decode(body, type=JsonObject)
    except msgspec.DecodeError as error:
        raise unreadable(str(error)) from error


def check_stream(response: httpx2.Response) -> None:
    """Raise a `BrickyardError` if what was opened is no stream of events; wait for its messages if it is."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise BrickyardError("The endpoint is no stream: make a plain call of it.", code=response.status_code)
    response.request.extensions["timeout"] = {"read": SILENCE_MAX_S}  # asked for when the body begins


def failure(error: httpx2.HTTPError, connection: Connection) -> ConnectionFailedError:
    """Make the exception of a call that got no reply."""
    kind = NotSentError if isinstance(error, NOT_SENT) else ConnectionFailedError
    reason = str(error).rstrip(".") or type(error).__name__
    return kind(f"No reply from {connection.shown}: {reason}. Is the cloud up? `brick up` starts one.")

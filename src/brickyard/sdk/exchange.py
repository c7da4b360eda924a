"""What both clients make of HTTP: replies into values, failures into exceptions."""

import httpx2
import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.connection import Connection
from brickyard.sdk.errors import BrickyardError, ConnectionFailedError, error_of, unreadable
from brickyard.sdk.retry import NotSentError

STREAM_HEADERS = {"Accept": "text/event-stream"}
SILENCE_MAX_S = 60.0
"""A stream that shows no sign of life for so long is broken: the server sends one every 15 seconds."""
FINE = 200

NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def value_of(response: httpx2.Response) -> JsonObject:
    """Give the JSON of a reply; a `BrickyardError` if it is an error, or is not JSON."""
    if response.status_code != FINE:
        raise error_of(response.status_code, response.content)
    try:
        return msgspec.json.decode(response.content, type=JsonObject)
    except msgspec.DecodeError as error:
        raise unreadable(str(error)) from error


def check_stream(response: httpx2.Response) -> None:
    """Raise a `BrickyardError` if what was opened is no stream of events."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise BrickyardError("The endpoint is no stream: make a plain call of it.", code=response.status_code)


def failure(error: httpx2.HTTPError, connection: Connection) -> ConnectionFailedError:
    """Make the exception of a call that got no reply."""
    kind = NotSentError if isinstance(error, NOT_SENT) else ConnectionFailedError
    reason = str(error).rstrip(".") or type(error).__name__
    return kind(f"No reply from {connection.shown}: {reason}. Is the cloud up? `brick up` starts one.")


def stream_timeout(timeout: httpx2.Timeout) -> httpx2.Timeout:
    """Give a stream's time limits: those of a call, but for the silence between messages."""
    return httpx2.Timeout(timeout.connect, read=SILENCE_MAX_S)

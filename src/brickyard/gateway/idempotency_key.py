"""The header `Idempotency-Key`: bare, or quoted as draft-ietf-httpapi-idempotency-key-header has it."""

import re
from collections.abc import Iterable

from brickyard.contract import BadRequest
from brickyard.gateway.asgi import Header
from brickyard.gateway.call import Call
from brickyard.platform.idempotency.named import Named
from brickyard.platform.key.schema import PLATFORM

HEADER = b"idempotency-key"
LENGTH_MAX = 255

_VISIBLE = re.compile(rb"[\x21-\x7e]{1,%d}" % LENGTH_MAX)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\["\\])*)"')
"""A string of RFC 9651, section 3.3.3."""


def named(call: Call, address: str) -> Named:
    """Give a call the name that its key gives it; `BadRequest` if the key is none.

    Sessions and strangers have no project: what they do is kept with the cloud's own, by their account or
    their `address`. In the control plane each of a project's keys is on its own: their roles differ.
    """
    caller, key = call.caller, key_of(call.headers[HEADER])
    if call.operation.control_plane or not caller.tenant:
        key = f"{key} {caller.key_id or caller.account or address}"
    asked = (call.query, bytes(call.body))
    return Named.of(caller.tenant or PLATFORM, call.operation.endpoint, key, asked, call.request_id)


def key_of(header: bytes) -> str:
    """Read the header's value: with quotes or without, the same text is the same key."""
    text = header
    if header.startswith(b'"'):
        quoted = _QUOTED.fullmatch(header)
        text = re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else b""
    if not _VISIBLE.fullmatch(text):
        raise BadRequest(
            f"The Idempotency-Key must be 1 to {LENGTH_MAX} visible ASCII characters without spaces, bare or"
            " in double quotes."
        )
    return text.decode()


def check_single(headers: Iterable[Header]) -> None:
    """Refuse a call with two keys: which is meant cannot be told."""
    if sum(name == HEADER for name, _ in headers) > 1:
        raise BadRequest("There is more than one Idempotency-Key. Send one.")


def check_absent(call: Call) -> None:
    """Refuse a call that is not made once and answered once, if it bears a key: none could be kept for it."""
    if HEADER in call.headers:
        raise BadRequest(
            "A stream, or a call over WebSocket, takes no Idempotency-Key: its replies are not kept. Leave"
            " the header out."
        )

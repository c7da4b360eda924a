"""The trace a call belongs to, as its caller says (W3C Trace Context, `traceparent`)."""

import re

_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_NONE = b"0" * 32


def trace_id(traceparent: bytes) -> str:
    """Give the trace id of a `traceparent` header; empty if the header is not one."""
    match = _TRACEPARENT.fullmatch(traceparent.strip())
    return "" if match is None or match[1] == _NONE else match[1].decode()

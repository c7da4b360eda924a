"""One call on its way through the pipeline."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from brickyard.contract import Context, Money, Request, Served
from brickyard.gateway.operation import Operation
from brickyard.gateway.trace import trace_id
from brickyard.platform.admission import Terms, Visit
from brickyard.platform.caller import NOBODY, Caller


class Door:
    """An endpoint, open to one key: its scope is checked, and its service stands ready for its project."""

    __slots__ = ("bodies_until_ns", "caller", "generation", "method", "terms")

    def __init__(
        self,
        caller: Caller,
        generation: int,
        method: Callable[[Context, Request], Any],
        terms: Terms | None,
        bodies_until_ns: int = 0,
    ) -> None:
        """Let `caller` in to `method`, for as long as callers are in this `generation`.

        Without `terms`, a call costs nothing and is not limited. What is said is kept until
        `bodies_until_ns`.
        """
        self.bodies_until_ns = bodies_until_ns
        self.caller, self.generation, self.method, self.terms = caller, generation, method, terms


class Call:
    """What was asked, of which endpoint, and by whom as far as is known."""

    __slots__ = (
        "address",
        "authorization",
        "body",
        "bytes_out",
        "caller",
        "content_type",
        "cost",
        "door",
        "headers",
        "once",
        "operation",
        "query",
        "request_id",
        "served",
        "started",
        "trace_id",
        "visit",
    )

    door: Door
    """Set once the call is admitted."""

    def __init__(
        self,
        operation: Operation,
        request_id: str,
        headers: Mapping[bytes, bytes],
        query: bytes,
        address: str,
    ) -> None:
        """Begin a call of `operation` from a network `address`; the headers are HTTP's, in lower case."""
        self.started = time.perf_counter()
        self.operation = operation
        self.request_id = request_id
        self.bytes_out = 0
        self.cost = Money(0)
        self.caller = NOBODY
        self.headers = headers
        self.address = address
        self.query = query
        self.body = b""
        self.authorization = headers.get(b"authorization", b"")
        self.content_type = headers.get(b"content-type", b"")
        self.visit: Visit | None = None
        self.served: Served | None = None
        self.once = ""
        self.trace_id = trace_id(headers[b"traceparent"]) if b"traceparent" in headers else ""

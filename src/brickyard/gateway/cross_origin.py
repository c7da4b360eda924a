"""What browsers are told of calls by pages of other sites (CORS; fetch.spec.whatwg.org).

Nothing is ever sent with cookies, so a page can do only what the key it holds lets it. A publishable key's
replies are for the pages that it is meant for; everything else may be read from anywhere, as M3O had it.
"""

from brickyard.gateway.asgi import Header
from brickyard.gateway.call import Call

EXPOSED: Header = (
    b"access-control-expose-headers",
    b", ".join(
        (
            b"request-id",
            b"usage-cost",
            b"ratelimit",
            b"ratelimit-policy",
            b"retry-after",
            b"idempotent-replayed",
            b"original-request-id",
            b"provider",
            b"cache-status",
            b"age",
        )
    ),
)
ANY_ORIGIN: list[Header] = [(b"access-control-allow-origin", b"*"), EXPOSED]
PREFLIGHT: list[Header] = [
    (b"access-control-allow-origin", b"*"),  # a browser asks without the key: the call itself is refused
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, accept, idempotency-key, max-cost, traceparent",
    ),
    (b"access-control-max-age", b"86400"),
]


def cross_origin(call: Call) -> list[Header]:
    """Say who may read the answer to a call, once its caller is known; anyone may read why nobody is."""
    if call.caller.origins is None:
        return ANY_ORIGIN
    origin = call.headers.get(b"origin", b"")
    return [(b"access-control-allow-origin", origin), (b"vary", b"origin"), EXPOSED]

"""Money and limits as headers tell of them."""

import time
from collections.abc import Mapping
from functools import lru_cache

from brickyard.contract import BadRequest, Money, Served, usd
from brickyard.gateway.asgi import Header
from brickyard.gateway.call import Call
from brickyard.platform.admission import Terms

FREE: Header = (b"usage-cost", b"0")
COST_DIGITS_MAX = 20


def max_cost(headers: Mapping[bytes, bytes]) -> Money | None:
    """Read `Max-Cost`, in US dollars: the most that the caller is willing to spend on this call."""
    given = headers.get(b"max-cost")
    if given is None:
        return None
    text = given.decode("latin-1").strip()
    whole, _, part = text.partition(".")
    if len(text) > COST_DIGITS_MAX or not (whole + part).isdecimal() or not text.isascii():
        raise BadRequest(f"Max-Cost is an amount of US dollars such as 0.05, not {text[:40]!r}.")
    try:
        return usd(text)
    except ValueError as error:
        raise BadRequest(f"Max-Cost: {error}") from error


def told(call: Call) -> list[Header]:
    """Give the headers that tell what a call has cost, and what its caller may still do."""
    terms: Terms | None = call.door.terms
    if terms is None:
        return [FREE] if call.served is None else [FREE, *served(call.served)]
    headers = [_cost(call.cost)]
    gauge = terms.gauge
    if gauge is not None:
        headers += ((b"ratelimit-policy", gauge.policy), (b"ratelimit", gauge.state(time.monotonic())))
    return headers if call.served is None else [*headers, *served(call.served)]


@lru_cache(maxsize=1024, typed=True)  # prices are few, and to write one costs more than to look one up
def _cost(cost: Money) -> Header:
    return b"usage-cost", str(cost).encode()


def served(by: Served) -> list[Header]:
    """Give the headers that tell who did the work, and whether the answer was had before (RFC 9211)."""
    if not by.provider:
        return []
    headers: list[Header] = [(b"provider", by.provider.encode())]
    if by.age_s is not None:
        headers += [(b"cache-status", b"brickyard; hit"), (b"age", b"%d" % by.age_s)]
    return headers

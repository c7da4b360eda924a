"""Calls that can be made again without being done twice: each that changes something bears a key.

The key is the same on all attempts of a call, so the cloud knows them for one.
"""

import re
from uuid import uuid4

from brickyard.sdk.contracts import is_safe

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def key_headers(service: str, endpoint: str, given: str | None) -> dict[str, str]:
    """Give the header that a call bears: with the key `given`, or with a new one; a safe call needs none.

    A ValueError if what is given is no key.
    """
    if given is None:
        return {} if is_safe(service, endpoint) else {HEADER: str(uuid4())}
    if not _KEY.fullmatch(given):
        raise ValueError("An idempotency_key has 1 to 255 visible ASCII characters, and no spaces.")
    return {HEADER: given}


def check_no_key(service: str, method: str, given: str | None) -> None:
    """Raise a TypeError if a stream is given a key: it cannot be repeated."""
    if given is not None:
        raise TypeError(f"{service}.{method} is a stream: it takes no idempotency_key.")

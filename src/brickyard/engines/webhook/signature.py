"""Signatures by the Standard Webhooks scheme (standardwebhooks.com, version 1).

A receiver checks them with any of the libraries of that name.
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from brickyard.engines.clock import NANOSECONDS

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)
"""What the scheme allows."""
SECRETS_MAX = 5


def new_secret() -> str:
    """Make a secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def check_secrets(given: tuple[str, ...]) -> None:
    """Raise a ValueError, which never shows them, if they are not secrets."""
    if not 1 <= len(given) <= SECRETS_MAX or not all(_is_secret(each) for each in given):
        raise ValueError(f"Give 1 to {SECRETS_MAX} secrets: {PREFIX} and 24 to 64 bytes in base64.")


def headers(id: str, body: str, given: Iterable[str], now_ns: int) -> dict[str, str]:
    """Give the headers that sign a message."""
    from standardwebhooks import Webhook

    moment = datetime.fromtimestamp(now_ns // NANOSECONDS, UTC)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(now_ns // NANOSECONDS),
        "webhook-signature": " ".join(Webhook(each).sign(id, moment, body) for each in given),
    }


def _is_secret(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        return False
    return text.startswith(PREFIX) and len(key) in SECRET_BYTES

"""Brickyard: an open-source public cloud for developers, behind one endpoint and one key.

The clients and their errors are imported when they are first asked for: the server needs none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brickyard.sdk.async_client import AsyncBrickyard
    from brickyard.sdk.client import Brickyard
    from brickyard.sdk.errors import (
        BadRequestError,
        BrickyardError,
        ConflictError,
        ConnectionFailedError,
        ForbiddenError,
        NotFoundError,
        PayloadTooLargeError,
        PaymentRequiredError,
        RateLimitedError,
        ServerError,
        UnauthorizedError,
        UnreadableReplyError,
    )

__all__ = [
    "AsyncBrickyard",
    "BadRequestError",
    "Brickyard",
    "BrickyardError",
    "ConflictError",
    "ConnectionFailedError",
    "ForbiddenError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PaymentRequiredError",
    "RateLimitedError",
    "ServerError",
    "UnauthorizedError",
    "UnreadableReplyError",
]

_CLIENTS = {"Brickyard": "brickyard.sdk.client", "AsyncBrickyard": "brickyard.sdk.async_client"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_CLIENTS.get(name, "brickyard.sdk.errors")), name)

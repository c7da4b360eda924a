"""The Python client: every service of the cloud as methods, typed, sync and async."""

from brickyard.sdk.async_client import AsyncBrickyard
from brickyard.sdk.client import Brickyard
from brickyard.sdk.errors import (
    BadRequestError,
    BrickyardError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    NotFoundError,
    NotJsonError,
    PayloadTooLargeError,
    PaymentRequiredError,
    RateLimitedError,
    ServerError,
    UnauthorizedError,
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
    "NotJsonError",
    "PayloadTooLargeError",
    "PaymentRequiredError",
    "RateLimitedError",
    "ServerError",
    "UnauthorizedError",
]

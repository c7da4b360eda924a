"""The vocabulary of promises: what a service is, what it takes and gives, and what can go wrong."""

from brickyard.contract.context import Context
from brickyard.contract.errors import (
    BadRequest,
    Conflict,
    Fault,
    Forbidden,
    IdempotencyConflict,
    Internal,
    MethodNotAllowed,
    NotFound,
    PayloadTooLarge,
    PaymentRequired,
    Problem,
    RequestTimeout,
    SlowReader,
    StorageFull,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from brickyard.contract.money import Money, usd
from brickyard.contract.service import Contract, Endpoint, Example, Repeat, Service, endpoint
from brickyard.contract.struct import Reply, Request, Struct
from brickyard.contract.words import Int32, Int64, JsonObject, Timestamp

__all__ = [
    "BadRequest",
    "Conflict",
    "Context",
    "Contract",
    "Endpoint",
    "Example",
    "Fault",
    "Forbidden",
    "IdempotencyConflict",
    "Int32",
    "Int64",
    "Internal",
    "JsonObject",
    "MethodNotAllowed",
    "Money",
    "NotFound",
    "PayloadTooLarge",
    "PaymentRequired",
    "Problem",
    "Repeat",
    "Reply",
    "Request",
    "RequestTimeout",
    "Service",
    "SlowReader",
    "StorageFull",
    "Struct",
    "Timestamp",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMediaType",
    "endpoint",
    "usd",
]

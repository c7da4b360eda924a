"""The vocabulary of promises: what a service is, what it takes and gives, and what can go wrong."""

from brickyard.contract.context import Context, Served
from brickyard.contract.errors import (
    Attempt,
    BadRequest,
    Conflict,
    Fault,
    Forbidden,
    IdempotencyConflict,
    Internal,
    MethodNotAllowed,
    NoProvider,
    NotFound,
    OutcomeUnknown,
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
from brickyard.contract.export import Exported
from brickyard.contract.features import Features
from brickyard.contract.money import Money, usd
from brickyard.contract.service import Contract, Endpoint, Example, Repeat, Service, Size, endpoint
from brickyard.contract.struct import Reply, Request, Struct
from brickyard.contract.tariff import Tariff
from brickyard.contract.words import Int32, Int64, JsonObject, Timestamp

__all__ = [
    "Attempt",
    "BadRequest",
    "Conflict",
    "Context",
    "Contract",
    "Endpoint",
    "Example",
    "Exported",
    "Fault",
    "Features",
    "Forbidden",
    "IdempotencyConflict",
    "Int32",
    "Int64",
    "Internal",
    "JsonObject",
    "MethodNotAllowed",
    "Money",
    "NoProvider",
    "NotFound",
    "OutcomeUnknown",
    "PayloadTooLarge",
    "PaymentRequired",
    "Problem",
    "Repeat",
    "Reply",
    "Request",
    "RequestTimeout",
    "Served",
    "Service",
    "Size",
    "SlowReader",
    "StorageFull",
    "Struct",
    "Tariff",
    "Timestamp",
    "TooManyRequests",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMediaType",
    "endpoint",
    "usd",
]

"""What a call of the SDK raises when it is refused, fails or is not answered."""

from http import HTTPStatus

import msgspec

from brickyard.contract.errors import Fault


class Problem(msgspec.Struct, frozen=True):
    """What the server says of a call that it does not answer; members that we do not know are left out."""

    detail: str = ""
    id: str = ""
    code: int = 0
    request_id: str = ""
    retryable: bool = False
    errors: tuple[Fault, ...] = ()


class BrickyardError(Exception):
    """A call that was refused or failed."""

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        """Take what is known of it."""
        super().__init__(problem, retry_after_s)  # whole, so that it can be pickled
        self._problem = problem
        self.retry_after_s = retry_after_s
        """How long the server asks to wait before the same call is made again; None if it does not say."""

    @property
    def id(self) -> str:
        """Which endpoint it was: `db.create`; `v1` if the key was refused, empty if nobody answered."""
        return self._problem.id

    @property
    def code(self) -> int:
        """The HTTP status; 0 if nobody answered."""
        return self._problem.code

    @property
    def detail(self) -> str:
        """What was wrong, and what to do instead."""
        return self._problem.detail

    @property
    def request_id(self) -> str:
        """The call's name in the server's log; empty if nobody answered."""
        return self._problem.request_id

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later, unchanged."""
        return self._problem.retryable

    @property
    def errors(self) -> tuple[Fault, ...]:
        """What is wrong with which part of the request, by JSON Pointer."""
        return self._problem.errors

    def __str__(self) -> str:
        where = " ".join(str(part) for part in (self.id, self.code) if part)
        request = f" ({self.request_id})" if self.request_id else ""
        return f"{where}: {self.detail}{request}" if where else f"{self.detail}{request}"


class BadRequestError(BrickyardError):
    """400: the request is not what the contract asks for; `errors` says where."""


class UnauthorizedError(BrickyardError):
    """401: no key, or not a valid one."""


class PaymentRequiredError(BrickyardError):
    """402: the budget is used up."""


class ForbiddenError(BrickyardError):
    """403: the key's scopes do not cover this call."""


class NotFoundError(BrickyardError):
    """404: no such service, endpoint or thing."""


class ConflictError(BrickyardError):
    """409: what is there already does not allow it."""


class PayloadTooLargeError(BrickyardError):
    """413: the request is larger than is taken."""


class RateLimitedError(BrickyardError):
    """429: too many calls; `retry_after_s` says when to come back."""


class ServerError(BrickyardError):
    """500 and above: the server failed, or cannot do it now."""


class ConnectionFailedError(BrickyardError):
    """There was no reply, or it broke off. `retryable` is true only if the call cannot have been done."""


class UnreadableReplyError(BrickyardError):
    """There was a reply, and it is not what the contract says. The call may have been done."""


_BY_STATUS: dict[int, type[BrickyardError]] = {
    HTTPStatus.BAD_REQUEST: BadRequestError,
    HTTPStatus.UNAUTHORIZED: UnauthorizedError,
    HTTPStatus.PAYMENT_REQUIRED: PaymentRequiredError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: PayloadTooLargeError,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimitedError,
}


def error_of(problem: Problem, retry_after_s: float | None = None) -> BrickyardError:
    """Give the exception for a refusal, by its code."""
    otherwise = ServerError if problem.code >= HTTPStatus.INTERNAL_SERVER_ERROR else BrickyardError
    return _BY_STATUS.get(problem.code, otherwise)(problem, retry_after_s)


def connection_failed(detail: str, *, retryable: bool) -> ConnectionFailedError:
    """Give the exception for a call that got no reply."""
    return ConnectionFailedError(Problem(detail=detail, retryable=retryable))

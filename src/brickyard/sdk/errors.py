"""Refused and failed calls as exceptions, a class for each kind."""

from typing import Any, cast

import msgspec

from brickyard.contract import Fault


class BrickyardError(Exception):
    """A call that was refused or failed, as the cloud tells it."""

    def __init__(
        self,
        detail: str,
        *,
        id: str = "",
        code: int = 0,
        request_id: str = "",
        retryable: bool = False,
        errors: tuple[Fault, ...] = (),
    ) -> None:
        """Take the members of the cloud's error."""
        super().__init__(detail)
        self.detail = detail
        """What was wrong, and what to do."""
        self.id = id
        """Where: `db.create`."""
        self.code = code
        """The HTTP status; 0 if there was no reply."""
        self.request_id = request_id
        """What to name when asking about it."""
        self.retryable = retryable
        """Whether the same call may succeed later."""
        self.retry_after_s: float | None = None
        """After how many seconds, if the cloud says so (`Retry-After`)."""
        self.errors = errors
        """What is wrong with which part of the request."""

    def __str__(self) -> str:
        """Tell the whole of it in a line."""
        parts = [f"{self.code or ''} {self.id}".strip(), self.detail]
        return " ".join([*filter(None, parts), *([f"({self.request_id})"] if self.request_id else [])])


class BadRequestError(BrickyardError):
    """The request is not what the contract asks for (400)."""


class UnauthorizedError(BrickyardError):
    """No key, or not a valid one (401)."""


class PaymentRequiredError(BrickyardError):
    """There is no money for it (402)."""


class ForbiddenError(BrickyardError):
    """The key's scopes do not cover it (403)."""


class NotFoundError(BrickyardError):
    """Nothing by that name (404)."""


class ConflictError(BrickyardError):
    """What is there already does not allow it (409)."""


class PayloadTooLargeError(BrickyardError):
    """The request is too large (413)."""


class RateLimitedError(BrickyardError):
    """Too many calls (429)."""


class ServerError(BrickyardError):
    """The cloud failed (5xx)."""


class ConnectionFailedError(BrickyardError):
    """There was no reply: nobody listens there, or the connection broke."""


BY_CODE = {
    400: BadRequestError,
    401: UnauthorizedError,
    402: PaymentRequiredError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    429: RateLimitedError,
}
SERVER_ERRORS = 500


def error_of(status: int, body: bytes) -> BrickyardError:
    """Make the exception of a reply that is an error; `status` is HTTP's, `body` the reply's."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        value = None
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    code = int(members.get("code") or status)
    kind = ServerError if code >= SERVER_ERRORS else BY_CODE.get(code, BrickyardError)
    return kind(
        str(members.get("detail") or f"HTTP status {status}, and no reason was given."),
        id=str(members.get("id") or ""),
        code=code,
        request_id=str(members.get("request_id") or ""),
        retryable=bool(members.get("retryable")),
        errors=tuple(Fault(each["pointer"], each["detail"]) for each in members.get("errors") or ()),
    )


def unreadable(reason: str) -> ServerError:
    """Make the exception of a reply that is not what the contract says: there is no cloud, or not ours."""
    return ServerError(f"The reply cannot be read: {reason}. Is it Brickyard that answers there?")

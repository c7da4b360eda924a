"""Everything that a call can be refused for: one class, one HTTP status.

A class's docstring is what `/docs/errors` says: what it means, and below that what to do.
"""

from http import HTTPStatus
from typing import ClassVar

import msgspec

from brickyard.contract.money import Money

_RENAMED = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Content Too Large"}
"""Phrases that RFC 9110 (section 15.5.14) has changed, and only newer versions of Python."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one part of a request."""

    pointer: str
    """Where, as a JSON Pointer (RFC 6901) into the request body."""
    detail: str
    """What is wrong there, and what would be right."""


class Problem(Exception):  # noqa: N818 - the field's term (RFC 9457); most are not errors of ours
    """A call that is refused or failed, as the caller is told of it.

    `detail` says what was wrong and what to do instead; it never holds a secret.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    retryable: ClassVar[bool] = False
    """Whether the same call may succeed later, unchanged."""
    close_code: ClassVar[int] = 1008
    """What a WebSocket is closed with (RFC 6455, section 7.4.1)."""

    def __init__(self, detail: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults

    def members(self) -> dict[str, object]:
        """Give what the problem tells beyond what all do, as members of the error's body."""
        return {}


def phrase(status: HTTPStatus) -> str:
    """Give a status's phrase, as RFC 9110 has it."""
    return _RENAMED.get(status, status.phrase)


class BadRequest(Problem):
    """The request is not what the contract asks for.

    Correct the request: `detail` says how, and `errors` names each part at fault by its JSON Pointer. The
    same request is refused again.
    """

    status = HTTPStatus.BAD_REQUEST

    @classmethod
    def at(cls, pointer: str, detail: str) -> "BadRequest":
        """Refuse one part of the request, named by its JSON Pointer."""
        return cls(detail, faults=(Fault(pointer, detail),))


class Unauthorized(Problem):
    """No key, or not one of ours, or no longer valid.

    Send `Authorization: Bearer KEY` with a key that is neither revoked nor expired. `key/Create` makes one.
    """

    status = HTTPStatus.UNAUTHORIZED


class PaymentRequired(Problem):
    """There is not enough credit, or a spending cap is reached.

    Top up, raise the cap, or wait for it to reset: `affordable` says how much can still be spent (in US
    dollars), `resets_at` when the cap begins anew. Nothing was done and nothing was charged.
    """

    status = HTTPStatus.PAYMENT_REQUIRED

    def __init__(self, detail: str, *, affordable: Money, resets_at: str | None = None) -> None:
        """Refuse a call for money; `resets_at` is an RFC 3339 time, or None if time does not help."""
        super().__init__(detail)
        self.affordable, self.resets_at = affordable, resets_at

    def members(self) -> dict[str, object]:
        """Give what is affordable, and when it resets."""
        return {"affordable": str(self.affordable), "resets_at": self.resets_at}


class StorageFull(Problem):
    """The project keeps as much as the tier of its account allows.

    Delete something, or have the tier raised: `kept` says how much there is and `kept_max` how much there
    may be, in `unit`s (`records` or `bytes`). Nothing was done and nothing was charged.
    """

    status = HTTPStatus.PAYMENT_REQUIRED

    def __init__(self, unit: str, kept: int, kept_max: int) -> None:
        """Refuse what would be one too many."""
        super().__init__(
            f"The project keeps {kept} {unit} of the {kept_max} that its account's tier allows: delete some,"
            " or have the tier raised. `usage/Storage` shows what is kept."
        )
        self.unit, self.kept, self.kept_max = unit, kept, kept_max

    def members(self) -> dict[str, object]:
        """Give how much there is, and how much there may be."""
        return {"unit": self.unit, "kept": str(self.kept), "kept_max": str(self.kept_max)}


class Forbidden(Problem):
    """The key or session is good, and this is not for it.

    `detail` says why: a key's scopes do not cover the call, a role is not enough, a publishable key is used
    elsewhere than in its pages, or the operator has blocked the caller.
    """

    status = HTTPStatus.FORBIDDEN


class NotFound(Problem):
    """Nothing by that name.

    Check the name; `detail` suggests the nearest one there is.
    """

    status = HTTPStatus.NOT_FOUND


class MethodNotAllowed(Problem):
    """An HTTP method that calls are not made with.

    Make calls with POST, or with GET and query parameters. Read pages with GET.
    """

    status = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, detail: str, *, allow: str = "GET, POST, OPTIONS") -> None:
        """Refuse a method where `allow` lists those there are."""
        super().__init__(detail)
        self.allow = allow


class RequestTimeout(Problem):
    """The request did not arrive in time.

    Send it again; if it is large, in smaller pieces.
    """

    status = HTTPStatus.REQUEST_TIMEOUT
    retryable = True


class Conflict(Problem):
    """What is there already does not allow it.

    Read what is there now, and decide again.
    """

    status = HTTPStatus.CONFLICT


class IdempotencyConflict(Conflict):
    """The `Idempotency-Key` is that of another request, or of a call whose reply is not there to be repeated.

    For another request, take another key. Where the reply is missing, the call was done: read what is there
    now, and decide again.
    """


class PayloadTooLarge(Problem):
    """The request is larger than is taken.

    Send less at once: `detail` says how much is taken.
    """

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    close_code = 1009


class UnsupportedMediaType(Problem):
    """A request body of a kind that is not read.

    Send JSON as `application/json`, not compressed.
    """

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE


class SlowReader(Problem):
    """A stream was cut off: its reader fell too far behind.

    Connect again, go on after the last message that arrived, and read faster than messages come.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    retryable = True
    close_code = 1013


class TooManyRequests(Problem):
    """More calls at once, or in a short time, than are taken.

    Wait for as many seconds as the header `Retry-After` says, and spread calls out: the headers
    `RateLimit-Policy` and `RateLimit` of every reply say how many are taken, and how many are left.
    """

    status = HTTPStatus.TOO_MANY_REQUESTS
    retryable = True
    close_code = 1013

    def __init__(self, detail: str, *, retry_after_s: float) -> None:
        """Refuse a call that may be made again after `retry_after_s` seconds."""
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Internal(Problem):
    """Our fault; the log has the reason under the same request id.

    Try again later if the call may be made twice, as any may under an `Idempotency-Key`. If it stays, report
    the `request_id`.
    """

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    retryable = True
    close_code = 1011


class Unavailable(Problem):
    """It cannot be done now, and may be later.

    Try again after a moment, then after longer and longer ones.
    """

    status = HTTPStatus.SERVICE_UNAVAILABLE
    retryable = True
    close_code = 1013


class SwitchedOff(Unavailable):
    """The operator of the cloud has switched it off, for all or for the calling project.

    The detail says why, if the operator did. It stays so until they switch it on again: the catalog shows
    what is off for all.
    """

    retryable = False


class Attempt(msgspec.Struct, frozen=True):
    """A provider that was asked, or could have been, and did not answer."""

    provider: str
    kind: str
    """`auth`, `quota`, `rate`, `unreachable`, `down`, `timeout`, `garbage`, `busy`, `unsupported` or
    `not set up`."""
    detail: str
    retry_after_s: float | None = None
    """When it may be asked again; null if that is not known."""


class NoProvider(Unavailable):
    """None of the providers that could do it did.

    `tried` says of each why not. Those that were down or too busy may answer later; for those that are not
    set up, `provider/Set` takes credentials. Nothing was done and nothing was charged.
    """

    def __init__(
        self,
        attempts: tuple[Attempt, ...],
        *,
        retryable: bool,
        broke_off: bool = False,
    ) -> None:
        """Tell what was tried.

        `retryable` says whether it may succeed later, unchanged; `broke_off`, that an answer had begun.
        """
        told = "; ".join(
            dict.fromkeys(f"{each.provider}: {each.detail.rstrip('.')}" for each in _telling(attempts))
        )
        said = "The answer broke off in the middle" if broke_off else "No provider answered"
        super().__init__(f"{said} ({told or 'there is none'}).")
        self.attempts, self.may_succeed_later = attempts, retryable
        waits = [each.retry_after_s for each in attempts if each.retry_after_s is not None]
        self.retry_after_s = min(waits) if waits and retryable else None
        """When to try again; None if nobody has said."""

    def members(self) -> dict[str, object]:
        """Give what was tried."""
        return {
            "tried": [msgspec.structs.asdict(each) for each in self.attempts],
            "retryable": self.may_succeed_later,
        }


def _telling(attempts: tuple[Attempt, ...]) -> list[Attempt]:
    """Give the attempts that say why: who is not set up, only if there was nobody else."""
    asked = [each for each in attempts if each.kind != "not set up"]
    return asked or list(attempts)


class OutcomeUnknown(Problem):
    """A provider was asked to do something, and it is not known whether it did.

    It is not done again of itself: that could send twice what was to be sent once. Look with the provider
    before the call is made again. Nothing was charged.
    """

    status = HTTPStatus.BAD_GATEWAY
    close_code = 1011

    def __init__(self, attempt: Attempt) -> None:
        """Tell who was asked, and what went wrong."""
        super().__init__(
            f"{attempt.provider} may have done it, and may not ({attempt.kind}: {attempt.detail})."
            " It was not tried again."
        )
        self.attempt = attempt

    def members(self) -> dict[str, object]:
        """Give who was asked."""
        return {"tried": [msgspec.structs.asdict(self.attempt)]}

"""What adapters share: an adapter is a port's subclass that asks one provider over HTTP.

    @dataclass(frozen=True)
    class Frankfurter(Adapter, Rates):
        about = About(title="Frankfurter", hosts=("https://api.frankfurter.dev",), …)

        async def table(self, ask: TableAsk) -> Table:
            received = await self.http.get("https://api.frankfurter.dev/v2/rates")
            return ...received.read(list[Rate])...

It does the tasks that it overrides. What it raises is a `Failure`; what cannot be read as the declared struct
becomes one. One that needs credentials declares them: `credentials: MyCredentials`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

import msgspec

from brickyard.providers.about import About
from brickyard.providers.credentials import Credentials
from brickyard.providers.failure import Failure, Kind
from brickyard.providers.http import Http
from brickyard.providers.transport import Received

KINDS: Mapping[int, Kind] = {
    400: "bad input",
    401: "auth",
    402: "quota",
    403: "auth",
    404: "not found",
    408: "timeout",
    409: "bad input",
    410: "not found",
    413: "bad input",
    422: "bad input",
    429: "rate",
}
"""What a status means, if a provider has no rule of its own."""
RETRY_AFTER_MAX_S = 3600.0


@dataclass(frozen=True)
class Adapter:
    """One provider under one set of credentials."""

    about: ClassVar[About]

    http: Http
    credentials: Credentials

    async def check(self) -> None:
        """Ask for what costs nothing and shows whether the credentials are good; a `Failure` if not."""
        raise Failure("unsupported", "It has nothing to be asked that does nothing.")

    @classmethod
    def refusal(cls, received: Received) -> Failure | None:
        """Say how a reply fails, or that it does not; an adapter overrides it where its provider differs."""
        return by_status(received)


def by_status(received: Received, told: Callable[[Received], str] | None = None) -> Failure | None:
    """Judge a reply by its status, in the provider's own words if `told` finds some."""
    status = received.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    kind: Kind = KINDS.get(status, "down" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "garbage")
    words = words_of(received, told)
    detail = f"It answered {status}: {words}" if words else f"It answered {status}."
    return Failure(kind, detail, retry_after_s=retry_after_s(received))


def words_of(received: Received, told: Callable[[Received], str] | None) -> str:
    """Give what a provider says of a failure; nothing if that cannot be read."""
    if told is None:
        return ""
    try:
        return " ".join(told(received).split())
    except (msgspec.MsgspecError, LookupError, TypeError):
        return ""


def retry_after_s(received: Received) -> float | None:
    """Read `Retry-After` in seconds (RFC 9110, section 10.2.3); dates are not read."""
    text = received.headers.get("retry-after", "")
    return min(float(text), RETRY_AFTER_MAX_S) if text.isdecimal() and len(text) < 9 else None  # noqa: PLR2004 - decades

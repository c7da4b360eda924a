"""What an adapter asks its provider with: HTTP to the hosts it has declared, failures already told apart."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from brickyard.providers.about import About
from brickyard.providers.budget import given_s
from brickyard.providers.failure import DETAIL_MAX, Failure
from brickyard.providers.mirrors import Mirrors
from brickyard.providers.transport import Broken, Crowded, Received, Request, Stream, TooSlow, Transport

USER_AGENT = "Brickyard/0.1 (+https://github.com/brickyard; an API gateway)"
LIMIT_S = 30.0
"""How long a request may take where nothing else says so."""
CROWDED_FOR_S = 10.0
"""When to come again, if there was no room for a reply."""
AUTHENTICATING = frozenset(("authorization", "x-api-key", "x-goog-api-key", "api-key"))

Judge = Callable[[Received], Failure | None]
"""Says how a reply fails; None if it does not."""
Query = Mapping[str, str | int | float | None]


class Bearings(msgspec.Struct, frozen=True):
    """Where a provider is, and where it finds this cloud."""

    mirrors: Mirrors
    own_url: str = ""
    """A server that the credentials name, which may be asked besides."""
    of_project: bool = False
    """Whether the credentials are the project's own, and not the cloud's."""
    hook_url: str = ""


class Http:
    """HTTP for one adapter under one set of credentials."""

    def __init__(
        self, transport: Transport, about: About, judge: Judge, bearings: Bearings, secrets: tuple[str, ...]
    ) -> None:
        """Ask the hosts of `about`; `secrets` are masked in failures."""
        own_url, mirrors, hook_url = bearings.own_url, bearings.mirrors, bearings.hook_url
        self.hook_url = hook_url
        """Where the provider may tell what happens later; empty if it cannot reach this cloud."""
        self._transport, self._judge, self._mirrors = transport, judge, mirrors
        self._hosts = tuple(f"{host}/" for host in about.hosts)
        self._own = f"{own_url.rstrip('/')}/" if own_url else ""
        self._named_by: Literal["operator", "others"] = "others" if bearings.of_project else "operator"
        self._secrets = tuple({form for secret in secrets for form in (secret, quote(secret, safe=""))})

    async def get(
        self, url: str, query: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Received:
        """GET a URL; parameters of the query that are None are left out."""
        return await self.ask(self.request("GET", with_query(url, query), headers or {}, b""))

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Received:
        """POST a JSON value or a form."""
        return await self.ask(self.posting(url, json=json, form=form, headers=headers))

    def posting(
        self,
        url: str,
        *,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Request:
        """Make the request of a POST."""
        if form is not None:
            body, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = msgspec.json.encode(json), "application/json"
        return self.request("POST", url, {"Content-Type": kind, **(headers or {})}, body)

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
        """Make a request; a ValueError if the adapter has not declared where it leads."""
        own = bool(self._own) and url.startswith(self._own)
        if not own and not url.startswith(self._hosts):
            raise ValueError("An adapter asks the hosts that it has declared, and no other.")
        return Request(
            method=method,
            url=url if own else self._mirrors.url(url),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", **headers},
            body=body,
            limit_s=given_s(LIMIT_S),
            chosen_by=self._named_by if own else "adapter",
        )

    async def ask(self, request: Request) -> Received:
        """Send a request; every `Failure` is told apart, and shows no secret."""
        try:
            received = await self._transport.send(request)
        except Broken as error:
            raise _failure(error) from error
        self._check(request, received)
        return received

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncGenerator[Stream]:
        """Send a request and read the reply as it comes; a `Failure` as above, also while it is read."""
        try:
            async with self._transport.stream(request) as stream:
                if stream.status >= 300:  # noqa: PLR2004 - what is no success is short
                    self._check(request, Received(stream.status, stream.headers, await stream.rest()))
                yield stream
        except Broken as error:
            raise _failure(error) from error
        except Failure as failure:  # it may repeat what it was shown while it answers, too
            self._mask(failure, request.headers)
            raise

    def _check(self, request: Request, received: Received) -> None:
        failure = self._judge(received)
        if failure is not None:
            self._mask(failure, request.headers)
            raise failure

    def _mask(self, failure: Failure, headers: Mapping[str, str]) -> None:
        failure.detail = self._masked(failure.detail, headers)[:DETAIL_MAX]
        failure.args = (f"{failure.kind}: {failure.detail}",)

    def _masked(self, text: str, headers: Mapping[str, str]) -> str:
        """Give a provider's words without what it was shown: some repeat it."""
        shown = [value for name, value in headers.items() if name.lower() in AUTHENTICATING]
        for secret in (*self._secrets, *shown, *[value.rpartition(" ")[2] for value in shown]):
            text = text.replace(secret, "•••")
        return text


def with_query(url: str, query: Query | None) -> str:
    """Put a query behind a URL."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    return f"{url}?{urlencode(given)}" if given else url


def _failure(error: Broken) -> Failure:
    if isinstance(error, Crowded):
        return Failure("busy", str(error), done=True, retry_after_s=CROWDED_FOR_S)
    if isinstance(error, TooSlow):
        return Failure("timeout", str(error), done=error.sent)
    if error.sent:
        return Failure("garbage", str(error))
    return Failure("unreachable", str(error))

"""The client that waits for its replies."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Self, TypeVar

import httpx2

from brickyard.contract import JsonObject
from brickyard.sdk.connection import find
from brickyard.sdk.content import content_of
from brickyard.sdk.errors import BrickyardError
from brickyard.sdk.events import EventReader
from brickyard.sdk.exchange import (
    FINE,
    NO_HEADERS,
    STREAM_HEADERS,
    check_stream,
    check_time,
    failure,
    in_time,
    value_of,
)
from brickyard.sdk.idempotency import key_headers
from brickyard.sdk.retry import Attempts, MayTryAgain, Retries, certainly_not_done, may_succeed_later
from brickyard.sdk.services import Services

Outcome = TypeVar("Outcome")


class Brickyard(Services):
    """The cloud: `Brickyard().db.create(table="notes", record={...})`.

    The key is `key`, else `BRICKYARD_KEY`, else what `$BRICKYARD_HOME/token` holds. The address is
    `base_url`, else `BRICKYARD_URL`, else http://127.0.0.1:8080. What goes wrong is a `BrickyardError`.
    """

    def __init__(
        self,
        key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect when first called.

        A call takes `timeout_s` seconds at most; within that time, one that failed and may succeed later
        is tried again up to `retries` times, and never done twice. Of a stream, that goes for its opening,
        if it was certainly not opened.
        """
        self._connection = find(key, base_url)
        self._http = httpx2.Client(headers=self._connection.headers, trust_env=not self._connection.is_local)
        self._retries, self._sleep = Retries(retries, timeout_s, clock), sleep

    def call(
        self,
        service: str,
        endpoint: str,
        body: JsonObject | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> JsonObject:
        """Make a call by its names: `call("db", "Read", {"table": "notes"})`; gives the reply's JSON.

        Without a body it is the empty request. Who calls again with the same `idempotency_key`, within 24
        hours, gets the same reply, and nothing is done twice. Without one, that goes for the retries of this
        call alone.
        """
        url, content = self._connection.url(service, endpoint), content_of(body or {})
        headers = key_headers(service, endpoint, idempotency_key)
        return self._tried(
            lambda attempts: self._reply(attempts, "POST", url, content, headers), may_succeed_later
        )

    def stream(self, service: str, endpoint: str, body: JsonObject | None = None) -> Iterator[JsonObject]:
        """Make a streaming call by its names; gives each message's JSON. Closing the iterator ends it."""
        url, content = self._connection.url(service, endpoint), content_of(body or {})
        response = self._tried(lambda attempts: self._opened(attempts, url, content), certainly_not_done)
        reader = EventReader()
        try:
            for piece in response.iter_bytes():
                yield from reader.feed(piece)
        except httpx2.HTTPError as error:
            raise failure(error, self._connection) from None
        finally:
            response.close()

    def read_catalog(self) -> JsonObject:
        """Give the server's catalog (`GET /v1`), fetched once."""
        return self._catalog

    @cached_property
    def _catalog(self) -> JsonObject:
        url = f"{self._connection.base_url}/v1"
        return self._tried(lambda attempts: self._reply(attempts, "GET", url), may_succeed_later)

    def _reply(
        self,
        attempts: Attempts,
        method: str,
        url: str,
        content: bytes = b"",
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> JsonObject:
        pieces: list[bytes] = []
        with self._http.stream(
            method, url, content=content, headers=headers, extensions=in_time(attempts)
        ) as response:
            for piece in response.iter_bytes():
                check_time(attempts)
                pieces.append(piece)
        return value_of(response, b"".join(pieces))

    def _opened(self, attempts: Attempts, url: str, content: bytes) -> httpx2.Response:
        request = self._http.build_request(
            "POST", url, content=content, headers=STREAM_HEADERS, extensions=in_time(attempts)
        )
        response = self._http.send(request, stream=True)
        try:
            if response.status_code != FINE:
                value_of(response, response.read())
            check_stream(response)
        except BaseException:
            response.close()
            raise
        return response

    def _tried(self, attempt: Callable[[Attempts], Outcome], may_try_again: MayTryAgain) -> Outcome:
        if self._http.is_closed:
            raise BrickyardError("This client was closed; make another for more calls.")
        attempts = self._retries.begin(may_try_again)
        while True:
            try:
                return attempt(attempts)
            except httpx2.HTTPError as error:
                failed = failure(error, self._connection)
            except BrickyardError as error:
                failed = error
            wait_s = attempts.wait_s(failed)
            if wait_s is None:
                raise failed from None
            self._sleep(wait_s)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Show where the cloud is, never the key."""
        return f"Brickyard({self._connection.shown!r})"

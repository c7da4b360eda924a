"""The client whose replies are awaited."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
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
from brickyard.sdk.services import AsyncServices

Outcome = TypeVar("Outcome")


class AsyncBrickyard(AsyncServices):
    """The cloud: `await AsyncBrickyard().db.create(...)`; see `Brickyard` for where it finds its key."""

    def __init__(
        self,
        key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: int = 2,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Connect when first called.

        A call takes `timeout_s` seconds at most; within that time, one that failed and may succeed later
        is tried again up to `retries` times, and never done twice. Of a stream, that goes for its opening,
        if it was certainly not opened.
        """
        self._connection = find(key, base_url)
        self._http = httpx2.AsyncClient(
            headers=self._connection.headers, trust_env=not self._connection.is_local
        )
        self._retries, self._sleep = Retries(retries, timeout_s, clock), sleep
        self._known: JsonObject | None = None

    async def call(
        self,
        service: str,
        endpoint: str,
        body: JsonObject | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> JsonObject:
        """Make a call by its names; gives the reply's JSON.

        Who calls again with the same `idempotency_key`, within 24 hours, gets the same reply, and nothing
        is done twice. Without one, that goes for the retries of this call alone.
        """
        url, content = self._connection.url(service, endpoint), content_of(body or {})
        headers = key_headers(service, endpoint, idempotency_key)
        return await self._tried(
            lambda attempts: self._reply(attempts, "POST", url, content, headers), may_succeed_later
        )

    async def stream(
        self, service: str, endpoint: str, body: JsonObject | None = None
    ) -> AsyncIterator[JsonObject]:
        """Make a streaming call by its names; gives each message's JSON. Closing the iterator ends it."""
        url, content = self._connection.url(service, endpoint), content_of(body or {})
        response = await self._tried(
            lambda attempts: self._opened(attempts, url, content), certainly_not_done
        )
        reader = EventReader()
        try:
            async for piece in response.aiter_bytes():
                for message in reader.feed(piece):
                    yield message
        except httpx2.HTTPError as error:
            raise failure(error, self._connection) from None
        finally:
            await response.aclose()

    async def read_catalog(self) -> JsonObject:
        """Give the server's catalog (`GET /v1`), fetched once."""
        if self._known is None:
            url = f"{self._connection.base_url}/v1"
            self._known = await self._tried(
                lambda attempts: self._reply(attempts, "GET", url), may_succeed_later
            )
        return self._known

    async def _reply(
        self,
        attempts: Attempts,
        method: str,
        url: str,
        content: bytes = b"",
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> JsonObject:
        pieces: list[bytes] = []
        async with self._http.stream(
            method, url, content=content, headers=headers, extensions=in_time(attempts)
        ) as response:
            async for piece in response.aiter_bytes():
                check_time(attempts)
                pieces.append(piece)
        return value_of(response, b"".join(pieces))

    async def _opened(self, attempts: Attempts, url: str, content: bytes) -> httpx2.Response:
        request = self._http.build_request(
            "POST", url, content=content, headers=STREAM_HEADERS, extensions=in_time(attempts)
        )
        response = await self._http.send(request, stream=True)
        try:
            if response.status_code != FINE:
                value_of(response, await response.aread())
            check_stream(response)
        except BaseException:
            await response.aclose()
            raise
        return response

    async def _tried(
        self, attempt: Callable[[Attempts], Awaitable[Outcome]], may_try_again: MayTryAgain
    ) -> Outcome:
        if self._http.is_closed:
            raise BrickyardError("This client was closed; make another for more calls.")
        attempts = self._retries.begin(may_try_again)
        while True:
            try:
                return await attempt(attempts)
            except httpx2.HTTPError as error:
                failed = failure(error, self._connection)
            except BrickyardError as error:
                failed = error
            wait_s = attempts.wait_s(failed)
            if wait_s is None:
                raise failed from None
            await self._sleep(wait_s)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        """Show where the cloud is, never the key."""
        return f"AsyncBrickyard({self._connection.shown!r})"

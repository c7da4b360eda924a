"""The client whose replies are awaited."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

import httpx2
import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.connection import find
from brickyard.sdk.errors import BrickyardError
from brickyard.sdk.events import EventReader
from brickyard.sdk.exchange import FINE, STREAM_HEADERS, check_stream, failure, stream_timeout, value_of
from brickyard.sdk.retry import Retries
from brickyard.sdk.services import AsyncServices


class AsyncBrickyard(AsyncServices):
    """The cloud: `await AsyncBrickyard().db.create(...)`; see `Brickyard` for where it finds its key."""

    def __init__(
        self,
        key: str | None = None,
        base_url: str | None = None,
        *,
        timeout_s: float = 30.0,
        retries: int = 2,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Connect when first called; wait `timeout_s` for a reply; try again what was certainly not done."""
        self._connection = find(key, base_url)
        self._http = httpx2.AsyncClient(
            headers=self._connection.headers, timeout=timeout_s, trust_env=not self._connection.is_local
        )
        self._retries, self._sleep = Retries(retries), sleep
        self._known: JsonObject | None = None

    async def call(self, service: str, endpoint: str, body: JsonObject) -> JsonObject:
        """Make a call by its names; gives the reply's JSON."""
        content = msgspec.json.encode(body)
        return await self._tried(
            lambda: self._http.post(self._connection.url(service, endpoint), content=content)
        )

    async def stream(self, service: str, endpoint: str, body: JsonObject) -> AsyncIterator[JsonObject]:
        """Make a streaming call by its names; gives each message's JSON. Closing the iterator ends it."""
        reader = EventReader()
        try:
            async with self._http.stream(
                "POST",
                self._connection.url(service, endpoint),
                content=msgspec.json.encode(body),
                headers=STREAM_HEADERS,
                timeout=stream_timeout(self._http.timeout),
            ) as response:
                if response.status_code != FINE:
                    await response.aread()
                    value_of(response)
                check_stream(response)
                async for piece in response.aiter_bytes():
                    for message in reader.feed(piece):
                        yield message
        except httpx2.HTTPError as error:
            raise failure(error, self._connection) from None

    async def catalog(self) -> JsonObject:
        """Give the server's catalog (`GET /v1`), fetched once."""
        if self._known is None:
            self._known = await self._tried(lambda: self._http.get(f"{self._connection.base_url}/v1"))
        return self._known

    async def _tried(self, send: Callable[[], Awaitable[httpx2.Response]]) -> JsonObject:
        attempt = 0
        while True:
            retry_after = None
            try:
                response = await send()
                retry_after = response.headers.get("retry-after")
                return value_of(response)
            except httpx2.HTTPError as error:
                failed = failure(error, self._connection)
            except BrickyardError as error:
                failed = error
            wait_s = self._retries.wait_s(attempt, failed, retry_after)
            if wait_s is None:
                raise failed from None
            await self._sleep(wait_s)
            attempt += 1

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

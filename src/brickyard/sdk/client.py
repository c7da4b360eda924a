"""The client that waits for its replies."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Self

import httpx2
import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.connection import find
from brickyard.sdk.errors import BrickyardError
from brickyard.sdk.events import EventReader
from brickyard.sdk.exchange import FINE, STREAM_HEADERS, check_stream, failure, stream_timeout, value_of
from brickyard.sdk.retry import Retries
from brickyard.sdk.services import Services


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
        timeout_s: float = 30.0,
        retries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect when first called; wait `timeout_s` for a reply; try again what was certainly not done."""
        self._connection = find(key, base_url)
        self._http = httpx2.Client(
            headers=self._connection.headers, timeout=timeout_s, trust_env=not self._connection.is_local
        )
        self._retries, self._sleep = Retries(retries), sleep

    def call(self, service: str, endpoint: str, body: JsonObject) -> JsonObject:
        """Make a call by its names: `call("db", "Read", {"table": "notes"})`; gives the reply's JSON."""
        content = msgspec.json.encode(body)
        return self._tried(lambda: self._http.post(self._connection.url(service, endpoint), content=content))

    def stream(self, service: str, endpoint: str, body: JsonObject) -> Iterator[JsonObject]:
        """Make a streaming call by its names; gives each message's JSON. Closing the iterator ends it."""
        reader = EventReader()
        try:
            with self._http.stream(
                "POST",
                self._connection.url(service, endpoint),
                content=msgspec.json.encode(body),
                headers=STREAM_HEADERS,
                timeout=stream_timeout(self._http.timeout),
            ) as response:
                if response.status_code != FINE:
                    response.read()
                    value_of(response)
                check_stream(response)
                for piece in response.iter_bytes():
                    yield from reader.feed(piece)
        except httpx2.HTTPError as error:
            raise failure(error, self._connection) from None

    def catalog(self) -> JsonObject:
        """Give the server's catalog (`GET /v1`), fetched once."""
        return self._catalog

    @cached_property
    def _catalog(self) -> JsonObject:
        return self._tried(lambda: self._http.get(f"{self._connection.base_url}/v1"))

    def _tried(self, send: Callable[[], httpx2.Response]) -> JsonObject:
        attempt = 0
        while True:
            retry_after = None
            try:
                response = send()
                retry_after = response.headers.get("retry-after")
                return value_of(response)
            except httpx2.HTTPError as error:
                failed = failure(error, self._connection)
            except BrickyardError as error:
                failed = error
            wait_s = self._retries.wait_s(attempt, failed, retry_after)
            if wait_s is None:
                raise failed from None
            self._sleep(wait_s)
            attempt += 1

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

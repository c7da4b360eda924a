"""One service of a client: its endpoints as methods with keywords."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol

from brickyard.contract import JsonObject
from brickyard.sdk.contracts import body_of, check_named, endpoint_name, endpoints_of, reply_of, streams
from brickyard.sdk.idempotency import check_no_key


class Caller(Protocol):
    """What makes the calls: the sync client."""

    def call(
        self, service: str, endpoint: str, body: JsonObject, *, idempotency_key: str | None = None
    ) -> JsonObject:
        """Make a call."""
        ...

    def stream(self, service: str, endpoint: str, body: JsonObject) -> Iterator[JsonObject]:
        """Make a streaming call."""
        ...

    def read_catalog(self) -> JsonObject:
        """Give the server's catalog."""
        ...


class AsyncCaller(Protocol):
    """What makes the calls: the async client."""

    async def call(
        self, service: str, endpoint: str, body: JsonObject, *, idempotency_key: str | None = None
    ) -> JsonObject:
        """Make a call."""
        ...

    def stream(self, service: str, endpoint: str, body: JsonObject) -> AsyncIterator[JsonObject]:
        """Make a streaming call."""
        ...

    async def read_catalog(self) -> JsonObject:
        """Give the server's catalog."""
        ...


class Namespace:
    """A service's endpoints, called with keywords."""

    def __init__(self, client: Caller, service: str) -> None:
        """Call `service` through `client`."""
        self._client, self._service = client, service

    def __dir__(self) -> list[str]:
        """Name the endpoints, for completion."""
        return sorted(endpoints_of(self._service))

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Give an endpoint."""
        if method.startswith("_"):
            raise AttributeError(method)
        endpoint = endpoints_of(self._service).get(method)
        name = endpoint_name(endpoint, method)

        def call(*values: Any, idempotency_key: str | None = None, **fields: Any) -> Any:
            check_named(self._service, method, endpoint, values)
            body = body_of(endpoint, fields)
            if endpoint.stream if endpoint else streams(self._client.read_catalog(), self._service, name):
                check_no_key(self._service, method, idempotency_key)
                replies = self._client.stream(self._service, name, body)
                return (reply_of(endpoint, reply) for reply in replies)
            reply = self._client.call(self._service, name, body, idempotency_key=idempotency_key)
            return reply_of(endpoint, reply)

        call.__name__, call.__doc__ = method, endpoint.doc if endpoint else None
        return call


class AsyncNamespace:
    """A service's endpoints, called with keywords and awaited; streams are iterated."""

    def __init__(self, client: AsyncCaller, service: str) -> None:
        """Call `service` through `client`."""
        self._client, self._service = client, service

    def __dir__(self) -> list[str]:
        """Name the endpoints, for completion."""
        return sorted(endpoints_of(self._service))

    def __getattr__(self, method: str) -> Callable[..., Any]:
        """Give an endpoint."""
        if method.startswith("_"):
            raise AttributeError(method)
        endpoint = endpoints_of(self._service).get(method)
        name = endpoint_name(endpoint, method)

        async def call(*values: Any, idempotency_key: str | None = None, **fields: Any) -> Any:
            check_named(self._service, method, endpoint, values)
            body = body_of(endpoint, fields)
            if endpoint is None and streams(await self._client.read_catalog(), self._service, name):
                check_no_key(self._service, method, idempotency_key)
                return self._client.stream(self._service, name, body)
            reply = await self._client.call(self._service, name, body, idempotency_key=idempotency_key)
            return reply_of(endpoint, reply)

        async def stream(*values: Any, **fields: Any) -> AsyncIterator[Any]:
            check_named(self._service, method, endpoint, values)
            async for reply in self._client.stream(self._service, name, body_of(endpoint, fields)):
                yield reply_of(endpoint, reply)

        chosen = stream if endpoint is not None and endpoint.stream else call
        chosen.__name__, chosen.__doc__ = method, endpoint.doc if endpoint else None
        return chosen

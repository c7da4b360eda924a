"""Services as attributes of a client: `client.db.create(...)`.

Type checkers read `services.pyi` instead, which `python -m brickyard.sdk.stubs` makes from the catalog.
"""

from typing import Any

from brickyard.sdk.namespace import AsyncNamespace, Namespace


class Services:
    """Every service, by name."""

    def __getattr__(self, service: str) -> Any:
        """Give a service; whether there is one of that name shows when it is called."""
        if service.startswith("_"):
            raise AttributeError(service)
        return Namespace(self, service)  # type: ignore[arg-type]  # a client is a subclass of this


class AsyncServices:
    """Every service, by name, for an async client."""

    def __getattr__(self, service: str) -> Any:
        """Give a service; whether there is one of that name shows when it is called."""
        if service.startswith("_"):
            raise AttributeError(service)
        return AsyncNamespace(self, service)  # type: ignore[arg-type]  # a client is a subclass of this

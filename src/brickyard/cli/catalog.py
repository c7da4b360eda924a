"""The catalog as `GET /v1` gives it: what the commands, their options and their help are made of."""

import re
from typing import Any

import msgspec


class ExampleEntry(msgspec.Struct, frozen=True):
    """One call and its reply."""

    request: dict[str, Any] = {}
    reply: dict[str, Any] | None = None


class EndpointEntry(msgspec.Struct, frozen=True):
    """One endpoint, with the JSON Schemas of its request and reply."""

    name: str
    """As on the wire: `ListTables`."""
    description: str = ""
    stream: bool = False
    price: str = "0"
    """US dollars a call; at most, if it is metered."""
    metered: bool = False
    unit: str = ""
    """What the price is of; empty if of a call."""
    request: dict[str, Any] = {}
    reply: dict[str, Any] = {}
    examples: tuple[ExampleEntry, ...] = ()

    @property
    def command(self) -> str:
        """Its name as a command: `list-tables`."""
        return dashed(self.name)

    @property
    def price_text(self) -> str:
        """What a call costs, for people."""
        from brickyard.contract.service import price_text

        return price_text(self.price, metered=self.metered, unit=self.unit)


class ServiceEntry(msgspec.Struct, frozen=True):
    """One service and its endpoints."""

    name: str
    title: str = ""
    category: str = "other"
    description: str = ""
    endpoints: tuple[EndpointEntry, ...] = ()

    def endpoint(self, name: str) -> EndpointEntry | None:
        """Give the endpoint of that name in any spelling (`ListTables`, `list-tables`); None if none."""
        wanted = _plain(name)
        return next((each for each in self.endpoints if _plain(each.name) == wanted), None)


class Catalog(msgspec.Struct, frozen=True):
    """All services."""

    services: tuple[ServiceEntry, ...]

    def service(self, name: str) -> ServiceEntry | None:
        """Give the service of that name in any spelling; None if there is none."""
        wanted = _plain(name)
        return next((each for each in self.services if _plain(each.name) == wanted), None)


def dashed(name: str) -> str:
    """Give a wire name as the command line writes it: `ListTables`, `orderBy` and `order_by` get dashes."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def first_sentence(prose: str) -> str:
    """Give the first sentence of a description, on one line."""
    text = " ".join(prose.split("\n\n", 1)[0].split())
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def _plain(name: str) -> str:
    return re.sub(r"[-_]", "", name).lower()

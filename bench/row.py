"""A row of the comparison: one request, or a ring of them, that one server is asked over and over."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx2 as httpx
import msgspec

from bench.server import Server

RECORDS = 1_000
"""How many different records or keys the reading rows go round."""


class Call(msgspec.Struct, frozen=True):
    """One request, without its headers."""

    method: str
    path: str
    body: str = ""

    def line(self) -> str:
        """Write it as a line for `requests.lua`."""
        return f"{self.method} {self.path} {self.body}"


class Row(msgspec.Struct, frozen=True):
    """What is measured."""

    name: str
    server: Server
    headers: Mapping[str, str]
    prepare: Callable[[], Sequence[Call]]
    """Puts into the server what the calls ask for, and gives the calls."""
    right: Callable[[Any], bool]
    """Says whether a reply (its JSON) to the first of the calls is what it must be."""

    def check(self, call: Call) -> None:
        """Make `call` once; a RuntimeError if the reply is not right."""
        with client(self.server, self.headers) as http:
            answer = http.request(call.method, call.path, content=call.body.encode())
        if answer.status_code != HTTPStatus.OK or not self.right(answer.json()):
            raise RuntimeError(f"{self.name} answers {answer.status_code}: {answer.text[:500]}")


def client(server: Server, headers: Mapping[str, str] | None = None) -> httpx.Client:
    """Make a client for setting a server up."""
    return httpx.Client(base_url=server.address, headers=dict(headers or {}), timeout=30)


def json_headers(token: str) -> dict[str, str]:
    """Give the headers of a JSON request by the holder of `token`."""
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def person(number: int) -> dict[str, Any]:
    """Give the record that all servers keep: a name, a number, a boolean, a line of text."""
    return {
        "name": f"Jane {number}",
        "age": number % 100,
        "isActive": number % 2 == 0,
        "city": "Llanfairpwllgwyngyll",
    }


def holds(record: Mapping[str, Any], number: int) -> bool:
    """Say whether `record` has all of `person(number)`."""
    return person(number).items() <= record.items()


def text(value: Any) -> str:
    """Write JSON."""
    return msgspec.json.encode(value).decode()

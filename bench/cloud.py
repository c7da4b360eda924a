"""The cloud itself, as `brick up` starts it: default settings, durable commits, its log in a file.

Twice more beside it, for what the control plane costs: without metering, and asked by a customer whose calls
are limited and paid for.
"""

import asyncio
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.row import RECORDS, Call, Row, client, holds, json_headers, person, text
from bench.server import Server, free_port, serving
from brickyard.app import Application
from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings

TABLE = "people"


@contextmanager
def cloud(folder: Path) -> Generator[Sequence[Row]]:
    """Start a cloud in `folder`, and give its rows."""
    with _started(folder / "home") as (server, token):
        yield _rows(server, json_headers(token))


@contextmanager
def unmetered(folder: Path) -> Generator[Sequence[Row]]:
    """Start a cloud that keeps no records of calls."""
    with _started(folder / "unmetered", BRICKYARD_METERING="false") as (server, token):
        yield [_named(row, "unmetered") for row in _rows(server, json_headers(token))]


@contextmanager
def sold(folder: Path) -> Generator[Sequence[Row]]:
    """Start a cloud, and have it asked by a customer with much money and high limits."""
    home = folder / "sold"
    home.mkdir()
    (home / "prices.toml").write_text("[tiers.business]\nrequests_per_second = 1_000_000\n")
    token = asyncio.run(_customer(Settings(home=home)))
    with _started(home) as (server, _):
        yield [_named(row, "sold") for row in _rows(server, json_headers(token))]


@contextmanager
def _started(home: Path, **settings: str) -> Generator[tuple[Server, str]]:
    port = free_port()
    environment = {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": str(port), **settings}
    log = home.with_suffix(".log")
    with serving([sys.executable, "-m", "brickyard", "up"], port, log, environment) as server:
        yield server, (home / "token").read_text().strip()


async def _customer(settings: Settings) -> str:
    """Put a customer into a new home; gives a key of theirs."""
    application = Application(settings)
    try:
        await application.first_key()
        await application.books.open("prj_customer", "business")
        gift = Movement(amount=usd("1000000"), reference="gift", reason="to be spent by a benchmark")
        await application.books.grant("prj_customer", gift)
        token, _ = await application.keyring.create("prj_customer", "a customer's", ("*",), None)
    finally:
        application.close()
    return token


def _named(row: Row, how: str) -> Row:
    return msgspec.structs.replace(row, name=f"{row.name}, {how}")


def _rows(server: Server, headers: dict[str, str]) -> Sequence[Row]:
    return [
        Row(
            name="helloworld/Call",
            server=server,
            headers=headers,
            prepare=lambda: [Call("POST", "/v1/helloworld/Call", '{"name":"John"}')],
            right=lambda reply: reply == {"message": "Hello John"},
        ),
        Row(
            name="cache/Get",
            server=server,
            headers=headers,
            prepare=lambda: _cached(server, headers),
            right=lambda reply: reply["value"] == text(person(0)),
        ),
        Row(
            name="db/Read",
            server=server,
            headers=headers,
            prepare=lambda: _kept(server, headers),
            right=lambda reply: holds(reply["records"][0], 0),
        ),
        Row(
            name="db/Create",
            server=server,
            headers=headers,
            prepare=lambda: [
                Call("POST", "/v1/db/Create", text({"table": "made", "record": person(number)}))
                for number in range(RECORDS)
            ],
            right=lambda reply: reply.keys() == {"id"},
        ),
    ]


def _cached(server: Server, headers: dict[str, str]) -> Sequence[Call]:
    with client(server, headers) as http:
        for number in range(RECORDS):
            value = {"key": f"person-{number}", "value": text(person(number))}
            http.post("/v1/cache/Set", json=value).raise_for_status()
    return [Call("POST", "/v1/cache/Get", text({"key": f"person-{number}"})) for number in range(RECORDS)]


def _kept(server: Server, headers: dict[str, str]) -> Sequence[Call]:
    with client(server, headers) as http:
        for number in range(RECORDS):
            record = {"table": TABLE, "id": f"person-{number}", "record": person(number)}
            http.post("/v1/db/Create", json=record).raise_for_status()
    return [
        Call("POST", "/v1/db/Read", text({"table": TABLE, "id": f"person-{number}"}))
        for number in range(RECORDS)
    ]

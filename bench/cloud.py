"""The cloud itself, as `brick up` starts it: default settings, durable commits, its log in a file."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.row import RECORDS, Call, Row, client, holds, json_headers, person, text
from bench.server import Server, free_port, serving

TABLE = "people"


@contextmanager
def cloud(folder: Path) -> Generator[Sequence[Row]]:
    """Start a cloud in `folder`, and give its rows."""
    port, home = free_port(), folder / "home"
    environment = {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": str(port)}
    with serving(
        [sys.executable, "-m", "brickyard", "up"], port, folder / "cloud.log", environment
    ) as server:
        yield _rows(server, json_headers((home / "token").read_text().strip()))


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

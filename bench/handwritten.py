"""The service one would write oneself (`fastapi_peer.py`), started, filled and asked."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.row import RECORDS, Call, Row, client, holds, json_headers, person, text
from bench.server import Server, free_port, serving

KEY = "sk_live_a_key_for_one_run_of_the_comparison_00000"
OPTIONS = ("--loop=uvloop", "--http=httptools", "--no-access-log", "--log-level=warning")


@contextmanager
def handwritten(folder: Path) -> Generator[Sequence[Row]]:
    """Start the service in `folder`, and give its rows."""
    port = free_port()
    environment = {"PEER_DATABASE": str(folder / "peer.db"), "PEER_KEY": KEY}
    command = [sys.executable, "-m", "uvicorn", "bench.fastapi_peer:app", f"--port={port}", *OPTIONS]
    with serving(command, port, folder / "fastapi.log", environment) as server:
        yield _rows(server, json_headers(KEY))


def _rows(server: Server, headers: dict[str, str]) -> Sequence[Row]:
    return [
        Row(
            name="FastAPI read",
            server=server,
            headers=headers,
            prepare=lambda: _kept(server, headers),
            right=lambda reply: holds(reply, 0),
        ),
        Row(
            name="FastAPI create",
            server=server,
            headers=headers,
            prepare=lambda: [Call("POST", "/people", text(person(number))) for number in range(RECORDS)],
            right=lambda reply: holds(reply, 0),
        ),
    ]


def _kept(server: Server, headers: dict[str, str]) -> Sequence[Call]:
    with client(server, headers) as http:
        made = [http.post("/people", json=person(number)) for number in range(RECORDS)]
    return [Call("GET", f"/people/{each.raise_for_status().json()['id']}") for each in made]

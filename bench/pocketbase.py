"""PocketBase: the same records in a collection whose rules ask for an authenticated user."""

import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

from bench.row import RECORDS, Call, Row, client, holds, json_headers, person, text
from bench.server import Server, free_port, serving

BINARY = Path(sys.executable).with_name("pocketbase")
EMAIL, PASSWORD = "bench@example.com", "a-password-for-one-run"
SIGNED_IN = '@request.auth.id != ""'
RECORDS_PATH = "/api/collections/people/records"
ONE_CORE = {"GOMAXPROCS": "1"}


@contextmanager
def pocketbase(folder: Path) -> Generator[Sequence[Row]]:
    """Start PocketBase in `folder`, and give its rows."""
    port, data = free_port(), f"--dir={folder / 'pb_data'}"
    subprocess.run([BINARY, "superuser", "upsert", EMAIL, PASSWORD, data], check=True, capture_output=True)
    command = [str(BINARY), "serve", f"--http=127.0.0.1:{port}", data]
    with serving(command, port, folder / "pocketbase.log", ONE_CORE) as server:
        yield _rows(server, json_headers(_user_token(server)))


def _rows(server: Server, headers: dict[str, str]) -> Sequence[Row]:
    return [
        Row(
            name="PocketBase read",
            server=server,
            headers=headers,
            prepare=lambda: _kept(server, headers),
            right=lambda reply: holds(reply, 0),
        ),
        Row(
            name="PocketBase create",
            server=server,
            headers=headers,
            prepare=lambda: [Call("POST", RECORDS_PATH, text(person(number))) for number in range(RECORDS)],
            right=lambda reply: holds(reply, 0),
        ),
    ]


def _kept(server: Server, headers: dict[str, str]) -> Sequence[Call]:
    with client(server, headers) as http:
        made = [http.post(RECORDS_PATH, json=person(number)) for number in range(RECORDS)]
    return [Call("GET", f"{RECORDS_PATH}/{each.raise_for_status().json()['id']}") for each in made]


def _user_token(server: Server) -> str:
    """Make the collection and a user as superuser; give the token the user signs in for."""
    with client(server) as http:
        http.headers["Authorization"] = _sign_in(http, "_superusers")
        http.post("/api/collections", json=_collection()).raise_for_status()
        user = {"email": EMAIL, "password": PASSWORD, "passwordConfirm": PASSWORD}
        http.post("/api/collections/users/records", json=user).raise_for_status()
        return _sign_in(http, "users")


def _sign_in(http: httpx.Client, collection: str) -> str:
    credentials = {"identity": EMAIL, "password": PASSWORD}
    answer = http.post(f"/api/collections/{collection}/auth-with-password", json=credentials)
    return answer.raise_for_status().json()["token"]


def _collection() -> dict[str, object]:
    return {
        "name": "people",
        "type": "base",
        "fields": [
            {"name": "name", "type": "text"},
            {"name": "age", "type": "number"},
            {"name": "isActive", "type": "bool"},
            {"name": "city", "type": "text"},
        ],
        "viewRule": SIGNED_IN,
        "createRule": SIGNED_IN,
    }

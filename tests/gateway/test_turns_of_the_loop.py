"""What another process ended holds for each call that is read after that, in whatever turn of the loop."""

import asyncio
import re
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit

import pytest
import uvloop

from brickyard.app import Application
from brickyard.engines.sql.sqlite import SqliteEngine
from brickyard.platform.audit import ITSELF
from brickyard.platform.caller import EPOCH
from brickyard.settings import Settings

pytestmark = pytest.mark.only_on("sqlite", "there, each process looks whether its file was written to")

ROUNDS = 20
LENGTH = re.compile(r"content-length: (\d+)(?s:.*?)\r\n\r\n", re.IGNORECASE)


def request(key: str, path: str, body: bytes) -> bytes:
    head = (
        f"POST /v1/{path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Held:
    """A server on uvloop, and another process's doings between two of its callbacks."""

    def __init__(self, application: Application, other: Application, address: str) -> None:
        self.here, self.other = application, other
        parts = urlsplit(address)
        self.socket = socket.create_connection((str(parts.hostname), int(parts.port or 0)))

    async def answer(self) -> str:
        return await asyncio.to_thread(self._read)

    def _read(self) -> str:
        """Read one reply."""
        text = ""
        while (found := LENGTH.search(text)) is None or len(text) < found.end() + int(found[1]):
            text += self.socket.recv(65_536).decode()
        return text

    async def ask(self, sent: bytes) -> str:
        self.socket.sendall(sent)
        return await self.answer()

    async def after(self, elsewhere: Callable[[Application], object], sent: bytes) -> str:
        """Have the server look at its file, something done elsewhere, then a call sent: in one callback."""

        def at_once() -> None:
            self.here.keyring._epochs.current(EPOCH)
            cast("SqliteEngine", self.here.sql).look_up("SELECT count(*) FROM cache_entries", ())
            thread = threading.Thread(target=elsewhere, args=(self.other,))
            thread.start()
            thread.join()
            self.socket.sendall(sent)

        asyncio.get_running_loop().call_soon(at_once)
        return await self.answer()


def run(settings: Settings, held: Callable[[Held], Awaitable[None]]) -> None:
    """Serve on uvloop, as `brick up` does."""

    async def serve() -> None:
        here, other = Application(settings), Application(settings)
        await here.first_key()
        server = here.server()
        serving = asyncio.create_task(server.serve())
        await server.listening.wait()
        try:
            await held(Held(here, other, server.address))
        finally:
            server.should_exit = True
            await serving
            other.close()
            here.close()

    uvloop.run(serve())


def test_a_key_revoked_elsewhere_is_refused_by_a_call_read_in_the_same_turn(settings: Settings):
    async def hold(held: Held) -> None:
        project = await held.here.keyring.first_project()
        for _ in range(ROUNDS):
            key, record = await held.here.keyring.create(project, "", ("*",), None)
            call = request(key, "helloworld/Call", b"{}")
            for _ in range(2):
                assert (await held.ask(call)).startswith("HTTP/1.1 200")

            def revoke(other: Application, key_id: str = record.id) -> None:
                asyncio.run(other.keyring.revoke(ITSELF, project, key_id))

            assert (await held.after(revoke, call)).startswith("HTTP/1.1 401")

    run(settings, hold)


def test_what_was_written_elsewhere_is_read_by_a_call_in_the_same_turn(settings: Settings):
    async def hold(held: Held) -> None:
        project = await held.here.keyring.first_project()
        key, _ = await held.here.keyring.create(project, "", ("*",), None)
        read = request(key, "cache/Get", b'{"key":"k"}')
        await held.ask(request(key, "cache/Set", b'{"key":"k","value":"-1"}'))
        for number in range(ROUNDS):

            def write(other: Application, value: str = str(number)) -> None:
                statement = "UPDATE cache_entries SET value = ?2 WHERE project = ?1"
                asyncio.run(other.sql.bound(project).run(statement, value))

            assert f'"value":"{number}"' in await held.after(write, read)

    run(settings, hold)

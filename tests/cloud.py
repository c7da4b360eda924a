"""Clouds for tests, and the plain HTTP with which tests knock at their door."""

import asyncio
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx2 as httpx
import msgspec

from brickyard.app import FIRST_KEY_SCOPES, Application
from brickyard.engines.clock import Clock
from brickyard.gateway.server import Server
from brickyard.settings import Settings
from database import database
from database_file import lay

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that meet no certificate: to read all authorities takes longer than most calls."""
STARTED = re.compile(r"http://[0-9.]+:\d+")


def a_free_port() -> str:
    """Give a port for a cloud that is to be found where it was after it has been started again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


class ProcessCloud:
    """`brick up` in a process of its own, on a free port."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        own = {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": "0", "BRICKYARD_OFFLINE": "true"}
        if url := database.url(home):
            own["BRICKYARD_DATABASE_URL"] = url
        self._environment = {**os.environ, **own, **environment}
        self.log = home.parent / f"{home.name}.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "brickyard", "up"],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := STARTED.search(line):
                self.address = found[0]
                break
        else:
            raise AssertionError(self.log.read_text())
        self.key = (self.home / "token").read_text().strip()
        self.client = httpx.Client(
            base_url=self.address, headers={"Authorization": f"Bearer {self.key}"}, timeout=30, verify=NO_TLS
        )

    def stop(self, signal_number: int = signal.SIGTERM) -> None:
        self.client.close()
        self.process.send_signal(signal_number)
        self.process.wait(timeout=30)

    def kill(self) -> None:
        """End the process as a power failure would end it, as far as the process can tell."""
        self.stop(signal.SIGKILL)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.client.post(f"/v1/{path}", json={} if body is None else body, **options)

    def call(self, path: str, body: Any = None) -> Any:
        """Make a call that has to succeed; gives its reply."""
        response = self.post(path, body)
        assert response.status_code == 200, response.text
        return response.json()


def gateways(folder: Path, count: int = 2, **environment: str) -> list[ProcessCloud]:
    """Give several gateways of one cloud, not started yet.

    On SQLite they have one home. On PostgreSQL each has one of its own, as if on a machine of its own.
    """
    home = folder / "home"
    url = database.url(home)
    if url is None:
        return [ProcessCloud(home, **environment) for _ in range(count)]
    homes = [folder / f"home{number}" for number in range(count)]
    return [ProcessCloud(each, BRICKYARD_DATABASE_URL=url, **environment) for each in homes]


class LocalCloud:
    """An application served on the test's own event loop."""

    def __init__(self, application: Application, server: Server, key: str) -> None:
        self.application, self.server, self.key = application, server, key
        self.address = server.address
        self.client = httpx.AsyncClient(
            base_url=self.address, headers={"Authorization": f"Bearer {key}"}, timeout=30, verify=NO_TLS
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        if not isinstance(body, bytes):
            body = msgspec.json.encode({} if body is None else body)
        return await self.client.post(f"/v1/{path}", content=body, **options)

    async def call(self, path: str, body: Any = None) -> Any:
        """Make a call that has to succeed; gives its reply."""
        response = await self.post(path, body)
        assert response.status_code == 200, response.text
        return response.json()

    async def other_project(self) -> str:
        """Make a second project, and give a key to it."""
        token, _ = await self.application.keyring.create(
            "prj_other", "another tenant's", FIRST_KEY_SCOPES, None
        )
        return token


@asynccontextmanager
async def serving(settings: Settings, clock: Clock) -> AsyncIterator[LocalCloud]:
    """Serve a cloud on the event loop that asks."""
    if settings.database_url is None:
        lay(settings.home)
    application = Application(settings, clock)
    try:
        key = await application.first_key()
        server = application.server()
        served = asyncio.create_task(server.serve())
        await server.listening.wait()
        try:
            async with LocalCloud(application, server, key) as cloud:
                yield cloud
        finally:
            server.should_exit = True
            await served
    finally:
        application.close()

"""A tenant who calls now and then, and how long that takes: `python -m bench.quiet ADDRESS KEY FILE SECONDS`.

Calls begin when they are due (200 a second, evenly), whether or not those before them have ended, and are
timed from that moment on: a server that stops for a while delays all calls that fall into the pause, and all
are counted. Prints the latencies in milliseconds, as JSON, and how many replies were not 200.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import uvloop

PER_S = 200
LATE_S = 10.0
"""How long a reply is waited for."""


class Connections:
    """Connections that are open; another is opened when all are busy."""

    def __init__(self, host: str, port: int) -> None:
        """Connect to one address."""
        self._host, self._port = host, port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> int:
        """Send a request, and read the whole reply; gives its status."""
        reader, writer = self._free.pop() if self._free else await self._open()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head.split(b" ", 2)[1])

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port)


async def measure(address: str, requests: list[bytes], seconds: float) -> tuple[list[float], int]:
    """Make calls when they are due; gives what each took, in milliseconds, and how many failed."""
    parts = urlsplit(address)
    connections = Connections(parts.hostname or "", parts.port or 80)
    for request in requests[:4]:
        await connections.ask(request)  # what is made at the first call is made
    took_ms: list[float] = []
    failed = 0

    async def one(request: bytes, due_s: float) -> None:
        nonlocal failed
        status = 0
        try:
            async with asyncio.timeout(LATE_S):
                status = await connections.ask(request)
        finally:
            took_ms.append((time.monotonic() - due_s) * 1000)
            failed += status != 200

    begins_s, tasks = time.monotonic() + 0.05, list[asyncio.Task[None]]()
    for number in range(round(seconds * PER_S)):
        due_s = begins_s + number / PER_S
        await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        tasks.append(asyncio.create_task(one(requests[number % len(requests)], due_s)))
    await asyncio.gather(*tasks, return_exceptions=True)
    return took_ms, failed


def main() -> None:
    """Measure what the command line says."""
    address, key, file, seconds = sys.argv[1:]
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))  # before whoever floods from the same core
    host = urlsplit(address).netloc
    requests: list[bytes] = []
    for line in Path(file).read_text().splitlines():
        method, path, body = line.split(" ", 2)
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body.encode())}\r\n\r\n"
        )
        requests.append((head + body).encode())
    print(msgspec.json.encode(uvloop.run(measure(address, requests, float(seconds)))).decode())


if __name__ == "__main__":
    main()

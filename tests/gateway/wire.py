"""HTTP by hand: for requests that no client library would send, and replies read byte by byte."""

import asyncio
import base64
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec

LIMIT_S = 10.0
"""Whatever takes longer is a hang, and fails the test."""


class Answer(msgspec.Struct):
    """One response."""

    status: int
    version: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name.lower()), "")

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *pieces: bytes) -> None:
        """Send bytes; each piece as a packet of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def takes(self, pieces: list[bytes]) -> bool:
        """Send bytes until the server cuts the connection; gives whether it took them all."""
        try:
            await self.send(*pieces)
        except ConnectionError:
            return False
        return True

    async def answer(self, *, bodyless: bool = False) -> Answer:
        """Read one response whole."""
        async with asyncio.timeout(LIMIT_S):
            answer = await self.head()
            if not bodyless:
                answer.body = await self._body(answer)
            return answer

    async def head(self) -> Answer:
        """Read the head of one response."""
        async with asyncio.timeout(LIMIT_S):
            text = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = text.strip().split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        pairs = [line.partition(":") for line in lines]
        return Answer(int(status), version, [(name.lower(), value.strip()) for name, _, value in pairs], b"")

    async def chunk(self) -> bytes:
        """Read one chunk of a body that comes in chunks; empty is the last."""
        async with asyncio.timeout(LIMIT_S):
            size = int((await self.reader.readline()).strip(), 16)
            return (await self.reader.readexactly(size + 2))[:-2]

    async def piece(self) -> bytes:
        """Read one chunk of a stream that says something, and is no mere sign of life."""
        while (chunk := await self.chunk()) in {b"\n", b": heartbeat\n\n"}:
            pass
        return chunk

    async def rest(self) -> bytes:
        """Read until the server closes; a connection cut counts as closed."""
        async with asyncio.timeout(LIMIT_S):
            received = b""
            try:
                while piece := await self.reader.read(65_536):
                    received += piece
            except ConnectionError:
                pass
            return received

    def cut(self) -> None:
        """End the connection at once, as a process that dies does (RST)."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def _body(self, answer: Answer) -> bytes:
        if answer.header("transfer-encoding") == "chunked":
            pieces = []
            while piece := await self.chunk():
                pieces.append(piece)
            return b"".join(pieces)
        if length := answer.header("content-length"):
            return await self.reader.readexactly(int(length))
        return b"" if answer.status in {100, 204} else await self.rest()


@asynccontextmanager
async def connected(cloud: Any, receive_buffer_bytes: int | None = None) -> AsyncIterator[Wire]:
    """Open a connection to a cloud."""
    target = urlsplit(cloud.address)
    raw = socket.socket()
    if receive_buffer_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (target.hostname, target.port))
    limit = 2**16 if receive_buffer_bytes is None else receive_buffer_bytes
    reader, writer = await asyncio.open_connection(sock=raw, limit=limit)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


async def exchange(cloud: Any, *pieces: bytes) -> Answer:
    """Send bytes on a connection of their own, and read one response."""
    async with connected(cloud) as wire:
        await wire.send(*pieces)
        return await wire.answer()


async def until(condition: Callable[[], object]) -> None:
    """Wait for what happens elsewhere, in the server, with nothing to tell of it."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - the condition is not ours to signal
            await asyncio.sleep(0.01)


def head(request_line: str, *headers: str, key: str = "") -> bytes:
    """Write the head of a request: `POST /v1/helloworld/Call`, then headers, then the key's."""
    lines = [f"{request_line} HTTP/1.1", "Host: cloud", *headers]
    if key:
        lines.append(f"Authorization: Bearer {key}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(path: str, body: bytes, *headers: str, key: str = "") -> bytes:
    """Write a whole POST."""
    return head(f"POST {path}", f"Content-Length: {len(body)}", *headers, key=key) + body


def basic(user: str, password: str) -> str:
    """Write Basic credentials."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

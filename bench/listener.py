"""A WebSocket client that only listens, with so little work a frame that thousands fit in a process."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING = 0x1, 0x8, 0x9
FIN = 0x80
MASKED = 0x80
SHORT_MAX, MEDIUM = 125, 126
HEAD_END = b"\r\n\r\n"


class Listener(asyncio.Protocol):
    """One stream (RFC 6455): sends its request, and hands on the text of each frame that comes."""

    def __init__(self, path: str, key: str, request: bytes, heard: Callable[[bytes], None]) -> None:
        """Ask `request` of the endpoint at `path`, and call `heard` with each reply."""
        self.opened = asyncio.get_running_loop().create_future()
        """Done once the server has taken the stream."""
        self.ended = ""
        """Why the server ended it; empty while it has not."""
        self._path, self._key, self._request, self._heard = path, key, request, heard
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade (section 4.1)."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        nonce = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n"
            f"Authorization: Bearer {self._key}\r\n\r\n"
        )
        self._transport.write(head.encode())

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._buffer += data
        if not self.opened.done() and not self._open():
            return
        while frame := self._frame():
            self._take(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is over."""
        self.ended = self.ended or f"connection lost ({exc})"
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self.ended))

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def _open(self) -> bool:
        head, end, rest = self._buffer.partition(HEAD_END)
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head.decode("latin-1"))
        self._buffer = rest
        self._send(TEXT, self._request)
        self.opened.set_result(None)
        return True

    def _frame(self) -> tuple[int, bytes] | None:
        """Cut a whole frame off the buffer (section 5.2); none of ours is longer than 64 KiB."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1], 2
        if length == MEDIUM:
            length, start = int.from_bytes(buffer[2:4]), 4
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 0x0F, buffer[start : start + length]

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._heard(payload)
        elif kind == PING:
            self._send(0xA, payload)
        elif kind == CLOSE:
            self.ended = f"closed by the server: {payload!r}"

    def _send(self, kind: int, payload: bytes) -> None:
        """Send a frame, masked with zeros: the mask protects proxies, and there are none."""
        assert len(payload) <= SHORT_MAX, "a request is short"
        self._transport.write(bytes((FIN | kind, MASKED | len(payload))) + bytes(4) + payload)

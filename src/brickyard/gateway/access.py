"""One structured line for every call, written together a few times a second; never a key, never a body."""

import asyncio
import sys
import time
import traceback
from typing import BinaryIO

import msgspec

from brickyard.gateway.operation import Operation

FLUSH_EVERY_S = 0.2
HELD_MAX = 10_000
"""Lines held back at most; more are written at once."""


class AccessLine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is written of a call."""

    time: float
    """Seconds since 1970-01-01 UTC."""
    level: str
    event: str
    call: str
    status: int
    duration_ms: float
    request_id: str
    trace_id: str = ""


class Crash(msgspec.Struct, frozen=True):
    """What is written of an error that was not foreseen."""

    time: float
    level: str
    event: str
    call: str
    request_id: str
    error: str
    stack: str


class AccessLog:
    """Lines of JSON, to standard error unless told otherwise."""

    def __init__(self, out: BinaryIO | None = None) -> None:
        """Write to `out`."""
        self._out = out or sys.stderr.buffer
        self._lines: list[AccessLine] = []
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self._flushing = False

    def call(self, operation: Operation, request_id: str, trace_id: str, status: int, seconds: float) -> None:
        """Note a call."""
        level = "info" if status < 500 else "error"  # noqa: PLR2004 - HTTP's boundary
        self._lines.append(
            AccessLine(
                time.time(),
                level,
                "call",
                operation.id,
                status,
                round(seconds * 1000, 3),
                request_id,
                trace_id,
            )
        )
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_later(FLUSH_EVERY_S, self.flush)
        elif len(self._lines) >= HELD_MAX:
            self.flush()

    def crash(self, call: str, request_id: str, error: Exception) -> None:
        """Note an error with its stack, at once. Values of variables are left out."""
        stack = "".join(traceback.format_tb(error.__traceback__))
        line = Crash(time.time(), "error", "crash", call, request_id, type(error).__name__, stack)
        self._write(self._encoder.encode(line) + b"\n")

    def flush(self) -> None:
        """Write what is held back."""
        self._flushing = False
        lines, self._lines = self._lines, []
        if lines:
            self._write(self._encoder.encode_lines(lines))

    def _write(self, text: bytes) -> None:
        self._out.write(text)
        self._out.flush()

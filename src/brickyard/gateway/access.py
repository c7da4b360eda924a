"""One structured line for every call, and for what was refused before it was one; never a key or a body.

Lines are gathered for a moment and written together: a line's cost is a few dozen bytes copied, not a
system call. What a kill may lose is the log's last moment, never data.
"""

import asyncio
import sys
import time
import traceback
from contextlib import suppress
from typing import BinaryIO

import msgspec

FLUSH_EVERY_S = 0.05
TOGETHER = 16
"""Pieces written at once, at most: few enough to stay in the processor's cache meanwhile."""


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """What is written of a request that is no call, if it was refused."""

    time: float
    level: str
    event: str
    path: str
    status: int
    request_id: str


class Crash(msgspec.Struct, frozen=True):
    """What is written of an error that was not foreseen. Values of variables are left out."""

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
        self._waiting: list[bytes] = []
        self._due: asyncio.TimerHandle | None = None

    def lines(self, lines: bytes) -> None:
        """Write some lines, soon."""
        self._waiting.append(lines)
        if len(self._waiting) >= TOGETHER:
            self.flush()
        elif self._due is None:
            self._due = asyncio.get_running_loop().call_later(FLUSH_EVERY_S, self._flush_due)

    def refused(self, path: str, status: int, request_id: str) -> None:
        """Note a request that was refused before it was a call."""
        level = "info" if status < 500 else "error"  # noqa: PLR2004 - HTTP's boundary
        line = Refusal(time.time(), level, "refused", path, status, request_id)
        self.lines(msgspec.json.encode(line) + b"\n")

    def crash(self, call: str, request_id: str, error: Exception) -> None:
        """Note an error with its stack, at once."""
        stack = "".join(traceback.format_tb(error.__traceback__))
        line = Crash(time.time(), "error", "crash", call, request_id, type(error).__name__, stack)
        self._write(msgspec.json.encode(line) + b"\n")

    def flush(self) -> None:
        """Write what was gathered."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._write(b"".join(waiting))

    def _flush_due(self) -> None:
        self._due = None
        self.flush()

    def _write(self, text: bytes) -> None:
        with suppress(OSError):  # a full disk costs lines of the log; it must not cost calls their replies
            self._out.write(text)
            self._out.flush()

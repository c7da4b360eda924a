"""A process of our own that answers one question after another, started when it is first asked."""

import asyncio
import select
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from brickyard.providers import Failure
from brickyard.services.ai.embedder import LENGTH_BYTES, framed

PIECE_BYTES = 65_536


class Child:
    """Runs a module of ours, and starts it anew if it has died. Questions wait for each other."""

    def __init__(self, module: str, limit_s: float) -> None:
        """Run `module`; whoever waits for more than `limit_s` seconds for an answer waits in vain."""
        self._module, self._limit_s = module, limit_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=module)
        self._process: subprocess.Popen[bytes] | None = None

    async def ask(self, question: bytes) -> bytes:
        """Give the answer to a question; a `Failure` if there is none."""
        return await asyncio.wrap_future(self._thread.submit(self._ask, question))

    def _ask(self, question: bytes) -> bytes:
        process = self._process
        if process is None or process.poll() is not None:
            self._process = process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", self._module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        ends_at = time.monotonic() + self._limit_s
        try:
            assert process.stdin is not None
            process.stdin.write(framed(question))
            length = int.from_bytes(_read(process, LENGTH_BYTES, ends_at))
            return _read(process, length, ends_at)
        except (OSError, EOFError, TimeoutError) as error:
            process.kill()
            process.wait()
            if isinstance(error, TimeoutError):
                raise Failure("timeout", "It took too long.") from error
            raise Failure("down", "It broke.") from error


def _read(process: subprocess.Popen[bytes], size: int, ends_at: float) -> bytes:
    assert process.stdout is not None
    content = b""
    while len(content) < size:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, ends_at - time.monotonic()))
        if not ready:
            raise TimeoutError
        piece = process.stdout.read(min(size - len(content), PIECE_BYTES))
        if not piece:
            raise EOFError
        content += piece
    return content

"""A server under test: a process pinned to a core of its own, whose processor time can be read."""

import os
import socket
import subprocess
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

SERVER_CORE = 0
"""The core that every server is pinned to; the load comes from another."""
START_LIMIT_S = 20.0
STOP_LIMIT_S = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        """Watch `process`, which listens on `port` of this machine."""
        self._process = process
        self._port = port

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        return f"http://127.0.0.1:{self._port}"

    def cpu_s(self) -> float:
        """Give the processor time, user's and system's, that it and its children have used so far."""
        return sum(_ticks(each) for each in _tree(self._process.pid)) / TICKS_PER_S

    def memory_bytes(self) -> int:
        """Give the memory that it and its children hold at the moment."""
        return sum(_resident_pages(each) for each in _tree(self._process.pid)) * os.sysconf("SC_PAGE_SIZE")

    def answers(self) -> bool:
        """Say whether it answers, whatever it answers; a RuntimeError if it has ended."""
        if self._process.poll() is not None:
            raise RuntimeError(f"The server ended with code {self._process.returncode} before it answered")
        try:
            httpx.get(self.address, timeout=START_LIMIT_S)
        except httpx.TransportError:
            return False
        return True


@contextmanager
def serving(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Generator[Server]:
    """Run `command`, which will listen on `port`, with its output in the file `log`; stop it afterwards."""
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned, env={**os.environ, **(environment or {})}, stdout=output, stderr=output
        )
    try:
        server = Server(process, port)
        try:
            _wait(server)
        except RuntimeError as error:
            raise RuntimeError(f"{error}: {log.read_text()}") from error
        yield server
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(server: Server) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while not server.answers():
        if time.monotonic() > deadline:
            raise RuntimeError(f"The server did not answer within {START_LIMIT_S:g} s")
        time.sleep(0.05)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _ticks(pid: int) -> int:
    """Add up utime and stime of /proc/PID/stat (proc_pid_stat(5), fields 14 and 15)."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(after_name[11]) + int(after_name[12])


def _resident_pages(pid: int) -> int:
    """Read the second field of /proc/PID/statm (proc_pid_statm(5))."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1])

"""One measurement: wrk sends for some seconds, and the server's processor time is read before and after."""

import subprocess
import time
from pathlib import Path

import msgspec

from bench.row import Row

LOAD_CORE = 1
CONNECTIONS = 64
SETTLE_S = 0.25
"""Time for what a server puts off (a log written five times a second) to be counted as its cost."""
SCRIPT = Path(__file__).with_name("requests.lua")


class Measurement(msgspec.Struct, frozen=True):
    """What one run of wrk saw."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    """Replies that were not 2xx, and connections that failed."""
    cpu_s: float
    """Processor time of the server and its children."""

    @property
    def rps(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.duration_s

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time for a request."""
        return self.cpu_s / self.requests * 1e6


def measure(row: Row, calls: Path, seconds: float) -> Measurement:
    """Ask a row the calls in a file (see `requests.lua`), round and round, for some seconds."""
    before_s = row.server.cpu_s()
    output = subprocess.run(_command(row, calls, seconds), check=True, capture_output=True, text=True).stdout
    time.sleep(SETTLE_S)
    cpu_s = row.server.cpu_s() - before_s
    figures = next(line for line in output.splitlines() if line.startswith("FIGURES")).split()[1:]
    requests, duration_us, p50_us, p99_us, status_errors, socket_errors = map(int, figures)
    return Measurement(
        requests=requests,
        duration_s=duration_us / 1e6,
        p50_ms=p50_us / 1e3,
        p99_ms=p99_us / 1e3,
        errors=status_errors + socket_errors,
        cpu_s=cpu_s,
    )


def _command(row: Row, calls: Path, seconds: float) -> list[str]:
    # wrk takes whole seconds only, and counts a redirection as a success: the reply was checked before.
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "-s", str(SCRIPT)]
    headers = [part for name, value in row.headers.items() for part in ("-H", f"{name}: {value}")]
    return ["taskset", "-c", str(LOAD_CORE), *wrk, *headers, row.server.address, "--", str(calls)]

"""How soon a cloud answers its first call, and what it holds when idle: `python -m bench.startup`.

The time runs from the start of the `brick up` process to the whole reply of a `helloworld/Call`, made as
soon as the command says where it listens: on a home that is new (its tables and first key are made), and
on the same home again. Memory is the process's resident set, once that call is answered and it has had a
second of rest. Nothing is pinned to a core.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import msgspec

GOAL_S = 1.0
GOAL_MB = 120
REST_S = 1.0
CALL_LIMIT_S = 20.0
BRICK = Path(sys.executable).with_name("brick")
LISTENING = re.compile(r"http://([0-9.]+):(\d+)")


class Start(msgspec.Struct, frozen=True):
    """One start."""

    first_call_s: float
    idle_mb: float


def main() -> None:
    """Start clouds in turn on new homes and used ones; print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = range(parser.parse_args().rounds)
    new, used = list[Start](), list[Start]()
    with tempfile.TemporaryDirectory() as folder:
        for number in rounds:
            home = Path(folder) / f"home{number}"
            new.append(_start(home))
            used.append(_start(home))
    print(f"{'':<12}{'first call':>12}{'slowest':>10}{'idle memory':>14}")
    for name, starts in (("new home", new), ("used home", used)):
        seconds = [start.first_call_s for start in starts]
        memory = median(start.idle_mb for start in starts)
        print(f"{name:<12}{median(seconds):>10.2f} s{max(seconds):>8.2f} s{memory:>11.0f} MB")
    slow = median(start.first_call_s for start in new) >= GOAL_S
    large = median(start.idle_mb for start in new) >= GOAL_MB
    print(f"first call under {GOAL_S:g} s: {'not reached' if slow else 'reached'}")
    print(f"idle under {GOAL_MB} MB: {'not reached' if large else 'reached'}")


def _start(home: Path) -> Start:
    began_s = time.perf_counter()
    with _up(home) as process:
        host, port = _listening(process)
        _call(host, port, (home / "token").read_text().strip())
        first_call_s = time.perf_counter() - began_s
        time.sleep(REST_S)
        return Start(first_call_s, _resident_mb(process.pid))


@contextmanager
def _up(home: Path) -> Generator[subprocess.Popen[str]]:
    environment = {**os.environ, "BRICKYARD_HOME": str(home), "BRICKYARD_PORT": "0"}
    process = subprocess.Popen(
        [BRICK, "up"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def _listening(process: subprocess.Popen[str]) -> tuple[str, int]:
    assert process.stdout is not None
    for line in process.stdout:
        if found := LISTENING.search(line):
            return found[1], int(found[2])
    raise RuntimeError(f"`brick up` ended with code {process.wait()} before it listened.")


def _call(host: str, port: int, key: str) -> None:
    connection = HTTPConnection(host, port, timeout=CALL_LIMIT_S)
    connection.request("POST", "/v1/helloworld/Call", '{"name":"John"}', {"Authorization": f"Bearer {key}"})
    reply = msgspec.json.decode(connection.getresponse().read())
    connection.close()
    if reply != {"message": "Hello John"}:
        raise RuntimeError(f"The first call was answered {reply!r}.")


def _resident_mb(pid: int) -> float:
    """Read the second field of /proc/PID/statm (proc_pid_statm(5)); a MB is a million bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


if __name__ == "__main__":
    main()

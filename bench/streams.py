"""What many open streams cost, and how soon each gets its events. `python -m bench.streams [--streams 5000]`.

All streams listen to one topic of one server process, which has one core; one event is published each
second. An event's latency runs from the call that publishes it to the arrival of its frame: it has the
commit in it, and for the last stream the sending to all the others.
"""

import argparse
import asyncio
import gc
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2 as httpx
import msgspec
import uvloop

from bench.listener import Listener
from bench.row import json_headers
from bench.server import SERVER_CORE, Server, free_port, serving

TOPIC = "bench"
SPARE_FILES = 200
CONNECTING = 100
"""Streams being opened at a time."""
SETTLE_S = 2.0
ARRIVAL_LIMIT_S = 10.0


class Message(msgspec.Struct):
    """What is published."""

    number: int
    sent_s: float


class Frame(msgspec.Struct):
    """What is read of a reply."""

    message: Message


decode = msgspec.json.Decoder(Frame).decode


class Ear:
    """One stream's end: each event has to come once, in order."""

    def __init__(self, expected: int, latencies: list[float]) -> None:
        """Wait for so many events, and add the latency of each to `latencies`, in seconds."""
        self.done = asyncio.Event()
        """Set once as many have come."""
        self._expected, self._latencies = expected, latencies
        self._heard: list[int] = []

    def hear(self, text: bytes) -> None:
        """Take a frame."""
        now_s = time.monotonic()
        message = decode(text).message
        self._latencies.append(now_s - message.sent_s)
        self._heard.append(message.number)
        if len(self._heard) == self._expected:
            self.done.set()

    def verdict(self) -> Iterator[str]:
        """Give what is wrong with what came."""
        if self._heard != list(range(self._expected)):
            yield f"of {self._expected} events came {self._heard}"


class Usage(msgspec.Struct, frozen=True):
    """What the server has used at one moment."""

    at_s: float
    cpu_s: float
    memory_bytes: int

    @classmethod
    def of(cls, server: Server) -> "Usage":
        """Look at `server` now."""
        return cls(time.monotonic(), server.cpu_s(), server.memory_bytes())


def main() -> None:
    """Measure what is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=5_000, help="how many are open (5000)")
    parser.add_argument("--events", type=int, default=10, help="how many are published, one a second (10)")
    options = parser.parse_args()
    allow_files(options.streams + SPARE_FILES)
    os.sched_setaffinity(0, os.sched_getaffinity(0) - {SERVER_CORE} or {SERVER_CORE})
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as folder:
        port, home = free_port(), Path(folder) / "home"
        environment = {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": str(port)}
        command = [sys.executable, "-m", "brickyard", "up"]
        with serving(command, port, Path(folder) / "cloud.log", environment) as server:
            key = (home / "token").read_text().strip()
            uvloop.run(measure(server, key, options.streams, options.events))


def allow_files(number: int) -> None:
    """Let this process, and those it starts, open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, max(hard, number)))


async def measure(server: Server, key: str, streams: int, events: int) -> None:
    """Open the streams, publish, and print what it cost; a SystemExit if an event was lost."""
    latencies: list[float] = []
    ears = [Ear(events, latencies) for _ in range(streams)]
    idle = Usage.of(server)
    listeners = await open_all(server, key, ears)
    opened = Usage.of(server)
    await asyncio.sleep(SETTLE_S)
    settled = Usage.of(server)
    gc.disable()  # or this process would be what is late
    await publish(server, key, events)
    await arrival(ears)
    done = Usage.of(server)
    faults = [fault for ear in ears for fault in ear.verdict()]
    faults += [listener.ended for listener in listeners if listener.ended]
    for listener in listeners:
        listener.close()
    if faults:
        raise SystemExit(f"{len(faults)} faults, such as: {faults[0]}")
    report_opening(streams, idle, opened, done)
    report_deliveries(latencies, settled, done)


async def open_all(server: Server, key: str, ears: Sequence[Ear]) -> Sequence[Listener]:
    """Open a stream for each ear."""
    loop, turns = asyncio.get_running_loop(), asyncio.Semaphore(CONNECTING)
    host, _, port = server.address.removeprefix("http://").partition(":")
    request = msgspec.json.encode({"topic": TOPIC})

    async def open_one(ear: Ear) -> Listener:
        async with turns:
            _, listener = await loop.create_connection(
                lambda: Listener("/v1/event/Consume", key, request, ear.hear), host, int(port)
            )
            await listener.opened
        return listener

    return await asyncio.gather(*map(open_one, ears))


async def publish(server: Server, key: str, events: int) -> None:
    """Publish an event each second."""
    async with httpx.AsyncClient(base_url=server.address, headers=json_headers(key)) as client:
        due_s = time.monotonic()
        for number in range(events):
            message = {"number": number, "sent_s": time.monotonic()}
            reply = await client.post("/v1/event/Publish", json={"topic": TOPIC, "message": message})
            reply.raise_for_status()
            due_s += 1
            await asyncio.sleep(due_s - time.monotonic())


async def arrival(ears: Sequence[Ear]) -> None:
    """Wait until all events have come, within reason."""
    await asyncio.wait([asyncio.create_task(ear.done.wait()) for ear in ears], timeout=ARRIVAL_LIMIT_S)


def report_opening(streams: int, idle: Usage, opened: Usage, done: Usage) -> None:
    """Print what it took to open the streams, and to hold them."""
    rate = streams / (opened.at_s - idle.at_s)
    cpu_us = (opened.cpu_s - idle.cpu_s) / streams * 1e6
    held_kib = (done.memory_bytes - idle.memory_bytes) / streams / 1024
    print(f"{streams} streams opened, {rate:.0f}/s, {cpu_us:.0f} µs of CPU each")
    print(
        f"memory: {mib(idle)} idle, {mib(opened)} open, {mib(done)} at the end: {held_kib:.1f} KiB a stream"
    )


def report_deliveries(latencies: Sequence[float], settled: Usage, done: Usage) -> None:
    """Print what it took to deliver the events, and how long each was on its way."""
    elapsed_s, cpu_s = done.at_s - settled.at_s, done.cpu_s - settled.cpu_s
    count = len(latencies)
    print(f"deliveries: {count}, none lost, {count / elapsed_s:.0f}/s")
    print(f"CPU: {cpu_s / elapsed_s:.0%} of a core, {cpu_s / count * 1e6:.0f} µs a delivery")
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    ordered = sorted(latencies)
    shown = [f"{name} {ordered[int((count - 1) * share)] * 1000:.0f} ms" for name, share in shares.items()]
    print(f"latency: {', '.join(shown)}")


def mib(usage: Usage) -> str:
    """Write how much memory is held."""
    return f"{usage.memory_bytes / 2**20:.0f} MiB"


if __name__ == "__main__":
    main()

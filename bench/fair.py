"""What one tenant's flood costs the others: `python -m bench.fair [--rounds 5] [--only scans]`.

A quiet tenant makes 200 calls a second, first alone and then while another floods the same server process,
which has one core. The ratio of the two p99 is what a flood costs. See `quiet.py` for how calls are timed.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from bench.load import LOAD_CORE, SCRIPT
from bench.row import Call, person, text
from bench.server import Server, free_port, serving
from brickyard.app import Application
from brickyard.contract import usd
from brickyard.platform.billing.movements import Movement
from brickyard.settings import Settings

CALLS = ("helloworld/Call", "db/Read", "db/Create")
RECORDS = 20_000
SEEN = 500
SECONDS = 3.0
AHEAD_S = 0.7
"""How long a flood runs before it is measured what it costs."""
LARGE = 900_000


class Flood(msgspec.Struct, frozen=True):
    """What another tenant does, by wrk."""

    name: str
    calls: Sequence[Call]
    tier: str = "business"
    connections: int = 64
    key: bool = True
    """Whether the calls bear a key that is good."""


def floods() -> list[Flood]:
    """Give every kind of flood."""
    hello = [Call("POST", "/v1/helloworld/Call", '{"name":"John"}')]
    small = [
        Call("POST", "/v1/db/Create", text({"table": "made", "record": person(number)}))
        for number in range(SEEN)
    ]
    large = [Call("POST", "/v1/db/Create", text({"table": "large", "record": {"text": "x" * LARGE}}))]
    read = [
        Call("POST", "/v1/db/Read", text({"table": "many", "id": f"r{number}"})) for number in range(SEEN)
    ]
    scan = [
        Call("POST", "/v1/db/Read", text({"table": "many", "query": f'city == "nowhere {number}"'}))
        for number in range(SEEN)
    ]
    page = [Call("POST", "/v1/db/Read", text({"table": "many", "limit": 1000}))]
    wrong = [Call("POST", "/v1/helloworld/Call", '{"name":')]
    return [
        Flood("cheap calls, 10 000/s allowed", hello),
        Flood("cheap calls, 1 000/s allowed", hello, tier="free"),
        Flood("cheap calls, 512 connections", hello, connections=512),
        Flood("no good key", hello, key=False),
        Flood("bodies that are no JSON", wrong),
        Flood("reads by id", read),
        Flood("writes", small),
        Flood("writes of 900 kB", large),
        Flood("queries that scan 20 000 records", scan),
        Flood("pages of 1 000 records", page),
    ]


async def prepare(settings: Settings) -> dict[str, str]:
    """Put tenants into a new home; gives a key for each, by name."""
    application = Application(settings)
    keys: dict[str, str] = {}
    try:
        await application.first_key()
        for name, tier in (("quiet", "business"), ("business", "business"), ("free", "free")):
            project = f"prj_{name}"
            await application.books.open(project, tier)
            gift = Movement(amount=usd("1000000"), reference="gift", reason="to be spent by a benchmark")
            await application.books.grant(project, gift)
            keys[name], _ = await application.keyring.create(project, name, ("*",), None)
    finally:
        application.close()
    return keys


async def fill(server: Server, keys: dict[str, str]) -> None:
    """Make the records that are read."""
    import aiohttp

    async with aiohttp.ClientSession(server.address) as http:
        for name in ("quiet", "business"):
            headers = {"authorization": f"Bearer {keys[name]}"}
            count = RECORDS if name == "business" else SEEN
            for first in range(0, count, 500):
                records = [{**person(number), "id": f"r{number}"} for number in range(first, first + 500)]
                body = {"table": "many", "records": records}
                async with http.post("/v1/db/CreateBatch", json=body, headers=headers) as reply:
                    reply.raise_for_status()


def calls_of(name: str) -> list[Call]:
    """Give what the quiet tenant calls."""
    if name == "helloworld/Call":
        return [Call("POST", "/v1/helloworld/Call", '{"name":"John"}')]
    if name == "db/Read":
        return [
            Call("POST", "/v1/db/Read", text({"table": "many", "id": f"r{number}"})) for number in range(SEEN)
        ]
    return [Call("POST", "/v1/db/Create", text({"table": "q", "record": person(n)})) for n in range(SEEN)]


class Bench:
    """One server, and who asks it."""

    def __init__(self, server: Server, keys: dict[str, str], folder: Path) -> None:
        """Ask `server`."""
        self._server, self._keys, self._folder = server, keys, folder

    def p99_ms(self, name: str) -> tuple[float, float, int]:
        """Give p50 and p99 of the quiet tenant's calls, and how many failed."""
        file = self._write(f"quiet-{name.replace('/', '-')}", calls_of(name))
        command = [sys.executable, "-m", "bench.quiet", self._server.address, self._keys["quiet"]]
        pinned = ["taskset", "-c", str(LOAD_CORE), *command, str(file), str(SECONDS)]
        took_ms, failed = msgspec.json.decode(subprocess.run(pinned, check=True, capture_output=True).stdout)
        ordered = sorted(took_ms)
        return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], failed

    def flooded_ms(self, flood: Flood, name: str) -> tuple[float, float, int]:
        """Give the same while another tenant floods."""
        file = self._write(f"flood-{flood.name}", flood.calls)
        key = self._keys[flood.tier] if flood.key else "bk_sk_live_nobody"
        wrk = ["wrk", "-t1", f"-c{flood.connections}", "-d60s", "-s", str(SCRIPT)]
        wrk += ["-H", f"Authorization: Bearer {key}", "-H", "Content-Type: application/json"]
        command = [
            "taskset",
            "-c",
            str(LOAD_CORE),
            "nice",
            "-n",
            "5",
            *wrk,
            self._server.address,
            "--",
            str(file),
        ]
        flooding = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(AHEAD_S)
            return self.p99_ms(name)
        finally:
            flooding.kill()
            flooding.wait()
            time.sleep(AHEAD_S)  # what it left behind is done

    def _write(self, name: str, calls: Sequence[Call]) -> Path:
        file = self._folder / name.replace(" ", "-").replace("/", "-").replace(",", "")
        file.write_text("".join(f"{each.method} {each.path} {each.body}\n" for each in calls))
        return file


def main() -> None:
    """Measure what is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.fair", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--only", default="", help="parts of the floods' names, with commas")
    parser.add_argument("--calls", default=",".join(CALLS), help="what the quiet tenant calls")
    options = parser.parse_args()
    wanted = [each for each in floods() if any(part in each.name for part in options.only.split(","))]
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as made:
        folder = Path(made)
        home, port = folder / "home", free_port()
        keys = asyncio.run(prepare(Settings(home=home)))
        environment = {"BRICKYARD_HOME": str(home), "BRICKYARD_PORT": str(port)}
        command = [sys.executable, "-m", "brickyard", "up"]
        with suppress(PermissionError):
            os.sched_setaffinity(0, {LOAD_CORE})
        with serving(command, port, folder / "cloud.log", environment) as server:
            asyncio.run(fill(server, keys))
            bench = Bench(server, keys, folder)
            print(
                "| flood | quiet call | p50 idle ms | flooded | p99 idle ms | flooded | p99 ratio | failed |"
            )
            print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
            for flood in wanted:
                for name in options.calls.split(","):
                    print(measured(bench, flood, name, options.rounds), flush=True)


def measured(bench: Bench, flood: Flood, name: str, rounds: int) -> str:
    """Measure both sides, in turns; gives a line of the table."""
    idle: list[tuple[float, float, int]] = []
    flooded: list[tuple[float, float, int]] = []
    for _ in range(rounds):
        idle.append(bench.p99_ms(name))
        flooded.append(bench.flooded_ms(flood, name))
    p50, p99 = (statistics.median(each[index] for each in idle) for index in (0, 1))
    p50_flooded, p99_flooded = (statistics.median(each[index] for each in flooded) for index in (0, 1))
    failed = sum(each[2] for each in flooded)
    ratio = statistics.median(after[1] / before[1] for before, after in zip(idle, flooded, strict=True))
    return (
        f"| {flood.name} | {name} | {p50:.2f} | {p50_flooded:.2f} | {p99:.2f} | {p99_flooded:.2f}"
        f" | {ratio:.1f} | {failed} |"
    )


if __name__ == "__main__":
    main()

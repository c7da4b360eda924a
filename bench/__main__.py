"""`python -m bench`: start all servers, measure their rows in turn, print what each costs."""

import argparse
import platform
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench.bare import bare
from bench.cloud import cloud, sold, unmetered
from bench.handwritten import handwritten
from bench.load import Measurement, measure
from bench.pocketbase import pocketbase
from bench.row import Row
from bench.table import tables

CONTESTANTS = (bare, cloud, unmetered, sold, pocketbase, handwritten)
WARM_UP_S = 1


def main() -> None:
    """Measure what is asked for on the command line."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="brickyard-bench-") as folder, ExitStack() as servers:
        rows = [
            row
            for contestant in CONTESTANTS
            for row in servers.enter_context(contestant(Path(folder)))
            if _wanted(row, options.only)
        ]
        measured = _measure(rows, Path(folder), options.rounds, options.seconds)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {_machine()}")
    print(f"{options.rounds} rounds of {options.seconds} s, 64 connections\n")
    print(tables(measured))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each row is measured (5)")
    parser.add_argument("--seconds", type=int, default=2, help="how long each time (2)")
    parser.add_argument("--only", default="", help="parts of rows' names, with commas: bare,db/Read")
    return parser.parse_args()


def _wanted(row: Row, only: str) -> bool:
    return any(part.strip().lower() in row.name.lower() for part in only.split(","))


def _measure(
    rows: Sequence[Row], folder: Path, rounds: int, seconds: int
) -> dict[str, Sequence[Measurement]]:
    files = [_prepared(row, folder / f"calls-{number}") for number, row in enumerate(rows)]
    measured: dict[str, list[Measurement]] = {row.name: [] for row in rows}
    for row, file in zip(rows, files, strict=True):
        measure(row, file, WARM_UP_S)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds} …", flush=True)
        for row, file in zip(rows, files, strict=True):
            measured[row.name].append(measure(row, file, seconds))
    return dict(measured)


def _prepared(row: Row, file: Path) -> Path:
    calls = row.prepare()
    row.check(calls[0])
    file.write_text("".join(f"{call.line()}\n" for call in calls))
    return file


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return f"{model}, Linux {platform.release()}, Python {platform.python_version()}"


def _lines(file: str) -> list[str]:
    return Path(file).read_text().splitlines()


if __name__ == "__main__":
    main()

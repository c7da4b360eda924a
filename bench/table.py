"""The figures as tables: medians of every row, and each goal with what was reached of it."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

import msgspec

from bench.load import Measurement

Measurements = Mapping[str, Sequence[Measurement]]

BARE = "bare ASGI hello"
CALM = 1.5
"""How far a row's rounds may lie apart, as a factor, before requests/s tell of the machine instead."""


class Goal(msgspec.Struct, frozen=True):
    """How many times as fast as another row a row has to be."""

    row: str
    other: str
    least: float


GOALS = (
    Goal("helloworld/Call", BARE, 0.5),
    Goal("cache/Get", BARE, 0.5),
    Goal("db/Read", BARE, 0.5),
    Goal("db/Create", BARE, 0.33),
    Goal("helloworld/Call, sold", BARE, 0.5),
    Goal("cache/Get, sold", BARE, 0.5),
    Goal("db/Read, sold", BARE, 0.5),
    Goal("db/Create, sold", BARE, 0.33),
    Goal("helloworld/Call", "helloworld/Call, unmetered", 0.9),
    Goal("cache/Get", "cache/Get, unmetered", 0.9),
    Goal("db/Read", "db/Read, unmetered", 0.9),
    Goal("db/Create", "db/Create, unmetered", 0.9),
    Goal("db/Read", "PocketBase read", 4),
    Goal("db/Create", "PocketBase create", 4),
    Goal("db/Read", "FastAPI read", 15),
    Goal("db/Create", "FastAPI create", 15),
)


def tables(measured: Measurements) -> str:
    """Write both tables, and which of the figures not to rely on."""
    return "\n".join([*_rows(measured), "", *_goals(measured), *_doubts(measured)])


def _rows(measured: Measurements) -> Iterator[str]:
    yield _line(
        "row", "requests/s", "least to most", "p50 ms", "p99 ms", "server CPU µs/request", "of bare", "errors"
    )
    yield _line("---", *["---:"] * 7)
    for name, runs in measured.items():
        rps = [run.rps for run in runs]
        yield _line(
            name,
            f"{median(rps):.0f}",
            f"{min(rps):.0f} to {max(rps):.0f}",
            f"{median(run.p50_ms for run in runs):.2f}",
            f"{median(run.p99_ms for run in runs):.2f}",
            f"{_cpu_us(runs):.1f}",
            f"{_speed(measured, name, BARE):.2f}" if BARE in measured else "",
            str(sum(run.errors for run in runs)),
        )


def _goals(measured: Measurements) -> Iterator[str]:
    yield _line("row", "compared with", "goal", "by requests/s", "by CPU", "")
    yield _line("---", "---", "---:", "---:", "---:", "---")
    for goal in GOALS:
        if goal.row in measured and goal.other in measured:
            speed = _speed(measured, goal.row, goal.other)
            saving = _saving(measured, goal.row, goal.other)
            verdict = _verdict(speed >= goal.least, saving >= goal.least)
            if max(_spread(measured[goal.row]), _spread(measured[goal.other])) > CALM:
                verdict += ", on a busy machine"
            yield _line(goal.row, goal.other, f"≥ {goal.least:g}", f"{speed:.2f}", f"{saving:.2f}", verdict)


def _doubts(measured: Measurements) -> Iterator[str]:
    names = [name for name, runs in measured.items() if _spread(runs) > CALM]
    if names:
        yield f"\nThe machine was busy: rounds lie more than {CALM:g} times apart for {', '.join(names)}."
        yield "Goals compared by their requests/s are not decided by this run; CPU is the better witness."


def _spread(runs: Sequence[Measurement]) -> float:
    return max(run.rps for run in runs) / min(run.rps for run in runs)


def _verdict(by_speed: bool, by_cpu: bool) -> str:  # noqa: FBT001 - two facts, named
    if by_speed and by_cpu:
        return "reached"
    if by_speed:
        return "reached by requests/s only"
    return "reached by CPU only" if by_cpu else "**not reached**"


def _speed(measured: Measurements, row: str, other: str) -> float:
    return median(run.rps for run in measured[row]) / median(run.rps for run in measured[other])


def _saving(measured: Measurements, row: str, other: str) -> float:
    return _cpu_us(measured[other]) / _cpu_us(measured[row])


def _cpu_us(runs: Sequence[Measurement]) -> float:
    return median(run.cpu_us for run in runs)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"

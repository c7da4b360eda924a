"""What a project takes along of its usage: every call that is in the log, and what they add up to."""

from collections.abc import Iterable

import msgspec

from brickyard.contract import Exported, JsonObject
from brickyard.contract.export import dollars
from brickyard.contract.rfc3339 import SECOND_NS, timestamp
from brickyard.platform.usage.durations import Durations
from brickyard.platform.usage.store import unpacked


def _calls(row: JsonObject) -> Iterable[JsonObject]:
    for record in unpacked(row["lines"]):
        told = msgspec.to_builtins(record)
        yield {**told, "time": timestamp(int(record.time) * SECOND_NS), "cost": dollars(record.cost)}


def _percentiles(packed: bytes) -> list[float]:
    return Durations.unpacked(packed).percentiles(0.5, 0.95, 0.99)


EXPORTS = (
    Exported(table="usage_log", key={"id": str}, columns=("lines",), told={"lines": bytes}, written=_calls),
    Exported(table="usage_bodies", key={"id": str}, columns=("id", "time_ns", "request", "reply")),
    Exported(
        table="usage_keeping",
        key={"project_id": str},
        columns=("until_ns",),
        belongs="project",
        whose="project_id",
    ),
    Exported(
        table="usage_counts",
        key={"step": str, "start_s": int, "call": str, "key": str, "status": int, "provider": str},
        columns=(
            *("step", "start_s", "call", "key", "status", "provider", "calls", "bytes_in", "bytes_out"),
            *("cost", "durations"),
        ),
        told={
            "start_s": lambda start_s: timestamp(start_s * SECOND_NS),
            "cost": dollars,
            "durations": _percentiles,
        },
    ),
)

"""Where a value is inside a record: `address.city`, `tags[0]`, `["any name"]`."""

import re
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from brickyard.contract import JsonObject

MISSING: Any = msgspec.UNSET
"""What is found where there is nothing."""

_NAME = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset({"not"})


class Path(msgspec.Struct, frozen=True):
    """The way from a record to a value in it: a name for each object, a number for each list."""

    steps: tuple[str | int, ...]

    @property
    def is_id(self) -> bool:
        """Whether it means the record's id."""
        return self.steps == ("id",)

    def __str__(self) -> str:
        """Write it as the query language does."""
        return "".join(_written(step, number) for number, step in enumerate(self.steps))


def value_at(record: JsonObject, path: Path) -> Any:
    """Give the value at `path` of a record, or `MISSING`."""
    return follow(record, path.steps)


def follow(value: Any, steps: Sequence[str | int]) -> Any:
    """Go down from `value`, step by step; `MISSING` where a step leads nowhere."""
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict):
                return MISSING
            value = cast("JsonObject", value).get(step, MISSING)
        else:
            if not isinstance(value, list) or step >= len(cast("list[Any]", value)):
                return MISSING
            value = cast("list[Any]", value)[step]
    return value


def _written(step: str | int, number: int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step) is None or (number == 0 and step.lower() in _RESERVED):
        return '["' + step.replace('"', '""') + '"]'
    return f".{step}" if number else step

"""Changing a record: fields put in place, values set by path, paths removed."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from brickyard.contract import BadRequest, Conflict, JsonObject
from brickyard.services.db.parser import parse_path
from brickyard.services.db.path import MISSING, Path, follow

SETS_MAX = 1_000


class Patch(msgspec.Struct, frozen=True):
    """What is to change in a record, checked as far as it can be without the record."""

    fields: JsonObject
    """Top-level fields to put in place."""
    settings: tuple[tuple[Path, Any], ...]
    """Values to set, by path."""
    removals: tuple[Path, ...]
    """Paths to remove."""

    @classmethod
    def of(cls, fields: JsonObject, settings: JsonObject, removals: Iterable[str]) -> "Patch":
        """Read the paths; `BadRequest` if one cannot be read."""
        if len(settings) > SETS_MAX:
            raise BadRequest.at("/set", f"{len(settings)} paths to set; at most {SETS_MAX} are taken.")
        return cls(
            fields,
            tuple((parse_path(text, f"/set/{_escaped(text)}"), each) for text, each in settings.items()),
            tuple(parse_path(text, f"/unset/{number}") for number, text in enumerate(removals)),
        )

    def applied(self, record: JsonObject) -> JsonObject:
        """Give the changed record. `Conflict` if what is there leaves no place for a value.

        `record` must be the caller's alone: what is nested in it is changed in place.
        """
        changed = {**record, **self.fields}
        for path, each in self.settings:
            _set(changed, path, each)
        for path in self.removals:
            _remove(changed, path)
        return changed


def _set(record: JsonObject, path: Path, value: Any) -> None:
    parent: Any = record
    for number, step in enumerate(path.steps[:-1]):
        inner: Any = follow(parent, (step,))
        if inner is MISSING or inner is None:
            inner = [] if isinstance(path.steps[number + 1], int) else cast("JsonObject", {})
            _place(parent, step, inner, path)
        parent = inner
    _place(parent, path.steps[-1], value, path)


def _place(parent: Any, step: str | int, value: Any, path: Path) -> None:
    if isinstance(step, str) and isinstance(parent, dict):
        parent[step] = value
    elif isinstance(step, int) and isinstance(parent, list) and step <= len(cast("list[Any]", parent)):
        parent[step : step + 1] = [value]
    else:
        raise Conflict(_no_place(parent, step, path))


def _no_place(parent: Any, step: str | int, path: Path) -> str:
    if isinstance(parent, list) and isinstance(step, int):
        length = len(cast("list[Any]", parent))
        return f"{path} cannot be set: the list has {length} elements, and can only be added to at its end."
    wanted = "a list" if isinstance(step, int) else "an object"
    return f"{path} cannot be set: what is there on the way is not {wanted}."


def _remove(record: JsonObject, path: Path) -> None:
    parent, last = follow(record, path.steps[:-1]), path.steps[-1]
    if follow(parent, (last,)) is not MISSING:
        del parent[last]


def _escaped(name: str) -> str:
    """Write a name as a part of a JSON Pointer (RFC 6901, section 3)."""
    return name[:200].replace("~", "~0").replace("/", "~1")

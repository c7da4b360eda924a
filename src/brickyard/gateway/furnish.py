"""Gives each service what its fields ask for, already bound to one project."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from brickyard.contract import Service

INSTANCES_MAX = 20_000
"""Services of projects kept ready at most."""

Sockets = Mapping[type, Callable[[str], Any]]
"""For each type of field, what makes one for a project."""


class Furnisher:
    """Makes the service of a project, and keeps it ready."""

    def __init__(self, implementations: Mapping[str, type[Service]], sockets: Sockets) -> None:
        """Make services by name out of `implementations`; a TypeError if one needs what no socket gives."""
        self._makers = {name: _needs(kind, sockets) for name, kind in implementations.items()}
        self._implementations = implementations
        self._instances: dict[tuple[str, str], Service] = {}

    def service(self, name: str, project: str) -> Service:
        """Give the service `name` of `project`."""
        instance = self._instances.get((name, project))
        if instance is None:
            made = {field: maker(project) for field, maker in self._makers[name].items()}
            instance = self._implementations[name](**made)
            if len(self._instances) >= INSTANCES_MAX:
                self._instances.clear()
            self._instances[name, project] = instance
        return instance


def _needs(kind: type[Service], sockets: Sockets) -> dict[str, Callable[[str], Any]]:
    asked = _fields(kind)
    missing = [name for name, given in asked if given not in sockets]
    if missing:
        raise TypeError(f"{kind.__name__} needs {', '.join(missing)}, which no engine gives.")
    return {name: sockets[given] for name, given in asked}


@cache
def _fields(kind: type[Service]) -> tuple[tuple[str, Any], ...]:
    """Give the names and types of a service's fields."""
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))

"""Finds ports and providers: a service's port is in `port.py`, its providers are the modules of `providers/`.

Nothing lists them. A provider's name is its module's.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any, get_type_hints

import msgspec

from brickyard.contract.catalog import ServiceFileError
from brickyard.providers.about import About
from brickyard.providers.credentials import Credentials
from brickyard.providers.port import Port, Task, can_do, tasks_of


class Provider(msgspec.Struct, frozen=True):
    """A provider of a service."""

    service: str
    name: str
    kind: type[Any]
    about: About
    credentials: type[Credentials]
    tasks: tuple[Task, ...]
    """What it can do."""

    @property
    def is_keyless(self) -> bool:
        """Whether it can be asked without credentials."""
        return self.credentials is Credentials

    @property
    def is_remote(self) -> bool:
        """Whether it is asked over the network."""
        return bool({"http", "credentials"} & {field.name for field in fields(self.kind)})


class Aggregation(msgspec.Struct, frozen=True):
    """A service's port and all who keep it."""

    service: str
    port: type[Port]
    tasks: tuple[Task, ...]
    providers: tuple[Provider, ...]


class Aggregations(msgspec.Struct, frozen=True):
    """All services that are done by providers."""

    by_service: Mapping[str, Aggregation]

    def __iter__(self) -> Iterator[Aggregation]:
        return iter(self.by_service.values())


def aggregations(*packages: ModuleType) -> Aggregations:
    """Find the services of `packages` that have a port, and their providers.

    They are read once in a process, for as long as the paths of the packages stay.
    """
    found = [
        _aggregation(name, tuple(importlib.import_module(f"{name}.providers").__path__))
        for package in packages
        for name in _with_port(package.__name__, tuple(package.__path__))
    ]
    return Aggregations({each.service: each for each in sorted(found, key=lambda each: each.service)})


@cache
def _with_port(package: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    modules = pkgutil.iter_modules(folders, package + ".")
    return tuple(each.name for each in modules if each.ispkg and find_spec(f"{each.name}.port") is not None)


@cache
def _aggregation(package: str, folders: tuple[str, ...]) -> Aggregation:
    port = _defined(f"{package}.port", Port)
    modules = sorted(each.name for each in pkgutil.iter_modules(folders) if not each.ispkg)
    tasks = tasks_of(port)
    providers = tuple(_provider(f"{package}.providers.{name}", port, tasks) for name in modules)
    return Aggregation(port.service, port, tasks, providers)


def _provider(module: str, port: type[Port], tasks: tuple[Task, ...]) -> Provider:
    kind = _defined(module, port)
    about = getattr(kind, "about", None)
    if not isinstance(about, About):
        raise ServiceFileError(f"{inspect.getfile(kind)}: {kind.__name__} needs an `about`.")
    return Provider(
        service=port.service,
        name=module.rpartition(".")[2],
        kind=kind,
        about=about,
        credentials=get_type_hints(kind).get("credentials", Credentials),
        tasks=tuple(task for task in tasks if can_do(kind, task)),
    )


def _defined(module_name: str, base: type[Any]) -> type[Any]:
    module = importlib.import_module(module_name)
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ServiceFileError(
            f"{module.__file__}: it must define one {base.__name__}, and defines {len(found)}."
        )
    return found[0]

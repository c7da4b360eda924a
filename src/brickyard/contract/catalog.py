"""The catalog: every service there is, found by walking the folder. Nothing lists them."""

import importlib
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import msgspec

from brickyard.contract.service import Contract, Endpoint, Service


class ServiceFileError(ValueError):
    """A file that was to hold a service, and cannot be used: its text names the file and says why."""


class Entry(msgspec.Struct, frozen=True):
    """One service of the catalog: what it promises, and the class that keeps the promise."""

    contract: Contract
    promise: type[Service]


class Catalog:
    """The services by name, in alphabetical order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take the entries; a `ServiceFileError` if two services share a name."""
        self._entries: dict[str, Entry] = {}
        for entry in entries:
            name = entry.contract.name
            if name in self._entries:
                first, second = (_file_of(each.promise) for each in (self._entries[name], entry))
                raise ServiceFileError(f"{second}: two services are named {name!r}; the other is in {first}.")
            self._entries[name] = entry
        self._entries = dict(sorted(self._entries.items()))

    def __iter__(self) -> Iterator[Contract]:
        return (entry.contract for entry in self._entries.values())

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Contract:
        return self._entries[name].contract

    def promises(self) -> Iterator[type[Service]]:
        """Give the class of each service's contract."""
        return (entry.promise for entry in self._entries.values())

    def endpoints(self) -> Iterator[Endpoint]:
        """Give every endpoint of every service."""
        return (endpoint for contract in self for endpoint in contract.endpoints)


def discover(*packages: ModuleType) -> Catalog:
    """Read the contracts of all services in `packages`, once in a process for as long as their paths stay.

    A service is a module, or a folder whose `contract.py` holds the promise.
    """
    return _read(tuple((package.__name__, *dict.fromkeys(package.__path__)) for package in packages))


@cache
def _read(packages: tuple[tuple[str, ...], ...]) -> Catalog:
    """Read the services of packages, each given as its name and its folders."""
    return Catalog(_entry(module) for name, *folders in packages for module in _module_names(name, folders))


def _module_names(package: str, folders: Iterable[str]) -> Iterator[str]:
    """Give the module that holds each service's contract.

    A folder without one is no service, but what several of them share. A `ServiceFileError` says that a
    later folder of the package has a module whose name an earlier one took: Python would never read it.
    """
    seen: dict[str, str] = {}
    for folder in folders:
        for module in pkgutil.iter_modules([folder], package + "."):
            file = str(Path(folder, module.name.rpartition(".")[2]))
            file += "" if module.ispkg else ".py"
            if module.name in seen:
                raise ServiceFileError(f"{file}: {seen[module.name]} has that name already; choose another.")
            seen[module.name] = file
            if not module.ispkg:
                yield module.name
            elif find_spec(f"{module.name}.contract") is not None:
                yield f"{module.name}.contract"


@cache
def implementation(promise: type[Service]) -> type[Service]:
    """Give the class that does a promise's work by itself: the one in `embedded.py`, else the promise."""
    package, _, module = promise.__module__.rpartition(".")
    if module != "contract":
        return promise
    name = f"{package}.embedded"
    if find_spec(name) is None:
        raise ServiceFileError(f"{_file_of(promise)}: no embedded.py beside it keeps the promise.")
    return _load(name)


def _entry(module_name: str) -> Entry:
    promise = _load(module_name)
    try:
        return Entry(Contract.of(promise), promise)
    except TypeError as error:
        raise ServiceFileError(f"{_file_of(promise)}: {error}") from error


def _load(module_name: str) -> type[Service]:
    """Give the service that a module defines; whatever its code does wrong becomes a `ServiceFileError`."""
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        spec = find_spec(module_name)
        file = str(spec and spec.origin)
        raise ServiceFileError(f"{file}: {_reason(error, file)}") from error
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Service) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ServiceFileError(f"{module.__file__}: it must define one service, and defines {len(found)}.")
    return found[0]


def _reason(error: Exception, file: str) -> str:
    """Say in a line what is wrong with a module, and in which line of it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = f" (line {lines[-1]})" if lines else ""  # a SyntaxError names its line itself
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"


def _file_of(promise: type[Service]) -> str:
    return str(sys.modules[promise.__module__].__file__)

"""The catalog: every service there is, found by walking the folder. Nothing lists them."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from types import ModuleType

import msgspec

from brickyard.contract.service import Contract, Endpoint, Service


class Entry(msgspec.Struct, frozen=True):
    """One service of the catalog: what it promises, and the class that keeps the promise."""

    contract: Contract
    promise: type[Service]


class Catalog:
    """The services by name, in alphabetical order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take the entries; a ValueError if two services share a name."""
        self._entries: dict[str, Entry] = {}
        for entry in sorted(entries, key=lambda entry: entry.contract.name):
            if entry.contract.name in self._entries:
                raise ValueError(f"Two services are named {entry.contract.name!r}.")
            self._entries[entry.contract.name] = entry

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
    """Read the contracts of all services in `packages`.

    A service is a module, or a folder whose `contract.py` holds the promise.
    """
    return Catalog(_entry(name) for package in packages for name in module_names(package))


def module_names(package: ModuleType) -> Iterator[str]:
    """Give the module that holds each service's contract.

    A folder without one is no service, but what several of them share.
    """
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if not module.ispkg:
            yield module.name
        elif find_spec(f"{module.name}.contract") is not None:
            yield f"{module.name}.contract"


def implementation(promise: type[Service]) -> type[Service]:
    """Give the class that does a promise's work by itself: the one in `embedded.py`, else the promise."""
    package, _, module = promise.__module__.rpartition(".")
    if module != "contract":
        return promise
    return _service_in(importlib.import_module(f"{package}.embedded"))


def _entry(module_name: str) -> Entry:
    promise = _service_in(importlib.import_module(module_name))
    return Entry(Contract.of(promise), promise)


def _service_in(module: ModuleType) -> type[Service]:
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Service) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define one service, and defines {len(found)}.")
    return found[0]

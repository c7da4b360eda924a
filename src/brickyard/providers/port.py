"""A port: what a service needs done by others, a class of typed tasks. Providers are subclasses that do it.

A port speaks the field's language and not the wire's: `currency` asks for a table of rates, and makes
conversions of it itself. So an adapter says only what is its provider's own.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar, TypeVar, get_origin, get_type_hints

import msgspec

from brickyard.contract import Repeat

Method = TypeVar("Method", bound=Callable[..., Any])

LIMIT_S = 10.0


class Declaration(msgspec.Struct, frozen=True):
    """What `@task` says of a method."""

    repeat: Repeat
    limit_s: float


def task(*, repeat: Repeat, limit_s: float = LIMIT_S) -> Callable[[Method], Method]:
    """Make a method `(self, ask) -> answer` a task of its port; both are structs.

    `repeat` says what it does to do it twice, as for endpoints. It takes `limit_s` seconds at most, whoever
    and how many are asked. A method that returns an `AsyncIterator` is a stream.
    """

    def declare(method: Method) -> Method:
        method.__task__ = Declaration(repeat, limit_s)  # type: ignore[attr-defined]  # read back by `tasks_of`
        return method

    return declare


class Port:
    """What a service needs done. Its docstring says what that is."""

    service: ClassVar[str]
    """Whose port it is: the service's name."""


class Task(msgspec.Struct, frozen=True):
    """One method of a port."""

    service: str
    name: str
    repeat: Repeat
    limit_s: float
    answer: Any
    """The type of what comes back; of a stream, of each piece."""
    stream: bool

    @property
    def id(self) -> str:
        """Its name in logs and caches: `currency.table`."""
        return f"{self.service}.{self.name}"


def tasks_of(port: type[Port]) -> tuple[Task, ...]:
    """Give the tasks of a port, in the order they are written."""
    return tuple(
        _read(port, name, method) for name, method in vars(port).items() if hasattr(method, "__task__")
    )


def can_do(provider: type[Port], task: Task) -> bool:
    """Say whether a provider does a task: whether it says how."""
    return not hasattr(getattr(provider, task.name), "__task__")  # the port's own has it; an override has not


def _read(port: type[Port], name: str, method: Any) -> Task:
    returned = get_type_hints(method)["return"]
    stream = get_origin(returned) is AsyncIterator
    declared: Declaration = method.__task__
    return Task(
        service=port.service,
        name=name,
        repeat=declared.repeat,
        limit_s=declared.limit_s,
        answer=returned.__args__[0] if stream else returned,
        stream=stream,
    )

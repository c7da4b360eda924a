"""A service is a class of typed endpoints; this is how one is written and how it is read."""

import inspect
import re
from collections.abc import AsyncIterator, Callable
from functools import cache
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from brickyard.contract.context import Context
from brickyard.contract.errors import Problem
from brickyard.contract.export import Exported
from brickyard.contract.money import Money
from brickyard.contract.struct import Reply, Request

Method = TypeVar("Method", bound=Callable[..., Any])

Repeat = Literal["safe", "resumable", "once"]
"""What it does to make a call a second time: nothing (`safe`); what is left to do of the first, if that was
cut short, else nothing (`resumable`); or everything again, so that each is to be done `once`."""


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the documentation shows it, and as the tests make it."""

    request: Request
    reply: Reply | None = None
    """What comes back; of a stream, the first of it. None where it is of no interest."""
    varying: tuple[str, ...] = ()
    """Fields of the reply whose value differs each time."""
    given: tuple[tuple[str, Request], ...] = ()
    """Calls of the same service that have to be made first: (endpoint, request)."""


class Size(msgspec.Struct, frozen=True):
    """In what an endpoint's calls are sized, where its price is that of one unit."""

    unit: str
    """What one is called, for people: `segment`."""
    of: Callable[[Any], int]
    """How many a request asks for, at most: their price is held. At least 1, and it raises nothing."""
    kind: Callable[[Any], str] | None = None
    """Which of the endpoint's `units` in the price list they are; where it has none of that name, or there is
    no kind, the price is the endpoint's. It raises nothing."""


class Declaration(msgspec.Struct, frozen=True):
    """What `@endpoint` says of a method, beyond its signature."""

    price: Money
    examples: tuple[Example, ...]
    errors: tuple[type[Problem], ...]
    public: bool
    """Whether it can be called without a key, as signing up has to be."""
    browser: bool
    """Whether it is safe in the hands of end users: publishable keys may call it."""
    repeat: Repeat
    """What it does to make the call a second time."""
    secret: bool
    """Whether the reply holds what is kept nowhere else: what repeats are given is sealed."""
    metered: bool
    """Whether a call costs by its size, and the price is the most that it costs."""
    size: Size | None = None
    """What the price is of, if not of a call."""


def endpoint(  # noqa: PLR0913 - each is a word of its own
    *,
    price: Money | int,
    examples: tuple[Example, ...] = (),
    errors: tuple[type[Problem], ...] = (),
    public: bool = False,
    browser: bool = False,
    repeat: Repeat = "once",
    secret: bool = False,
    metered: bool = False,
    size: Size | None = None,
) -> Callable[[Method], Method]:
    """Make a method `(self, context, request) -> reply` an endpoint of its service.

    `price` is in nano-dollars a call (see `usd`). `errors` are those of the endpoint's own; what the
    gateway refuses (400, 401, 403, 413 …) goes without saying. A `public` one needs no key. A `browser` one
    can be called with a publishable key, which anyone can read out of a page: it must neither read nor
    change what is not everyone's. `repeat` says what it does to make the call a second time; the reply of a
    `secret` one is kept sealed for repeats. A `metered` one costs by its size, as `units` of the price list
    say, and its price at most. Where there is a `size`, the price is that of one unit of it. A method that
    returns an `AsyncIterator` is a stream.
    """
    declaration = Declaration(Money(price), examples, errors, public, browser, repeat, secret, metered, size)

    def declare(method: Method) -> Method:
        method.__endpoint__ = declaration  # type: ignore[attr-defined]  # read back by `Contract.of`
        return method

    return declare


class Service:
    """One building block. Its docstring is its description; its name is the class's, in lower case.

    An instance serves one project. What it needs (`sql: Sql`, `bus: Bus`, `clock: Clock`) are its
    fields, handed to it already bound to that project.
    """

    category: ClassVar[str] = "other"
    title: ClassVar[str] = ""
    """How people write its name; the class's name if empty."""
    control_plane: ClassVar[bool] = False
    """Whether it manages the cloud itself: then the scope `*` does not cover it."""
    migrations: ClassVar[tuple[str, ...]] = ()
    """SQL that makes its tables, in order; only ever added to."""
    exports: ClassVar[tuple[Exported, ...]] = ()
    """What of its tables a project's owner can take along."""


def price_text(price: Money | str, *, metered: bool, unit: str = "") -> str:
    """Say what a call costs, for people: a call, or a `unit` of its size."""
    if str(price) == "0":
        return "free"
    if unit:
        return f"${price} a {unit}{', or what its kind costs' if metered else ''}"
    return f"at most ${price} a call, by its size" if metered else f"${price} a call"


class Endpoint(msgspec.Struct, frozen=True):
    """One call of a service, as its contract gives it."""

    service: str
    name: str
    """As on the wire: `ListTables`."""
    method: str
    """As in Python: `list_tables`."""
    request: type[Request]
    reply: type[Reply]
    stream: bool
    doc: str
    declaration: Declaration

    @property
    def unit(self) -> str:
        """What its price is of, for people; empty if of a call."""
        size = self.declaration.size
        return "" if size is None else size.unit

    @property
    def id(self) -> str:
        """Its name in errors, scopes and metrics, unique in the catalog: `db.create`."""
        return f"{self.service}.{self.name.lower()}"


class Contract(msgspec.Struct, frozen=True):
    """A service's class, read: its name, its prose and its endpoints in the order they are written."""

    name: str
    title: str
    category: str
    doc: str
    control_plane: bool
    endpoints: tuple[Endpoint, ...]

    @classmethod
    @cache
    def of(cls, service: type[Service]) -> "Contract":
        """Read a service's class; a TypeError says which of its endpoints is not written as one."""
        name = service.__name__.lower()
        methods = [(key, value) for key, value in vars(service).items() if hasattr(value, "__endpoint__")]
        if not service.__doc__ or not methods:
            raise TypeError(f"{service.__name__} is no service: it needs a docstring and an endpoint.")
        return cls(
            name=name,
            title=service.title or service.__name__,
            category=service.category,
            doc=inspect.cleandoc(service.__doc__),
            control_plane=service.control_plane,
            endpoints=tuple(_read(name, method, function) for method, function in methods),
        )


def wire_name(method: str) -> str:
    """Give a method's name on the wire: `list_tables` is `ListTables`."""
    return "".join(word.capitalize() for word in method.split("_"))


def lower_camel(name: str) -> str:
    """Give a field's other accepted spelling: `user_id` is `userId`."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _read(service: str, method: str, function: Callable[..., Any]) -> Endpoint:
    where = f"{service}.{method}"
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters)
    if len(parameters) != 3 or hints.get(parameters[1]) is not Context:  # noqa: PLR2004 - self and two more
        raise TypeError(f"{where} must take (self, context: Context, request: …Request).")
    if not function.__doc__:
        raise TypeError(f"{where} needs a docstring that says what it is for.")
    request, returned = hints[parameters[2]], hints.get("return")
    stream = get_origin(returned) is AsyncIterator
    reply = get_args(returned)[0] if stream else returned
    if not (isinstance(request, type) and issubclass(request, Request)):
        raise TypeError(f"{where} must take a subclass of Request.")
    if not (isinstance(reply, type) and issubclass(reply, Reply)):
        raise TypeError(f"{where} must return a subclass of Reply, or an AsyncIterator of one.")
    return Endpoint(
        service=service,
        name=wire_name(method),
        method=method,
        request=request,
        reply=reply,
        stream=stream,
        doc=inspect.cleandoc(function.__doc__),
        declaration=function.__endpoint__,  # type: ignore[attr-defined]  # put there by `endpoint`
    )

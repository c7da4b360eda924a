"""What editors and type checkers read of the client: `services.pyi`, made from the catalog.

`python -m brickyard.sdk.stubs` writes it beside `services.py`, whose place it takes for them. It is never
committed; `make` and the build of a wheel make it anew.
"""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from brickyard import platform, services
from brickyard.contract import Contract, Endpoint
from brickyard.contract.catalog import Catalog, discover
from brickyard.contract.words import Int64

HEAD = '"""The services of the client, typed. Made from the catalog; do not edit."""\n'
UNTYPED = {
    "Services": "def __getattr__(self, service: str) -> Any: ...",
    "AsyncServices": "def __getattr__(self, service: str) -> Any: ...",
}


def main() -> None:
    """Write the stub beside `services.py`."""
    Path(__file__).with_name("services.pyi").write_text(stub(discover(services, platform)))


def stub(catalog: Catalog) -> str:
    """Give the stub of a catalog: a class for each service, sync and async, and the two that hold them."""
    contracts = list(catalog)
    classes = [
        each for contract in contracts for each in (_service(contract, ""), _service(contract, "Async"))
    ]
    holders = [_holder(contracts, "Services", ""), _holder(contracts, "AsyncServices", "Async")]
    body = [*classes, *holders]
    return "\n\n".join([HEAD + _imports(contracts, "".join(body)), *body]) + "\n"


def _imports(contracts: list[Contract], body: str) -> str:
    modules = {
        kind.__module__
        for contract in contracts
        for endpoint in contract.endpoints
        for kind in (endpoint.request, endpoint.reply)
    }
    lines = [
        "from collections.abc import AsyncIterator, Iterator",
        "from typing import Any, Literal",
        "",
        *(f"import {module}" for module in sorted(modules) if f"{module}." in body),
    ]
    return "\n".join(lines)


def _holder(contracts: list[Contract], name: str, prefix: str) -> str:
    lines = [f"class {name}:"]
    for contract in contracts:
        lines += ["    @property", f"    def {contract.name}(self) -> {_class_name(contract, prefix)}: ..."]
    return "\n".join([*lines, f"    {UNTYPED[name]}"])


def _service(contract: Contract, prefix: str) -> str:
    lines = [f"class {_class_name(contract, prefix)}:", _docstring(contract.doc, 4)]
    return "\n".join([*lines, *(_method(each, prefix) for each in contract.endpoints)])


def _class_name(contract: Contract, prefix: str) -> str:
    return f"{prefix}{contract.name.capitalize()}"


def _method(endpoint: Endpoint, prefix: str) -> str:
    reply = type_text(endpoint.reply)
    if endpoint.stream:
        head, reply = "def", f"{prefix}Iterator[{reply}]"
    else:
        head = "async def" if prefix else "def"
    parameters = "".join(f", {each}" for each in _parameters(endpoint))
    signature = f"{head} {endpoint.method}(self{', *' if parameters else ''}{parameters}) -> {reply}:"
    return f"    {signature}\n{_docstring(endpoint.doc, 8)}\n        ..."


def _parameters(endpoint: Endpoint) -> Iterator[str]:
    for field in fields(endpoint.request):
        yield f"{field.name}: {type_text(field.type)}{_default(field)}"
    if not endpoint.stream:
        yield "idempotency_key: str | None = ..."


def _default(field: FieldInfo) -> str:
    return "" if field.required else " = ..."


def _docstring(text: str, indent: int) -> str:
    return textwrap.indent(f'"""{text}"""', " " * indent)


def type_text(kind: Any) -> str:  # noqa: PLR0911 - one line for each form that a type has
    """Write a type as it is written in source."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return type_text(arguments[0])
    if origin in (Union, UnionType):
        members = [type_text(each) for each in arguments if each is not msgspec.UnsetType]
        return " | ".join(members)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is not None:
        inside = ", ".join("..." if each is Ellipsis else type_text(each) for each in arguments)
        return f"{origin.__name__}[{inside}]"
    if kind in (NoneType, None):
        return "None"
    if kind is Int64:
        return "int"
    if kind is Any:
        return "Any"
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


if __name__ == "__main__":
    main()

"""M3O's side of the wire: the facts of its contract, its published examples, and its published client."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

HERE = Path(__file__).parent
CLIENT = HERE / "npm"
CLIENT_LIMIT_S = 60


class Field(msgspec.Struct, frozen=True):
    """One field, as M3O declared it."""

    name: str
    type: str
    wire: str
    alias: str = ""


class Endpoint(msgspec.Struct, frozen=True):
    """One endpoint, as M3O declared it. `price` is in millionths of a US dollar."""

    request: tuple[Field, ...]
    response: tuple[Field, ...]
    stream: str
    price: int


class Message(msgspec.Struct, frozen=True):
    """A message inside a request or a reply."""

    fields: tuple[Field, ...]


class Service(msgspec.Struct, frozen=True):
    """One service, as M3O declared it."""

    endpoints: dict[str, Endpoint]
    messages: dict[str, Message]


class Example(msgspec.Struct, frozen=True):
    """A call that M3O published, and its reply."""

    request: dict[str, Any]
    response: dict[str, Any]


CONTRACT = msgspec.json.decode((HERE / "data/m3o_contract.json").read_bytes(), type=dict[str, Service])
"""The services by name: those of M3O's that Brickyard has so far."""

EXAMPLES = msgspec.json.decode(
    (HERE / "data/m3o_examples.json").read_bytes(), type=dict[str, dict[str, list[Example]]]
)
"""The examples by service and endpoint."""


MORE: dict[tuple[str, str], set[str]] = {
    ("ai", "Chat"): {"model", "ended", "usage"},
    ("ai", "Stream"): {"model", "ended", "usage"},
    ("ai", "Complete"): {"model", "usage"},
    ("ai", "Edit"): {"model", "usage"},
    ("ai", "Generate"): {"model"},
    ("email", "Send"): {"id", "state", "skipped"},
    ("sms", "Send"): {"id", "state", "segments", "encoding"},
    ("geocoding", "Lookup"): {"precision"},
    ("geocoding", "Reverse"): {"precision"},
    ("currency", "Rates"): {"date"},
    ("currency", "Convert"): {"date", "exact_rate", "exact_amount"},
}
"""Fields of replies that M3O did not have: by service and endpoint."""


def without_more(service: str, endpoint: str, reply: dict[str, Any]) -> dict[str, Any]:
    """Give what M3O's client knows of a reply; a KeyError if a field of ours is not there."""
    return {name: reply[name] for name in reply.keys() - MORE.get((service, endpoint), set())}


def faults(service: Service, fields: Iterable[Field], value: Any, at: str = "") -> Iterator[str]:
    """Say where `value` is not a JSON object of exactly `fields`, each of exactly its wire type."""
    if not isinstance(value, dict):
        yield f"{at or '/'}: {value!r} is no object"
        return
    declared = {field.name: field for field in fields}
    yield from (f"{at}/{name} is missing" for name in declared.keys() - value.keys())
    yield from (f"{at}/{name} was not asked for" for name in value.keys() - declared.keys())
    for name in declared.keys() & value.keys():
        field = declared[name]
        yield from _type_faults(service, field, field.wire, value[name], f"{at}/{name}")


def _type_faults(service: Service, field: Field, wire: str, value: Any, at: str) -> Iterator[str]:
    if inner := re.fullmatch(r"map<string,(.*)>", field.type):
        kind = {"double": "number", "bool": "boolean"}[inner[1]]
        if not isinstance(value, dict) or not all(_is(kind, each) for each in value.values()):
            yield f"{at}: {value!r} is no map of {kind}s"
        return
    if inner := re.fullmatch(r"array<(.*)>", wire):
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for number, each in enumerate(value):
            yield from _type_faults(service, field, inner[1], each, f"{at}/{number}")
    elif wire == "object":
        if value is not None:
            yield from faults(service, service.messages[field.type].fields, value, at)
    elif not _is(wire, value):
        yield f"{at}: {value!r} is no {wire}"


def _is(wire: str, value: Any) -> bool:
    if wire == "string:int64":
        return isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None
    if wire == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, {"string": str, "boolean": bool, "object:any": dict}[wire])


def on_the_wire(endpoint: Endpoint, reply: dict[str, Any]) -> dict[str, Any]:
    """Give an example's reply as it travels: M3O's examples show 64-bit integers as bare numbers."""
    long = {field.name for field in endpoint.response if field.wire == "string:int64"}
    return {name: str(value) if name in long else value for name, value in reply.items()}


def lower_camel(endpoint: str) -> str:
    """Give an endpoint's name as a method of the client: `ListTables` is `listTables`."""
    return endpoint[0].lower() + endpoint[1:]


def client(address: str, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make calls with the published client in a Node.js process; `npm/calls.js` says what comes back."""
    assert (CLIENT / "node_modules/m3o").exists(), (
        "The M3O client is not installed: run `make tests/npm/node_modules/.made`."
    )
    node = subprocess.run(
        ["node", "calls.js"],
        cwd=CLIENT,
        input=json.dumps({"address": f"{address}/", "calls": calls}),
        capture_output=True,
        text=True,
        timeout=CLIENT_LIMIT_S,
        check=False,
    )
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)

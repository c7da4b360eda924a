"""The OpenAPI 3.1 document: the catalog as other people's tools read it."""

from collections.abc import Iterable
from importlib.metadata import metadata
from typing import Any

from brickyard.contract import Contract
from brickyard.faces.category import by_category
from brickyard.faces.openapi_components import components
from brickyard.faces.openapi_operation import operation

Document = dict[str, Any]

DESCRIPTION = """\
Every building block behind one endpoint and one key.

- **Calls** are `POST /v1/{service}/{Endpoint}` with a JSON object. Capitals do not matter in paths, and
  `GET` with query parameters does the same.
- **Keys** go into `Authorization: Bearer KEY`; or Basic, with the key as the password.
- **64-bit integers** that are marked `int64` are text in replies, since JavaScript would round them; in
  requests both text and numbers are taken. `null` for an optional field means its default.
- **Streams** (`x-stream`) answer with server-sent events to `Accept: text/event-stream`, otherwise with one
  JSON object after another; a WebSocket on the same path takes the request as its first text frame and
  answers with one frame each.
- **Idempotency-Key**, a header with a name of your own for a call, makes it safe to call again: for 24 hours
  the same call under the same name is answered with the first reply (`Idempotent-Replayed: true`), also if
  the server crashed in between, and costs nothing. The same name for another request is a 409. Streams take
  none.
- **Errors** have one form, and each kind is explained at [/docs/errors](/docs/errors).
- **Prices** (`x-price`) are in US dollars a call. A call that fails costs nothing.
"""


def document(contracts: Iterable[Contract]) -> Document:
    """Give the document of some services. Its server is the one that it was read from."""
    chosen = list(contracts)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}, {"basic": []}],
        "tags": [_tag(each) for each in chosen],
        "x-tagGroups": _groups(chosen),
        "paths": {
            f"/v1/{each.service}/{each.name}": {"post": operation(each)}
            for contract in chosen
            for each in contract.endpoints
        },
        "components": components(chosen),
    }


def _info() -> Document:
    about = metadata("brickyard")
    return {
        "title": "Brickyard",
        "version": about["Version"],
        "summary": about["Summary"],
        "description": DESCRIPTION,
        "license": {"name": about["License-Expression"], "identifier": about["License-Expression"]},
    }


def _tag(contract: Contract) -> Document:
    return {"name": contract.name, "x-displayName": contract.title, "description": contract.doc}


def _groups(contracts: list[Contract]) -> list[Document]:
    return [
        {"name": heading, "tags": [each.name for each in group]}
        for heading, group in by_category(contracts).items()
    ]

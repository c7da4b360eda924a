"""The catalog as JSON, for `GET /v1`: what programs build their own pictures from (the CLI does)."""

from typing import Any

import msgspec

from brickyard.contract import Contract, Endpoint, Request
from brickyard.contract.catalog import Catalog
from brickyard.contract.words import encode_word
from brickyard.faces.schema import inlined_schema


def listing(catalog: Catalog) -> dict[str, Any]:
    """Give every service with its endpoints, their schemas, prices and examples."""
    return {"services": [service(contract) for contract in catalog]}


def service(contract: Contract) -> dict[str, Any]:
    """Give one service."""
    return {
        "name": contract.name,
        "title": contract.title,
        "category": contract.category,
        "description": contract.doc,
        "control_plane": contract.control_plane,
        "endpoints": [endpoint(each) for each in contract.endpoints],
    }


def endpoint(each: Endpoint) -> dict[str, Any]:
    """Give one endpoint. `price` is in US dollars a call, as a decimal string."""
    return {
        "name": each.name,
        "path": f"/v1/{each.service}/{each.name}",
        "description": each.doc,
        "stream": each.stream,
        "price": str(each.declaration.price),
        "request": inlined_schema(each.request),
        "reply": inlined_schema(each.reply),
        "examples": [
            {"request": plain(example.request), "reply": None if example.reply is None else plain(example.reply)}
            for example in each.declaration.examples
        ],
    }


def plain(value: Request | msgspec.Struct) -> Any:
    """Give a request or reply as the JSON it is on the wire."""
    return msgspec.to_builtins(value, enc_hook=encode_word)



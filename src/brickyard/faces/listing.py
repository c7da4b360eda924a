"""The catalog as JSON, for `GET /v1`: what programs build their own pictures from (the CLI does)."""

from typing import Any

from brickyard.contract import Contract, Endpoint
from brickyard.contract.catalog import Catalog
from brickyard.faces.schema import INT64_GIVEN, INT64_TAKEN, inlined_schema
from brickyard.faces.wire_form import wire_form


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
    """Give one endpoint. `price` is in US dollars a call, or a `unit` of it; of a `metered` one at most."""
    return {
        "name": each.name,
        "path": f"/v1/{each.service}/{each.name}",
        "description": each.doc,
        "stream": each.stream,
        "browser": each.declaration.browser,
        "price": str(each.declaration.price),
        "metered": each.declaration.metered,
        "unit": each.unit,
        "request": inlined_schema(each.request, INT64_TAKEN),
        "reply": inlined_schema(each.reply, INT64_GIVEN),
        "examples": [
            {
                "request": wire_form(example.request),
                "reply": None if example.reply is None else wire_form(example.reply),
            }
            for example in each.declaration.examples
        ],
    }

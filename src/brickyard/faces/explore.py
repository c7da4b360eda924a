"""The catalog as M3O's own CLI asks for it at every start (`/publicapi/explore/…`)."""

from typing import Any

from brickyard.contract import Contract
from brickyard.contract.catalog import Catalog


def index(catalog: Catalog) -> dict[str, Any]:
    """Give all services, for `/publicapi/explore/index`."""
    return {"apis": [entry(contract) for contract in catalog]}


def search(catalog: Catalog, term: str) -> dict[str, Any]:
    """Give the services that mention `term`, for `/publicapi/explore/Search`."""
    wanted = term.lower()
    found = [
        each for each in catalog if wanted in f"{each.name} {each.title} {each.doc} {each.category}".lower()
    ]
    return {"apis": [entry(contract) for contract in found]}


def entry(contract: Contract) -> dict[str, Any]:
    """Give one service."""
    return {
        "name": contract.name,
        "display_name": contract.title,
        "description": contract.doc,
        "category": contract.category,
        "icon": "",
        "endpoints": [{"name": f"{contract.name.capitalize()}.{each.name}"} for each in contract.endpoints],
    }

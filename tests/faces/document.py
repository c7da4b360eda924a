"""Ways into the catalog and the OpenAPI document, for tests."""

from typing import Any

from jsonschema import Draft202012Validator

from brickyard import platform, services
from brickyard.contract import Contract, Endpoint
from brickyard.contract.catalog import discover
from brickyard.faces.openapi import document

CATALOG = discover(services, platform)
ENDPOINTS = list(CATALOG.endpoints())
DOCUMENT = document(CATALOG)


def operation_of(endpoint: Endpoint) -> Any:
    return DOCUMENT["paths"][f"/v1/{endpoint.service}/{endpoint.name}"]["post"]


def schema_of(struct: type, service: str) -> Any:
    return DOCUMENT["components"]["schemas"][f"{service}.{struct.__name__}"]


def validator(schema: Any) -> Draft202012Validator:
    """Make a validator of a schema that may refer to the document's components."""
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


def name_of(value: Contract | Endpoint) -> str:
    return value.id if isinstance(value, Endpoint) else value.name

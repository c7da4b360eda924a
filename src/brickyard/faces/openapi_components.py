"""The parts of the OpenAPI document that its others refer to: schemas, responses, ways to authenticate."""

from collections.abc import Iterable
from typing import Any

import msgspec

from brickyard.contract import Contract, Fault, Problem
from brickyard.contract.schema import INT64_GIVEN, INT64_TAKEN, Schema, struct_schema
from brickyard.faces.problems import ALWAYS, UNDER_A_KEY, error_schema, example, kind, meaning, problem_schema

Document = dict[str, Any]


def components(contracts: Iterable[Contract]) -> Document:
    """Give all components of some services; a ValueError if two of a service's structs share a name."""
    chosen = list(contracts)
    schemas = {"Error": error_schema(), "Problem": problem_schema(), "Fault": _fault()}
    for contract in chosen:
        schemas |= service_schemas(contract)
    declared = {each for one in chosen for endpoint in one.endpoints for each in endpoint.declaration.errors}
    problems = sorted(declared | {*ALWAYS, *UNDER_A_KEY}, key=lambda each: (each.status, each.__name__))
    return {
        "schemas": schemas,
        "responses": {each.__name__: _response(each) for each in problems},
        "parameters": {"idempotency-key": _IDEMPOTENCY_KEY},
        "headers": {
            "request-id": _REQUEST_ID,
            "idempotent-replayed": _REPLAYED,
            "original-request-id": _ORIGINAL_REQUEST_ID,
        },
        "securitySchemes": _SECURITY,
    }


def reference(service: str, struct: type[msgspec.Struct]) -> Schema:
    """Give the reference to a struct of a service."""
    return {"$ref": f"#/components/schemas/{service}.{struct.__name__}"}


def response_reference(problem: type[Problem]) -> Document:
    """Give the reference to the response that a problem is told by."""
    return {"$ref": f"#/components/responses/{problem.__name__}"}


def problem_content(problems: Iterable[type[Problem]]) -> Document:
    """Give the content of a response that tells of one of some problems."""
    return {
        "headers": {"request-id": {"$ref": "#/components/headers/request-id"}},
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "examples": {kind(each): {"value": example(each)} for each in problems},
            },
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }


def service_schemas(contract: Contract) -> dict[str, Schema]:
    """Give the schemas of all structs of a service, named `db.CreateRequest`.

    A struct that stands in requests and in replies is written as it is taken, which covers both.
    """
    collector = _Collector(contract.name)
    for each in contract.endpoints:
        collector.add(each.request, INT64_TAKEN)
    for each in contract.endpoints:
        collector.add(each.reply, INT64_GIVEN)
    return dict(sorted(collector.schemas.items()))


class _Collector:
    """Collects the schemas of structs and of the structs inside them."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._structs: dict[str, type[msgspec.Struct]] = {}
        self.schemas: dict[str, Schema] = {}

    def add(self, struct: type[msgspec.Struct], int64: Schema) -> Schema:
        """Add a struct, unless it is there already; gives the reference to it."""
        name = f"{self._service}.{struct.__name__}"
        known = self._structs.setdefault(name, struct)
        if known is not struct:
            raise ValueError(f"Two structs of {self._service} are named {struct.__name__}. Rename one.")
        if name not in self.schemas:
            self.schemas[name] = {}  # in its place, for a struct that refers to itself
            self.schemas[name] = struct_schema(struct, lambda inner: self.add(inner, int64), int64)
        return reference(self._service, struct)


def _fault() -> Schema:
    return struct_schema(Fault, lambda inner: {"$ref": f"#/components/schemas/{inner.__name__}"}, INT64_GIVEN)


def _response(problem: type[Problem]) -> Document:
    return {"description": meaning(problem), **problem_content((problem,))}


_REQUEST_ID: Document = {
    "description": "The call's own name, which the log knows it by.",
    "required": True,
    "schema": {"type": "string", "pattern": "^req_"},
}
_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "A name of your own for this call, such as a random UUID: for 24 hours, whoever makes the same call"
        " under the same name gets the reply of the first, and nothing is done twice. Bare, or in double"
        " quotes."
    ),
    # What begins with a quotation mark has to end in one: left out here, so that whatever fits is taken.
    "schema": {"type": "string", "pattern": "^[!#-~][!-~]*$", "minLength": 1, "maxLength": 255},
}
_REPLAYED: Document = {
    "description": "There if this is the reply of an earlier call under the same `Idempotency-Key`.",
    "schema": {"type": "string", "enum": ["true"]},
}
_ORIGINAL_REQUEST_ID: Document = {
    "description": "The name of that earlier call.",
    "schema": {"type": "string", "pattern": "^req_"},
}
_SECURITY: Document = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "bk_sk_live_…",
        "description": "A key of your project. The first one is printed when the cloud starts.",
    },
    "basic": {"type": "http", "scheme": "basic", "description": "The key as the password; any user name."},
}

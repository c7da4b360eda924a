"""One endpoint as an OpenAPI operation: what it takes, what it costs, and all that it may answer."""

from http import HTTPStatus
from typing import Any

import msgspec

from brickyard.contract import Endpoint, Problem
from brickyard.contract.prose import first_sentence
from brickyard.contract.service import price_text
from brickyard.contract.wire_form import wire_form
from brickyard.faces.openapi_components import problem_content, reference, response_reference
from brickyard.faces.problems import ALWAYS, UNDER_A_KEY, meaning

Document = dict[str, Any]

_IDEMPOTENCY_KEY = {"$ref": "#/components/parameters/idempotency-key"}
_REPLAY_HEADERS = ("idempotent-replayed", "original-request-id")

STREAMED = """\
One reply after another: as server-sent events to `Accept: text/event-stream` (each event's data is one
reply), otherwise as JSON objects, a line each. A WebSocket on the same path takes the request as its first
text frame and answers with a frame for each reply. What goes wrong after the first reply is the last event
(`event: error`), line or frame."""

BROWSER = "Publishable keys may call it."


def operation(endpoint: Endpoint) -> Document:
    """Give an endpoint's operation."""
    price = endpoint.declaration.price
    return {
        "operationId": endpoint.id,
        "tags": [endpoint.service],
        "summary": first_sentence(endpoint.doc),
        "description": _description(endpoint),
        "x-price": {"amount": str(price), "currency": "USD", "per": "call", **_metered(endpoint)},
        **({"x-stream": True} if endpoint.stream else {}),
        **({"x-browser": True} if endpoint.declaration.browser else {}),
        **({"security": []} if endpoint.declaration.public else {}),
        **({} if endpoint.stream else {"parameters": [_IDEMPOTENCY_KEY]}),
        "requestBody": _request(endpoint),
        "responses": {"200": _reply(endpoint), **_refusals(endpoint)},
    }


def _metered(endpoint: Endpoint) -> Document:
    return {"metered": True} if endpoint.declaration.metered else {}


def _description(endpoint: Endpoint) -> str:
    costs = price_text(endpoint.declaration.price, metered=endpoint.declaration.metered, unit=endpoint.unit)
    costs = "Free." if costs == "free" else f"Costs {costs}."
    notes = [STREAMED] if endpoint.stream else []
    notes += [BROWSER] if endpoint.declaration.browser else []
    return "\n\n".join([endpoint.doc, *notes, costs])


def _request(endpoint: Endpoint) -> Document:
    needed = any(field.required for field in msgspec.structs.fields(endpoint.request))
    examples = {
        f"example-{number}": {"value": wire_form(example.request)}
        for number, example in enumerate(endpoint.declaration.examples, 1)
    }
    return {
        "required": needed,
        "content": {"application/json": _content(endpoint, endpoint.request, examples)},
    }


def _reply(endpoint: Endpoint) -> Document:
    examples = {
        f"example-{number}": {"value": wire_form(example.reply)}
        for number, example in enumerate(endpoint.declaration.examples, 1)
        if example.reply is not None
    }
    content = {"application/json": _content(endpoint, endpoint.reply, examples)}
    if endpoint.stream:  # without examples: tools expect those to be written as events, not as their data
        content["text/event-stream"] = _content(endpoint, endpoint.reply, {})
    return {
        "description": STREAMED if endpoint.stream else "Done.",
        "headers": {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("request-id", *(() if endpoint.stream else _REPLAY_HEADERS))
        },
        "content": content,
    }


def _content(endpoint: Endpoint, struct: type[msgspec.Struct], examples: Document) -> Document:
    content: Document = {"schema": reference(endpoint.service, struct)}
    return {**content, "examples": examples} if examples else content


def _refusals(endpoint: Endpoint) -> Document:
    by_status: dict[HTTPStatus, list[type[Problem]]] = {}
    under_a_key = () if endpoint.stream else UNDER_A_KEY
    for problem in dict.fromkeys((*ALWAYS, *under_a_key, *endpoint.declaration.errors)):
        by_status.setdefault(problem.status, []).append(problem)
    return {str(int(status)): _refusal(by_status[status]) for status in sorted(by_status)}


def _refusal(problems: list[type[Problem]]) -> Document:
    if len(problems) == 1:
        return response_reference(problems[0])
    return {"description": " Or: ".join(meaning(each) for each in problems), **problem_content(problems)}

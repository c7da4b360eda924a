"""Everything a call can be refused for, and the two forms in which it is told."""

import inspect
from http import HTTPStatus
from typing import Any

from brickyard.contract import Problem, errors
from brickyard.contract.errors import phrase

Schema = dict[str, Any]

PAGE = "/docs/errors"
"""Where every kind of problem is explained."""

ALWAYS: tuple[type[Problem], ...] = (
    errors.BadRequest,
    errors.Unauthorized,
    errors.PaymentRequired,
    errors.Forbidden,
    errors.RequestTimeout,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.TooManyRequests,
    errors.Internal,
    errors.Unavailable,
    errors.SwitchedOff,
)
"""What any call can be refused for, whatever its endpoint declares."""

UNDER_A_KEY: tuple[type[Problem], ...] = (errors.IdempotencyConflict,)
"""What a call under an `Idempotency-Key` can be refused for besides."""

_OURS: dict[str, Schema] = {
    "type": {
        "type": "string",
        "format": "uri-reference",
        "description": "The page that explains this kind of error.",
    },
    "title": {"type": "string", "description": "The name of the HTTP status."},
    "detail": {"type": "string", "description": "What was wrong, and what to do instead."},
    "id": {"type": "string", "description": "What was called, such as `db.create`; `v1` if it was nothing."},
    "code": {"type": "integer", "description": "The HTTP status."},
    "request_id": {
        "type": "string",
        "pattern": "^req_",
        "description": "The call's own name, which the log knows it by.",
    },
    "retryable": {
        "type": "boolean",
        "description": "Whether the same call, unchanged, may succeed later.",
    },
    "errors": {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Fault"},
        "description": "The parts of the request that are at fault; empty if it is not a matter of parts.",
    },
}


def problems() -> list[type[Problem]]:
    """Give every kind of problem, by status."""
    kinds = [
        each
        for each in vars(errors).values()
        if inspect.isclass(each) and issubclass(each, Problem) and each is not Problem
    ]
    return sorted(kinds, key=lambda each: (each.status, each.__name__))


def kind(problem: type[Problem]) -> str:
    """Give a problem's name in URLs: `NotFound` is `not-found`."""
    return "".join("-" + each.lower() if each.isupper() else each for each in problem.__name__).lstrip("-")


def page_of(problem: type[Problem]) -> str:
    """Give the URL, relative to this server, of what explains a problem."""
    return f"{PAGE}#{kind(problem)}"


def meaning(problem: type[Problem]) -> str:
    """Give what a problem means: the first paragraph of its docstring."""
    return _paragraphs(problem)[0]


def remedy(problem: type[Problem]) -> str:
    """Give what to do about a problem: the rest of its docstring."""
    return " ".join(_paragraphs(problem)[1:])


def error_schema() -> Schema:
    """Give the schema of an error as calls are answered with it: M3O's four members, and ours."""
    status = {"type": "string", "description": "The name of the HTTP status, such as `Bad Request`."}
    return _body("Error", "Why a call was refused or failed.", {**_OURS, "status": status})


def problem_schema() -> Schema:
    """Give the schema of an error as who accepts `application/problem+json` gets it (RFC 9457)."""
    extra: dict[str, Schema] = {
        "status": {"type": "integer", "description": "The HTTP status."},
        "instance": {"type": "string", "format": "uri", "description": "This very call, as a URN."},
    }
    return _body("Problem", "Why a call was refused or failed, in the form of RFC 9457.", _OURS | extra)


def example(problem: type[Problem]) -> Schema:
    """Give an error of one kind as a call of `db/Read` might get it."""
    status = HTTPStatus(problem.status)
    return {
        "id": "db.read",
        "code": int(status),
        "detail": meaning(problem),
        "status": phrase(status),
        "type": page_of(problem),
        "title": phrase(status),
        "request_id": "req_01JD3X7M9Q8W5E4R2T6Y1V0NZA",
        "retryable": problem.retryable,
        "errors": [],
    }


def _paragraphs(problem: type[Problem]) -> list[str]:
    assert problem.__doc__, "a problem says what it means"
    return [" ".join(each.split()) for each in inspect.cleandoc(problem.__doc__).split("\n\n")]


def _body(title: str, description: str, properties: dict[str, Schema]) -> Schema:
    return {
        "title": title,
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
    }

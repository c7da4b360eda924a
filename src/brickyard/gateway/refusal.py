"""A problem as the caller reads it: M3O's four members first, ours after them; or RFC 9457."""

from collections.abc import Mapping
from http import HTTPStatus
from math import ceil

import msgspec

from brickyard.contract import MethodNotAllowed, NoProvider, Problem, TooManyRequests
from brickyard.contract.errors import phrase
from brickyard.faces.problems import page_of
from brickyard.gateway.accept import accepts
from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Header
from brickyard.gateway.cross_origin import ANY_ORIGIN

PROBLEM_JSON = b"application/problem+json"


def refused(
    problem: Problem,
    where: str,
    request_id: str,
    headers: Mapping[bytes, bytes],
    cross_origin: list[Header] = ANY_ORIGIN,
) -> Answer:
    """Answer with a problem, in M3O's form or in RFC 9457's, as the caller accepts."""
    standard = accepts(headers.get(b"accept", b""), PROBLEM_JSON)
    write = rfc9457 if standard else body_of
    reply: list[Header] = [
        (b"content-type", PROBLEM_JSON if standard else b"application/json"),
        (b"request-id", request_id.encode()),
        *cross_origin,
    ]
    reply += _own_headers(problem)
    return Answer(int(problem.status), reply, write(problem, where, request_id))


def _own_headers(problem: Problem) -> list[Header]:
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return [(b"www-authenticate", b'Bearer realm="brickyard"')]
    if isinstance(problem, MethodNotAllowed):
        return [(b"allow", problem.allow.encode())]
    if isinstance(problem, TooManyRequests | NoProvider) and problem.retry_after_s is not None:
        return [(b"retry-after", b"%d" % ceil(problem.retry_after_s))]
    return []


def body_of(problem: Problem, where: str, request_id: str) -> bytes:
    """Write a problem as M3O did: `id`, `code`, `detail`, `status` (its phrase), and what we add."""
    status = problem.status
    members = {
        "id": where,
        "code": int(status),
        "detail": problem.detail,
        "status": phrase(status),
        "type": page_of(type(problem)),
        "title": phrase(status),
        "request_id": request_id,
        "retryable": problem.retryable,
        "errors": problem.faults,
        **problem.members(),
    }
    return msgspec.json.encode(members)


def rfc9457(problem: Problem, where: str, request_id: str) -> bytes:
    """Write a problem as RFC 9457 has it, with `status` a number."""
    status = problem.status
    members = {
        "type": page_of(type(problem)),
        "title": phrase(status),
        "status": int(status),
        "detail": problem.detail,
        "instance": f"urn:brickyard:{request_id}",
        "id": where,
        "code": int(status),
        "request_id": request_id,
        "retryable": problem.retryable,
        "errors": problem.faults,
        **problem.members(),
    }
    return msgspec.json.encode(members)

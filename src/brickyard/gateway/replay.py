"""The answer to a call under an `Idempotency-Key`: the first, and the same again for each repeat."""

from http import HTTPStatus

from brickyard.gateway.answer import Answer
from brickyard.gateway.asgi import Header
from brickyard.gateway.call import Call
from brickyard.gateway.compress import compress
from brickyard.gateway.cross_origin import cross_origin
from brickyard.gateway.money import told
from brickyard.platform.idempotency.outcome import Outcome


async def answer(call: Call, outcome: Outcome) -> Answer:
    """Tell a call its outcome, and whether it is that of an earlier one."""
    body, coding = await compress(outcome.body, call.headers.get(b"accept-encoding", b""))
    headers: list[Header] = [
        (b"content-type", outcome.content_type.encode()),
        (b"request-id", call.request_id.encode()),
        *told(call),
        *coding,
    ]
    if outcome.request_id != call.request_id:
        headers += [
            (b"idempotent-replayed", b"true"),
            (b"original-request-id", outcome.request_id.encode()),
        ]
    if b"origin" in call.headers or outcome.status != HTTPStatus.OK:
        headers += cross_origin(call)
    return Answer(outcome.status, headers, body)

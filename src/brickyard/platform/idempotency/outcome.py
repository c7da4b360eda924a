"""What a call was answered with, so that its repeats are answered with the same."""

from http import HTTPStatus

import msgspec
import zstandard

from brickyard.contract import Problem, Reply
from brickyard.contract.words import encode_word

BODY_MAX_BYTES = 1024 * 1024
"""The largest reply that is kept. Who waits for a larger one gets it; a later repeat hears it is gone."""
WORTH_IT_BYTES = 1024
"""Below this, packing costs more than it saves."""
JSON = "application/json"
REJECTIONS = frozenset((401, 402, 403, 408, 413, 415, 429))
"""What may be otherwise the next time, though the request is the same: nothing was done, nothing is kept."""

_encode = msgspec.json.Encoder(enc_hook=encode_word).encode


class Outcome(msgspec.Struct, frozen=True):
    """An answer."""

    request_id: str
    """Of the call that was done."""
    status: int
    content_type: str
    body: bytes

    @classmethod
    def of(cls, reply: Reply, request_id: str) -> "Outcome":
        """Make it of a reply."""
        return cls(request_id, int(HTTPStatus.OK), JSON, _encode(reply))

    @property
    def packed(self) -> bytes | None:
        """The body as it is kept; None if it is too large to be."""
        if len(self.body) > BODY_MAX_BYTES:
            return None
        if len(self.body) < WORTH_IT_BYTES:
            return self.body
        return zstandard.ZstdCompressor(level=3).compress(self.body)


def unpacked(body: bytes) -> bytes:
    """Give a body as it was answered. JSON does not begin like what is packed (RFC 8878, section 3.1.1)."""
    if not body.startswith(zstandard.FRAME_HEADER):
        return body
    return zstandard.ZstdDecompressor().decompress(body)


def is_final(problem: Problem) -> bool:
    """Whether a repeat of a call that was refused is refused with the same; else it is done anew."""
    server_errors = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem.status < server_errors and not problem.retryable and problem.status not in REJECTIONS

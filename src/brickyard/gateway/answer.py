"""An answer to a request, whole, and the two ways in which it goes out: by ASGI, or as HTTP/1.1."""

from http import HTTPStatus

import msgspec

from brickyard.gateway.asgi import Header, Send

_STATUS_LINES = {int(each): f"HTTP/1.1 {int(each)} {each.phrase}\r\n".encode() for each in HTTPStatus}


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What is sent back."""

    status: int
    headers: list[Header]
    """All but Content-Length, which is the body's."""
    body: bytes

    def with_headers(self, more: list[Header]) -> "Answer":
        """Give the same with more headers."""
        return Answer(self.status, [*self.headers, *more], self.body)

    async def deliver(self, send: Send) -> None:
        """Send it by ASGI."""
        headers = [*self.headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    def written(self, more_headers: list[Header]) -> bytes:
        """Write it as HTTP/1.1 (RFC 9112)."""
        lines = b"".join([b"%b: %b\r\n" % header for header in (*self.headers, *more_headers)])
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (
            _STATUS_LINES[self.status],
            lines,
            len(self.body),
            self.body,
        )

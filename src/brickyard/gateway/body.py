"""A request's body, read within a bound of size. The server sees to its bound of time."""

from collections.abc import Mapping
from typing import Any

from brickyard.contract import PayloadTooLarge, UnsupportedMediaType
from brickyard.gateway.asgi import Disconnected, Message, Receive


class BodyReader:
    """Reads bodies of at most `size_max_bytes`."""

    def __init__(self, size_max_bytes: int) -> None:
        """Set the bound."""
        self._size_max_bytes = size_max_bytes

    def bounded(self, body: bytes) -> bytes:
        """Give the body back; `PayloadTooLarge` if it is."""
        if len(body) > self._size_max_bytes:
            raise self._too_large()
        return body

    def check_head(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse a body for what its head says of it: that it is packed, or too large."""
        if b"content-encoding" in headers:
            raise UnsupportedMediaType("The body is compressed (Content-Encoding); send it plain.")
        if (
            int(headers.get(b"content-length", b"0")) > self._size_max_bytes
        ):  # the parser has seen to its form
            raise self._too_large()

    async def rest(self, message: Message, headers: Mapping[bytes, bytes], receive: Receive) -> Message:
        """Read on until the body is whole; gives one message that holds all of it."""
        self.check_head(headers)
        chunks: list[bytes] = []
        size_bytes = 0
        while message["type"] == "http.request":
            chunk: Any = message["body"]
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > self._size_max_bytes:
                raise self._too_large()
            if not message["more_body"]:
                return {**message, "body": b"".join(chunks)}
            message = await receive()
        raise Disconnected

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The body is larger than {self._size_max_bytes} bytes, the most that is taken."
        )

"""A request's body, read within a bound of size. The server sees to its bound of time."""

from collections.abc import Mapping
from typing import Any

from brickyard.contract import PayloadTooLarge, UnsupportedMediaType
from brickyard.gateway.asgi import Disconnected, Message, Receive

PLAIN = b"identity"  # RFC 9110, section 12.5.3: no coding at all


class BodyReader:
    """Reads bodies of at most `size_max_bytes`."""

    def __init__(self, size_max_bytes: int) -> None:
        """Set the bound."""
        self.size_max_bytes = size_max_bytes

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read a body to its end.

        Raises `PayloadTooLarge`, or `UnsupportedMediaType` if it is packed; `Disconnected` if its end
        never comes.
        """
        self._check_head(headers)  # before it is told to go on, if it waits for that (Expect)
        return await self._rest(await receive(), receive)

    def _check_head(self, headers: Mapping[bytes, bytes]) -> None:
        if headers.get(b"content-encoding", PLAIN).strip().lower() != PLAIN:
            raise UnsupportedMediaType("The body is compressed (Content-Encoding); send it plain.")
        # The parser has seen to the form of the number.
        if int(headers.get(b"content-length", b"0")) > self.size_max_bytes:
            raise self._too_large()

    async def _rest(self, message: Message, receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size_bytes = 0
        while message["type"] == "http.request":
            chunk: Any = message["body"]
            chunks.append(chunk)
            size_bytes += len(chunk)
            if size_bytes > self.size_max_bytes:
                raise self._too_large()
            if not message["more_body"]:
                return b"".join(chunks)
            message = await receive()
        raise Disconnected

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The body is larger than {self.size_max_bytes} bytes, the most that is taken."
        )

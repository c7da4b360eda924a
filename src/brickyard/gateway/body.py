"""A request's body, read within bounds of size and time."""

from collections.abc import Mapping

from brickyard.contract import PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from brickyard.gateway.asgi import Disconnected, Receive
from brickyard.gateway.patience import OutOfPatienceError, Patience


class BodyReader:
    """Reads bodies of at most `size_max_bytes` that arrive within `limit_s` seconds."""

    def __init__(self, size_max_bytes: int, limit_s: float, patience: Patience) -> None:
        """Set the bounds."""
        self._size_max_bytes, self._limit_s, self._patience = size_max_bytes, limit_s, patience

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read the body; a `Problem` if it is too large, too slow, or packed."""
        if b"content-encoding" in headers:
            raise UnsupportedMediaType("The body is compressed (Content-Encoding); send it plain.")
        length = headers.get(b"content-length")
        if length is not None and int(length) > self._size_max_bytes:
            raise self._too_large()
        try:
            with self._patience.at_most(self._limit_s):
                message = await receive()
                if message["type"] == "http.request" and not message.get("more_body"):
                    return self._bounded(message["body"])
                return await self._rest(message, receive)
        except OutOfPatienceError as error:
            raise RequestTimeout(f"The body did not arrive within {self._limit_s:g} s.") from error

    async def _rest(self, message: Mapping[str, bytes], receive: Receive) -> bytes:
        chunks: list[bytes] = []
        size_bytes = 0
        while message["type"] == "http.request":
            chunks.append(message["body"])
            size_bytes += len(message["body"])
            if size_bytes > self._size_max_bytes:
                raise self._too_large()
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await receive()
        raise Disconnected

    def _bounded(self, body: bytes) -> bytes:
        if len(body) > self._size_max_bytes:
            raise self._too_large()
        return body

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(
            f"The body is larger than {self._size_max_bytes} bytes, the most that is taken."
        )

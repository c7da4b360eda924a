"""Server-sent events, put together from the pieces they come in (HTML Living Standard, section 9.2)."""

from collections.abc import Iterator

import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.errors import error_of, unreadable


class EventReader:
    """Puts bytes together into lines, and lines into messages.

    Lines end at line feeds alone, as our server ends them: JSON may hold other characters that Python
    would take for ends of lines.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._kind = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[JsonObject]:
        """Take a piece; gives the messages that it completes. An `error` event is raised."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            if line.strip(b"\r"):
                self._field(line.rstrip(b"\r"))
            elif self._data:
                yield self._message()

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"event":
            self._kind = value.removeprefix(b" ")
        elif name == b"data":
            self._data.append(value.removeprefix(b" "))

    def _message(self) -> JsonObject:
        kind, data = self._kind, b"\n".join(self._data)
        self._kind, self._data = b"", []
        if kind == b"error":
            raise error_of(0, data)
        try:
            return msgspec.json.decode(data, type=JsonObject)
        except msgspec.DecodeError as error:
            raise unreadable(str(error)) from error

"""Server-sent events, read line by line (HTML Living Standard, section 9.2)."""

import msgspec

from brickyard.contract import JsonObject
from brickyard.sdk.errors import error_of


class EventReader:
    """Puts lines together into messages."""

    def __init__(self) -> None:
        self._kind = ""
        self._data: list[str] = []

    def line(self, text: str) -> JsonObject | None:
        """Take one line; gives a message when it is complete. An `error` event is raised."""
        if text:
            self._field(*text.split(":", 1))
            return None
        kind, data = self._kind, "\n".join(self._data)
        self._kind, self._data = "", []
        if not data:
            return None
        if kind == "error":
            raise error_of(0, data.encode())
        return msgspec.json.decode(data, type=JsonObject)

    def _field(self, name: str, value: str = "") -> None:
        if name == "event":
            self._kind = value.removeprefix(" ")
        elif name == "data":
            self._data.append(value.removeprefix(" "))

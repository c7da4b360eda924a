"""Streams end with the keys they were opened with, whether or not there is something to send.

At once when a key is revoked, of which the keyring tells; within a second when it expires, which is looked
at for all streams together.
"""

from brickyard.contract import Unauthorized
from brickyard.gateway.openstreams import OpenStreams
from brickyard.platform.caller.callers import Callers
from brickyard.platform.key.keyring import REVOKED


class KeyWatch:
    """Ends the streams whose keys are no longer good."""

    def __init__(self, callers: Callers, streams: OpenStreams) -> None:
        """Watch over `streams`, with what `callers` knows of their keys."""
        self._callers, self._streams = callers, streams

    def revoked(self, key_id: str) -> None:
        """End the streams of a key that was just revoked."""
        for task, call in self._streams.items():
            # A call of one reply made over WebSocket goes on: it may be the one that revokes its own key.
            if call.door.caller.key_id == key_id and call.operation.endpoint.stream:
                self._streams.end(task, Unauthorized(REVOKED))

    def look(self) -> None:
        """End the streams of keys that have expired by now."""
        for task, call in self._streams.items():
            if call.door.caller.expires_ns is not None and call.operation.endpoint.stream:
                try:
                    self._callers.check_time(call.door.caller)
                except Unauthorized as expired:
                    self._streams.end(task, expired)

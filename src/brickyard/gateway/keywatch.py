"""Streams end with the keys they were opened with, whether or not there is something to send.

At once when a key is revoked, of which the keyring tells. Within a second when it expires, or when another
epoch of callers began (a project was deleted, someone was blocked, a key was revoked at another gateway, an
endpoint was switched off): then every stream's caller is let in anew, or not.
"""

import asyncio
from collections.abc import Awaitable, Callable

from brickyard.contract import Forbidden, Problem, SwitchedOff, Unauthorized
from brickyard.gateway.call import Call
from brickyard.gateway.openstreams import OpenStreams
from brickyard.platform.caller.callers import Callers
from brickyard.platform.key.keyring import REVOKED


class KeyWatch:
    """Ends the streams whose keys are no longer good."""

    def __init__(
        self, callers: Callers, streams: OpenStreams, admit: Callable[[Call], Awaitable[None]]
    ) -> None:
        """Watch over `streams` by what `callers` knows of their keys; `admit` lets a call in, or raises."""
        self._callers, self._streams, self._admit = callers, streams, admit
        self._asking: dict[asyncio.Task[object], asyncio.Task[None]] = {}

    def revoked(self, key_id: str) -> None:
        """End the streams of a key that was just revoked."""
        for task, call in self._streams.items():
            # A call of one reply made over WebSocket goes on: it may be the one that revokes its own key.
            if call.door.caller.key_id == key_id and call.operation.endpoint.stream:
                self._streams.end(task, Unauthorized(REVOKED))

    def look(self) -> None:
        """End the streams of keys that have ended by now."""
        for task, call in self._streams.items():
            if not call.operation.endpoint.stream:
                continue
            if call.door.generation != self._callers.generation and task not in self._asking:
                self._asking[task] = asyncio.create_task(self._ask_again(task, call))
            if call.door.caller.expires_ns is not None:
                self._check_time(task, call)

    def _check_time(self, task: asyncio.Task[object], call: Call) -> None:
        try:
            self._callers.check_time(call.door.caller)
        except Unauthorized as expired:
            self._streams.end(task, expired)

    async def _ask_again(self, task: asyncio.Task[object], call: Call) -> None:
        try:
            await self._admit(call)
        except (Unauthorized, Forbidden, SwitchedOff) as ended:
            self._streams.end(task, ended)
        except Problem:
            return  # it cannot be known now: the next look asks again
        finally:
            del self._asking[task]

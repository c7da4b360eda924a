"""The bus of all processes that have a home open: messages here, hints to the others."""

import asyncio
from contextlib import suppress
from pathlib import Path
from select import PIPE_BUF
from typing import Any

import msgspec

from brickyard.engines.bus.memory import MemoryBus
from brickyard.engines.neighbours import Neighbours

HINTS_MAX = 1_000
"""Topics that others are told of in one turn of the event loop, at most; of more, nothing is said."""

Topic = tuple[str, str]
"""A project, and the name of one of its topics."""

_hint = msgspec.json.Encoder().encode
_topic = msgspec.json.Decoder(Topic).decode


class HomeBus(MemoryBus):
    """A bus whose messages reach this process at once and whole, and others soon and as None."""

    def __init__(self, folder: Path) -> None:
        """Meet the others in `folder`; only one process at a time may do so."""
        super().__init__()
        self._untold: dict[Topic, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.neighbours = Neighbours(folder, self._heard)

    def publish(self, project: str, topic: str, message: Any) -> None:
        """Hand a message to the present subscribers here, and have the others told."""
        super().publish(project, topic, message)
        if self.neighbours.any and len(self._untold) < HINTS_MAX:
            if not self._untold:
                asyncio.get_running_loop().call_soon(self._tell)
            self._untold[project, topic] = None

    def subscribe(self, project: str, topic: str) -> Any:
        """Listen to one project's topic."""
        self._loop = asyncio.get_running_loop()
        return super().subscribe(project, topic)

    def close(self) -> None:
        """Leave the others."""
        self.neighbours.close()

    def _tell(self) -> None:
        untold, self._untold = self._untold, {}
        hints = [_hint(topic) for topic in untold]
        self.neighbours.tell([hint for hint in hints if len(hint) < PIPE_BUF])  # a longer one is looked for

    def _heard(self, lines: list[bytes]) -> None:
        """Hand on what others tell, on the thread that hears it."""
        topics: set[Topic] = set()
        for line in lines:
            with suppress(msgspec.DecodeError):  # of another version of ours
                topics.add(_topic(line))
        topics = {topic for topic in topics if topic in self._fanouts}
        if topics and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._hint_at, topics)

    def _hint_at(self, topics: set[Topic]) -> None:
        for project, topic in topics:
            super().publish(project, topic, None)

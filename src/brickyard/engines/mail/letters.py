"""Mail of a cloud that sends none: letters are kept in memory, the newest few."""

from collections import deque

from brickyard.engines.mail import Letter

KEPT = 100


class Letters:
    """The embedded `Mail`."""

    def __init__(self) -> None:
        self.kept: deque[Letter] = deque(maxlen=KEPT)
        """Oldest first."""

    async def send(self, letter: Letter) -> str:
        """Keep a letter; gives its number."""
        self.kept.append(letter)
        return str(len(self.kept))

"""Who else works on the database, as far as a process can know.

What a process has left undone is somebody else's once it is known to have ended; of whom that cannot be
known, it has to be waited for until the lease of the thing is over.
"""

from typing import Protocol
from uuid import uuid4


class Peers(Protocol):
    """The processes on one database."""

    @property
    def own(self) -> str:
        """The name of this process, which no other has or will have."""
        ...

    def is_gone(self, name: str) -> bool:
        """Whether a process is known to have ended. It may be asked on any thread, and takes microseconds."""
        ...


class Strangers:
    """Peers that may be anywhere: of none is it known that it has ended."""

    def __init__(self) -> None:
        """Take a name."""
        self.own = uuid4().hex

    def is_gone(self, name: str) -> bool:
        """Say that it is not known."""
        return False

"""Writers of several processes take turns at one SQLite file.

SQLite itself has them try again and again, after longer and longer pauses: who has just written is there
before all others. Here they wait in the kernel. One of them holds the lock `next` and waits for `turn`; who
has had a turn has to get `next` again, and so comes after that one. Both are the operating system's
(`flock`), and go with a process however it ends. Nothing but fairness rests on them: it is SQLite's own lock
that keeps two from writing at once.
"""

import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

STUCK_S = 10.0
"""After so long a wait, whoever has its turn is thought to stand still."""
LOOK_S = 1.0
"""How often it is looked for that, from the first wait on."""


class Gate:
    """One process's way to its turn; for one thread."""

    def __init__(self, path: Path, stuck: Callable[[], None]) -> None:
        """Wait beside the database at `path`.

        `stuck` is called, on another thread, when a turn has been waited for too long, and again each second
        until it comes; while it runs, the wait does not end.
        """
        self._next, self._turn = (
            path.with_name(f"{path.name}-{name}").open("wb") for name in ("next", "turn")
        )
        self._stuck = stuck
        self._lock = threading.Lock()
        self._since_s: float | None = None
        self._watch: threading.Thread | None = None
        self._closed = threading.Event()

    def enter(self) -> None:
        """Wait for a turn."""
        if not _take(self._next):
            self._wait(self._next, self._turn)
        elif not _take(self._turn):
            self._wait(self._turn)
        fcntl.flock(self._next, fcntl.LOCK_UN)

    def leave(self) -> None:
        """End the turn."""
        fcntl.flock(self._turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files. Nobody may wait any longer."""
        self._closed.set()
        self._next.close()
        self._turn.close()

    def _wait(self, *files: BinaryIO) -> None:
        if self._watch is None:
            self._watch = threading.Thread(target=self._look, name="sqlite-gate", daemon=True)
            self._watch.start()
        with self._lock:
            self._since_s = time.monotonic()
        for file in files:
            fcntl.flock(file, fcntl.LOCK_EX)
        with self._lock:
            self._since_s = None

    def _look(self) -> None:
        while not self._closed.wait(LOOK_S):
            with self._lock:
                if self._since_s is not None and time.monotonic() - self._since_s > STUCK_S:
                    self._stuck()


def _take(file: BinaryIO) -> bool:
    """Take a lock if it is free."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

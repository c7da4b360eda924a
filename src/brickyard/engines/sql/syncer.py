"""Waits for the disk, so that the thread which writes need not.

SQLite could do so at each commit (`synchronous=FULL`), while all that is to be written next waits. Its log is
written in order: one sync, begun after a commit, covers that and all commits before it.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Syncer(Generic[Item]):
    """The one thread that syncs the log of a database."""

    def __init__(self, log: Path, done: Callable[[Sequence[Item], OSError | None], None]) -> None:
        """Sync the file at `log`, which is there once anything is committed.

        `done` is called, on the thread, with what is on the disk now, or with why it may not be.
        """
        self._log, self._done = log, done
        self.failure: OSError | None = None
        """Why a sync failed: nothing is on the disk for certain until whoever writes has mended that.

        The system tells of it once: a sync after one that failed says nothing of what that was to cover.
        """
        self._file: int | None = None
        self._queue: SimpleQueue[Sequence[Item] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-syncer", daemon=True)
        self._thread.start()

    def put(self, committed: Sequence[Item]) -> None:
        """Have what was committed synced, together with what others commit until it is its turn."""
        self._queue.put(committed)

    def close(self) -> None:
        """Sync what is left, and stop."""
        self._queue.put(None)
        self._thread.join()
        if self._file is not None:
            os.close(self._file)

    def _run(self) -> None:
        last = False
        while not last:
            items = list[Item]()
            last = self._take_in(items, self._queue.get())
            while not last:
                try:
                    last = self._take_in(items, self._queue.get_nowait())
                except Empty:
                    break
            if items:
                self._done(items, self._sync())

    @staticmethod
    def _take_in(items: list[Item], committed: Sequence[Item] | None) -> bool:
        """Add what was committed; True if there will be no more."""
        items += committed or ()
        return committed is None

    def _sync(self) -> OSError | None:
        if self.failure is None:
            try:
                if self._file is None:
                    self._file = os.open(self._log, os.O_RDWR)
                sync(self._file)
            except OSError as failure:
                self.failure = failure
        return self.failure


sync = getattr(os, "fdatasync", os.fsync)  # macOS has the latter only

"""Threads whose work may wait a little, beside the one with the event loop."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

NICENESS = 10
"""How far they stand back, on a processor that they share."""


def background_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Make so many threads that run when the event loop does not want to, where the system has that."""
    return ThreadPoolExecutor(count, name, initializer=_step_back)


def _step_back() -> None:
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)

"""A file that is held by one process at a time: what is made in a home is made once.

The lock is the operating system's (`flock`): it goes with the process, also after `kill -9`.
"""

import fcntl
import time
from pathlib import Path
from typing import BinaryIO

HOLD_LIMIT_S = 30.0
"""How long others are waited for. What they do meanwhile takes a second at most."""
LOOK_S = 0.01


def hold(file: Path) -> BinaryIO:
    """Hold a file, which is made if need be, until what is given is closed.

    A BlockingIOError says that others have held it for longer than `HOLD_LIMIT_S`.
    """
    held, until_s = file.open("wb"), time.monotonic() + HOLD_LIMIT_S
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                held.close()
                raise BlockingIOError(
                    f"another server has held {file.name} for {HOLD_LIMIT_S:g} s:"
                    " it hangs, or is of an older version"
                ) from None
            time.sleep(LOOK_S)
        except BaseException:
            held.close()
            raise
        else:
            return held

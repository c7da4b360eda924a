"""How fast an account's large requests are taken: those that come faster wait, and so does who sends them.

What is sent has to be read, and mostly kept, on disks and processors that are everyone's.
"""

from brickyard.contract import TooManyRequests

SAVED_S = 1.0
"""For how long what is not used is saved up."""
WAIT_MAX_S = 10.0
"""How long a request waits at most; one that would have to wait longer is refused."""


class Pace:
    """Takes `bytes_per_s` on average."""

    __slots__ = ("_bytes_per_s", "_taken_until_s")

    def __init__(self, bytes_per_s: int) -> None:
        """Begin with all saved up that can be."""
        self._bytes_per_s = bytes_per_s
        self._taken_until_s = 0.0

    def wait_s(self, now_s: float, size: int) -> float:
        """Take a request of a size; gives for how many seconds it has to wait before it is done.

        Raises `TooManyRequests` if that would be too long.
        """
        until_s = max(self._taken_until_s, now_s - SAVED_S) + size / self._bytes_per_s
        if (wait_s := until_s - now_s) > WAIT_MAX_S:
            raise TooManyRequests(
                f"The account sends more than {self._bytes_per_s} bytes of large requests a second.",
                retry_after_s=wait_s - WAIT_MAX_S,
            )
        self._taken_until_s = until_s
        return max(0.0, wait_s)

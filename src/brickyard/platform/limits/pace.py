"""How fast an account's large requests are taken: those that come faster wait, and so does who sends them.

What is sent has to be read, and mostly kept, on disks and processors that are everyone's.
"""

from brickyard.contract import TooManyRequests
from brickyard.platform.limits.counted import NAMELESS, Counted, Name, debited

SAVED_S = 1.0
"""For how long what is not used is saved up."""
WAIT_MAX_S = 10.0
"""How long a request waits at most; one that would have to wait longer is refused."""


class Pace(Counted):
    """Takes `bytes_per_s` on average."""

    __slots__ = ("_bytes_per_s", "_taken_until_s")

    def __init__(self, bytes_per_s: int, name: Name = NAMELESS) -> None:
        """Begin with all saved up that can be."""
        super().__init__(int(bytes_per_s * SAVED_S), name)
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
        self.taken += size
        return max(0.0, wait_s)

    def debit(self, taken: int, now_s: float, others: int) -> None:
        """Take what one of `others` took: those that come now wait for that, too."""
        whole_at_s, worth_s = self._taken_until_s + SAVED_S, taken / self._bytes_per_s
        whole_at_s = debited(whole_at_s, worth_s, now_s, SAVED_S + WAIT_MAX_S, others)
        self._taken_until_s = whole_at_s - SAVED_S

    @property
    def whole_at_s(self) -> float:
        """When all will be saved up that can be."""
        return self._taken_until_s + SAVED_S

    def owe(self, whole_at_s: float) -> None:
        """Take it that all is saved up no earlier than that."""
        self._taken_until_s = max(self._taken_until_s, whole_at_s - SAVED_S)

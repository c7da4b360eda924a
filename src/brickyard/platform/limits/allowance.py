"""What a caller is allowed."""

import msgspec


class Allowance(msgspec.Struct, frozen=True):
    """Bounds of one caller; 0 is none."""

    account: str = ""
    """Whose calls count together."""
    account_per_s: int = 0
    """Calls a second of all the account's keys, on average."""
    key_per_s: int = 0
    """Calls a second of this key, on average."""
    within: tuple[tuple[str, int], ...] = ()
    """Keys in whose buckets this one's is, each with calls a second: its maker first, then that one's."""
    bytes_per_s: int = 0
    """How much of large requests a second, of all the account's keys, on average."""
    concurrent: int = 0
    """Calls of the account under way at once."""


UNLIMITED = Allowance()

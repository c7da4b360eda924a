"""How an attempt to send something ended."""

import msgspec


class Sent(msgspec.Struct, frozen=True):
    """The other side has it."""


class Later(msgspec.Struct, frozen=True):
    """It did not go through this time."""

    reason: str
    """Why, for whoever looks at the list. No secrets."""


class Failed(msgspec.Struct, frozen=True):
    """It will never go through."""

    reason: str
    """As above."""


Outcome = Sent | Later | Failed

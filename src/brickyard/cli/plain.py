"""Text from elsewhere, made safe to show on a terminal."""

import re

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing; not tabs and new lines."""


def visible(text: str) -> str:
    r"""Write what would steer the terminal as JSON writes it (`\u001b`)."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

"""How messages are counted: in characters of the GSM alphabet (3GPP TS 23.038), or in UTF-16."""

import math
from typing import Literal, NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
"""These take the room of two."""
GSM_ALONE, GSM_EACH = 160, 153
UCS2_ALONE, UCS2_EACH = 70, 67
"""Room of a message that is one segment, and of each segment of a longer one."""


class Size(NamedTuple):
    """How long a message is, as networks count."""

    encoding: Literal["gsm", "ucs2"]
    units: int
    segments: int


def size_of(text: str) -> Size:
    """Count a message."""
    if set(text) <= BASIC | EXTENSION:
        units = len(text) + sum(each in EXTENSION for each in text)
        return Size("gsm", units, _segments(units, GSM_ALONE, GSM_EACH))
    units = len(text.encode("utf-16-be", "surrogatepass")) // 2
    return Size("ucs2", units, _segments(units, UCS2_ALONE, UCS2_EACH))


def _segments(units: int, alone: int, each: int) -> int:
    return 1 if units <= alone else math.ceil(units / each)

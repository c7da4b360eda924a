"""What an entry may show of a change: no secrets, and nothing long."""

import re
from typing import Any, cast

MASK = "•••"
TEXT_MAX = 500
"""Characters of a text that are kept."""
SECRET_NAMES = frozenset(("key", "token", "secret", "password", "hash", "code", "authorization", "cookie"))
"""Names whose values are not shown, whatever they are; also as the last word: `smtp_password`."""

_TOKEN = re.compile(r"\b(bk_[a-z]{2}_[a-z]+_)[0-9A-Za-z]{8,}|\bwhsec_\S+")


def masked(value: Any, name: str = "") -> Any:
    """Give a copy of a JSON value that may be kept."""
    if name.lower().rpartition("_")[2] in SECRET_NAMES and value not in (None, ""):
        return MASK
    if isinstance(value, dict):
        return {each: masked(inside, each) for each, inside in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [masked(inside) for inside in cast("list[Any]", value)]
    if isinstance(value, str):
        text = _TOKEN.sub(lambda found: (found[1] or "") + MASK, value)
        return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
    return value

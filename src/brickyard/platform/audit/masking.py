"""What an entry may show of a change: no secrets, and nothing long."""

import re
from typing import Any, cast

MASK = "•••"
TEXT_MAX = 500
"""Characters of a text that are kept."""
SECRET_NAMES = frozenset(("key", "token", "secret", "password", "hash", "code", "authorization", "cookie"))
"""Names whose values are not shown, whatever they are; also as the last word: `smtp_password`."""

_TOKEN = re.compile(
    r"\b(bk_[a-z]{2}_[a-z]+_)[0-9A-Za-z]{8,}"
    r"|\bwhsec_\S+"
    r"|\b((?:sk|rk|pk)_(?:live|test)_|sk-|gh[opsu]_|github_pat_|xox[abprs]-|AKIA|AIza|SG\.)[\w.-]{8,}"
    r"|\b((?i:bearer|basic) )[\w.~+/=-]{8,}"
    r"|\b(eyJ)[\w.-]{8,}"  # a JSON Web Token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # a name and a password in a URL
)
"""What looks like a secret, wherever it stands; of most, the beginning stays, which says of what kind."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")


def masked_text(text: str) -> str:
    """Give a text without what looks like a secret in it."""
    return _TOKEN.sub(lambda found: next(filter(None, found.groups()), "") + MASK, text)


def is_secret_name(name: str) -> bool:
    """Say whether a field of that name holds a secret: by its last word, however its words are joined."""
    return _HUMP.sub("_", name).lower().rpartition("_")[2] in SECRET_NAMES


def masked(value: Any, name: str = "") -> Any:
    """Give a copy of a JSON value that may be kept."""
    if is_secret_name(name) and value not in (None, ""):
        return MASK
    if isinstance(value, dict):
        return {each: masked(inside, each) for each, inside in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [masked(inside) for inside in cast("list[Any]", value)]
    if isinstance(value, str):
        text = masked_text(value)
        return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
    return value

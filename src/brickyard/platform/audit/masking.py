"""What an entry may show of a change: no secrets, and nothing long."""

import re
from typing import Any, cast

MASK = "•••"
TEXT_MAX = 500
"""Characters of a text that are kept."""
LOOKED_AT_MAX = 8 * TEXT_MAX
"""Characters of a text that are looked at: more than are kept, as a secret may end after that."""
SECRET_NAMES = frozenset(
    (
        *("key", "token", "secret", "password", "hash", "code", "authorization", "cookie", "credential"),
        *("passwd", "passphrase", "passcode", "pass", "pwd", "pin", "otp", "cvc", "cvv", "jwt", "apikey"),
    )
)
"""Names whose values are not shown, whatever they are; also as the last word: `smtp_password`."""
SECRETS_NAMES = frozenset(("tokens", "secrets", "passwords", "codes", "cookies", "credentials"))
"""Those of many, such as `recovery_codes`; but not how many: `total_tokens`."""

_SECRET_PART = re.compile(
    r"passw(?:or)?d|passphrase|secret(?!ar)|credential|(?:api|access|private|signing)_?key"
    r"|(?:access|refresh|auth|api|session|bearer)_?token"
)
"""What makes a name one of a secret wherever it stands in it: `password2`, `privateKeyPem`."""

_TOKEN = re.compile(
    r"\b(bk_[a-z]{2}_[a-z]+_)[0-9A-Za-z]{8,}"
    r"|\bwhsec_\S+"
    r"|\b((?:sk|rk|pk)_(?:live|test)_|sk-|gh[oprsu]_|github_pat_|glpat-|npm_|xox[abprs]-|AKIA|AIza|SG\.)"
    r"[\w.-]{8,}"
    r"|\b((?i:bearer|basic) )[\w.~+/=-]{8,}"
    r"|\b(eyJ)[\w.-]{8,}"  # a JSON Web Token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=://)[^\s/?#@]+(?=@)"  # a name and a password in a URL, or either
    r"|\b(hooks\.slack\.com/services/)[\w/]+"
    r"|\b((?i:cookie|authorization): ?)[^\r\n]+"
)
"""What looks like a secret, wherever it stands; of most, the beginning stays, which says of what kind."""
_NAME = re.compile(r"""(?<![\w-])([\w-]{1,64}+)(\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?)""")
"""What begins like a name and its value within a text: of a URL, a form, settings, JSON, or a header."""
_VALUE = re.compile(r"""(?<=")[^"\\]+|(?<=')[^'\\]+|(?<!["'])[^\s"'&;,<>]+""")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINT = re.compile(r"[^a-z0-9]+")


def masked_text(text: str) -> str:
    """Give a text without what looks like a secret in it."""
    text = _TOKEN.sub(lambda found: next(filter(None, found.groups()), "") + MASK, text)
    return _without_named(text) if "=" in text or ":" in text else text


def _without_named(text: str) -> str:
    """Mask the values in a text that have the names of secrets."""
    parts: list[str] = []
    at = 0
    for found in _NAME.finditer(text):
        if (
            found.start() >= at
            and _names_secret(*found.groups())
            and (value := _VALUE.match(text, found.end()))
        ):
            parts += text[at : found.end()], MASK
            at = value.end()
    return "".join([*parts, text[at:]])


def _names_secret(name: str, joint: str) -> bool:
    """Say whether a secret follows. After `token: ` comes a sentence, after `X-Token: ` a token."""
    tells = "=" in joint or joint.count('"') > 1 or name.lower().startswith("x-")
    return tells and _is_secret(name, "")


def masked(value: Any, name: str = "") -> Any:
    """Give a copy of a JSON value that may be kept."""
    if name and value not in (None, "") and _is_secret(name, value):
        return MASK
    if isinstance(value, dict):
        inside = cast("dict[str, Any]", value)
        return {masked_text(each): masked(inside[each], each) for each in inside}
    if isinstance(value, list | tuple):
        return [masked(inside) for inside in cast("list[Any]", value)]
    if isinstance(value, str):
        text = masked_text(value[:LOOKED_AT_MAX])
        return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "…"
    return value


def _is_secret(name: str, value: Any) -> bool:
    """Say whether what a field of that name holds is a secret, however the words of the name are joined."""
    if isinstance(value, bool):
        return False
    words = _JOINT.split(_HUMP.sub("_", name).lower().rstrip("0123456789_"))
    if words[-1] in SECRET_NAMES:
        return True
    if isinstance(value, int | float):
        return False
    return words[-1] in SECRETS_NAMES or _SECRET_PART.search("_".join(words)) is not None

"""The text of a key: a kind, an environment, randomness, and a checksum that catches slips.

`bk_sk_live_` + 30 base62 characters of randomness (178 bits) + 6 of CRC-32: found by secret scanners
by its form alone, and refused for a typing slip before anything is looked up.
"""

import re
import secrets
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 30
CHECKSUM_LENGTH = 6

PREFIXES = {"secret": "sk", "publishable": "pk"}
"""What the kinds of keys are called in their texts."""
KEY_BEGINS = "bk_"
"""How keys of every kind begin."""
SESSION = b"bk_ss_"
"""How the tokens of sessions begin."""

_FORM = re.compile(r"bk_(sk|pk|ss)_(live|test)_[0-9A-Za-z]{32,64}")


def new_token(kind: str, environment: str) -> str:
    """Make a key's text: `kind` is `sk`, `pk` or `ss` (a session), `environment` is `live` or `test`."""
    random = "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    stem = f"bk_{kind}_{environment}_{random}"
    return stem + checksum(stem)


def well_formed(token: str) -> bool:
    """Whether a text is a key by its form and its checksum."""
    return bool(_FORM.fullmatch(token)) and checksum(token[:-CHECKSUM_LENGTH]) == token[-CHECKSUM_LENGTH:]


def checksum(stem: str) -> str:
    """Give the CRC-32 of a key's text as six base62 digits."""
    number = zlib.crc32(stem.encode())
    digits: list[str] = []
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits))
